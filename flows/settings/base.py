"""What all groups of keys of the pipeline file have in common, and where single values come from."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.settings.types import Text


class Settings(BaseModel):
    """Base of every group of keys. A key without a value (empty, `~`, or an empty variable) counts as not given."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )
    _may_be_empty: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value not in ("", None) or cls._keeps(key, value)}

    @classmethod
    def _keeps(cls, key: str, value: object) -> bool:
        return key not in cls.model_fields or (value == "" and key in cls._may_be_empty)


class Variable(Settings):
    """Where a variable's value comes from: a column of the source, or a constant. A plain text is a column."""

    _may_be_empty = frozenset({"value"})
    _plain: ClassVar[str] = "column"

    column: Text | None = Field(default=None, description="Column of the source.")
    value: str | None = Field(default=None, description="The same text for every row.")

    @model_validator(mode="before")
    @classmethod
    def _from_plain_text(cls, data: object) -> object:
        if data is None:
            return {}
        return data if isinstance(data, dict | BaseModel) else {cls._plain: data}

    @model_validator(mode="after")
    def _column_or_value(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError(
                "needs the name of a source column, or {value: …} for a constant; give exactly one of them"
            )
        return self


class Parameter(Variable):
    """A call parameter: the same for every row, or {column: …} for one per row. A plain text is the value itself."""

    _plain = "value"

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.value == "":
            raise ValueError("is empty; leave the key out or give it a value")
        return self


def as_list(value: object) -> object:
    """A single text where a list is meant; empty items count as not given."""
    items = [value] if isinstance(value, str) else value
    return [item for item in items if item not in ("", None)] if isinstance(items, list) else items
