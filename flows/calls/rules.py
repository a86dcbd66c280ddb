"""What the pipeline file says about calls, as plain values for the pure rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from flows.contacts.people.reading.number import STRICT, AddressRules

Duplicates = Literal["first", "all"]

PARAMETERS = (
    "channel",
    "call_flow",
    "twiml",
    "project_id",
    "schedule",
    "schedule_id",
    "not_before",
    "not_after",
    "time_zone",
)

# Parameters without which nobody knows what to do: an empty cell in their column makes a row unusable. The others are
# optional, and an empty cell means that the row goes without.
NEEDED = frozenset({"channel", "call_flow", "twiml", "project_id"})


class NotUsable(Exception):  # noqa: N818 - what follows from it, rather than what went wrong
    """Something a row or the pipeline asks for cannot be asked of Verboice; `column` is the cell to look at, or ""."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


@dataclass(frozen=True, slots=True)
class Given:
    """Where one parameter or variable comes from: a column of the source, or the same text for every row."""

    name: str
    column: str | None = None
    value: str | None = None

    @property
    def is_constant(self) -> bool:
        return self.column is None


@dataclass(frozen=True, slots=True)
class CallRules:
    """How rows become calls. `parameters` are those that the pipeline mentions, in the wiki's order.

    repeat_after: the same address is left in peace for so long after a call; None = no such limit. What was asked once
        is never asked again in any case: that is what a call's identity is for.
    """

    address: str
    parameters: tuple[Given, ...]
    region: str | None = None
    addresses: AddressRules = STRICT
    variables: tuple[Given, ...] = ()
    campaign: str = ""
    duplicates: Duplicates = "first"
    repeat_after: timedelta | None = None

    def given(self, name: str) -> Given | None:
        """Where the parameter comes from; None for one that the pipeline does not mention."""
        return next((given for given in self.parameters if given.name == name), None)

    def constant(self, name: str) -> str | None:
        """What the parameter is for all rows alike; None where it is not mentioned, or a column gives it."""
        given = self.given(name)
        return None if given is None else given.value

    def used_columns(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each source column that matters, with its key in the pipeline file; the address first."""
        yield self.address, ("source", "address")
        for given in self.parameters:
            if given.column is not None:
                yield given.column, ("calls", given.name)
        for given in self.variables:
            if given.column is not None:
                yield given.column, ("calls", "vars", given.name)

    @property
    def constants(self) -> frozenset[str]:
        """Names of the parameters that are the same for every row, also those that are absent."""
        return frozenset(PARAMETERS) - {given.name for given in self.parameters if not given.is_constant}
