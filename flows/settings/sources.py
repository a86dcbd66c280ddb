"""The keys of the pipeline file about where rows come from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from flows.settings.base import Settings, as_list
from flows.settings.types import Duration, IdOrName, ProjectPath, Region, Seconds, SecretUrl, Text


class _SourceSettings(Settings):
    address: Text = Field(description="Column with the phone number or SIP address.", examples=["Phone"])
    region: Region | None = Field(
        default=None,
        description="Country of numbers written nationally (ISO 3166); absent: digits are taken as they are.",
    )
    numbers: Literal["valid", "possible"] = Field(
        default="valid",
        description="Must a number that Verboice does not have yet be valid by its country's plan, or only possible.",
    )
    several: Literal["reject", "first"] = Field(
        default="reject", description="Two numbers in one cell: reject the row, or take the first."
    )
    short_numbers: bool = Field(default=False, description="Numbers under 5 digits are extensions of a local exchange.")


ListEnd = Literal["all", "until_blank"]
_ROWS: ListEnd = Field(
    default="all", description="until_blank: a blank row ends the list; totals and legends may follow it."
)


class FileLimits(Settings):
    """What reading a file may take; by default enough for a file of its size."""

    memory: int | None = Field(default=None, gt=0, description="MiB of memory at most.", examples=[4096])
    processor_time: Seconds | None = Field(default=None, description="Seconds of processor time at most.")
    wall_time: Seconds | None = Field(default=None, description="Seconds at most.")


class CsvSettings(_SourceSettings):
    """A CSV file."""

    kind: Literal["csv"]
    path: ProjectPath = Field(description="The file, relative to the project folder.", examples=["data/people.csv"])
    rows: ListEnd = _ROWS
    limits: FileLimits | None = Field(default=None, description="What reading the file may take.")


class ExcelSettings(_SourceSettings):
    """A spreadsheet."""

    kind: Literal["excel"]
    path: ProjectPath = Field(description="The file, relative to the project folder.", examples=["data/people.xlsx"])
    sheet: Text | None = Field(default=None, description="Name or 1-based number; default: the first visible sheet.")
    rows: ListEnd = _ROWS
    limits: FileLimits | None = Field(default=None, description="What reading the file may take.")


class DatabaseSettings(_SourceSettings):
    """A table or one SELECT of a database."""

    kind: Literal["database"]
    url: SecretUrl = Field(description="SQLAlchemy URL.", examples=["${DB_URL}"])
    table: Text | None = Field(default=None, description="Table or view to read; or give `query`.")
    query: Text | None = Field(default=None, description="One SELECT; or give `table`.")
    cursor: Text | None = Field(
        default=None, description="Column by which only rows changed since the last run are read."
    )
    statement_timeout: Duration | None = Field(default=None, description="Longest time the database may take.")

    @model_validator(mode="after")
    def _one_of_table_and_query(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either `table` or `query`; give exactly one of them")
        return self


class VerboiceSettings(Settings):
    """People for whom a variable of Verboice's says something, such as what they answered on the telephone."""

    kind: Literal["verboice"]
    variable: Text = Field(description="Variable of the contacts.", examples=["opted_out"])
    values: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = Field(
        alias="is",
        min_length=1,
        description="Texts of the variable that keep a person from being called.",
        examples=[["1"]],
    )
    project: IdOrName | None = Field(default=None, description="Id or exact name; default: the pipeline's project.")


SourceSettings = CsvSettings | ExcelSettings | DatabaseSettings
ListSettings = CsvSettings | ExcelSettings | DatabaseSettings | VerboiceSettings
