"""What the pipeline file says about calls, as plain values for the pure rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from connectors.ledger.values import Cap
from flows.calls.hours import OpenHours
from flows.calls.retrying import RetryRules
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

ZONE = "hours.time_zone"
"""What a row's own time zone is called among the parameters."""

# Parameters that hours give each call for itself.
WINDOW = frozenset({"not_before", "not_after", "time_zone"})

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
class Consent:
    """Only rows of which `column` says one of `values` may be called; capitals and blanks around do not count."""

    column: str
    values: tuple[str, ...]

    def refusal(self, text: str) -> str:
        """Why a row with this cell may not be called; "" if it may."""
        said = text.strip()
        if said.casefold() in {value.strip().casefold() for value in self.values}:
            return ""
        found = f"says “{said}”" if said else "is empty"
        return f"Column “{self.column}” {found}; only {' or '.join(f'“{value}”' for value in self.values)} is called."


@dataclass(frozen=True, slots=True)
class Timing:
    """When people may be rung, and how many a day.

    hours: in the callee's own time zone, which `zone` tells where it is given, and the number itself elsewhere.
    per_day: a batch of more is asked for in portions. lines: calls that can ring at once, where Verboice does not tell;
    length: for how many seconds each keeps a line, where too few have been tracked.
    """

    hours: OpenHours | None = None
    zone: Given | None = None
    per_day: int | None = None
    lines: int | None = None
    length: float | None = None


@dataclass(frozen=True, slots=True)
class CallRules:
    """How rows become calls. `parameters` are those that the pipeline mentions, in the wiki's order.

    repeat_after: the same address is left in peace for so long after a call; None = no such limit. What was asked once
        is never asked again in any case: that is what a call's identity is for.
    per_person: how often one person is called at most, by whatever pipeline, for whatever project of the server.
    """

    address: str
    parameters: tuple[Given, ...]
    region: str | None = None
    addresses: AddressRules = STRICT
    variables: tuple[Given, ...] = ()
    campaign: str = ""
    duplicates: Duplicates = "first"
    repeat_after: timedelta | None = None
    per_person: Cap | None = None
    only_if: Consent | None = None
    retry: RetryRules | None = None
    timing: Timing = Timing()

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
        if self.only_if is not None:
            yield self.only_if.column, ("calls", "only_if", "column")
        if self.timing.zone is not None and self.timing.zone.column is not None:
            yield self.timing.zone.column, ("calls", "hours", "time_zone")

    @property
    def constants(self) -> frozenset[str]:
        """Names of the parameters that are the same for every row, also those that are absent."""
        return frozenset(PARAMETERS) - {given.name for given in self.parameters if not given.is_constant}
