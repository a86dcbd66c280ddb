"""Why somebody who was to be called is not, or not now: by what the ledger remembers of the call and of the person.

A new batch asks this (`flows.calls.assess`), and one that goes on asks it again of the calls it has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from flows.calls.batch import RowOutcome
from flows.calls.retrying import NOT_TRIED
from flows.calls.rules import CallRules


class Askable(Protocol):
    """A call that may be asked for. `keys`: every key of the person, today's first."""

    @property
    def row(self) -> int: ...
    @property
    def identity(self) -> str: ...
    @property
    def keys(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call asked for by an earlier run: it was accepted (`call_id`), or its answer was lost (`is_uncertain`)."""

    run_id: str
    row: int
    asked_at: datetime
    pipeline: str
    call_id: int | None = None
    call_state: str = ""
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Barred:
    """Who may not be called at all, and why: people by their keys, rows by their numbers."""

    people: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[int, str] = field(default_factory=dict)

    def why(self, call: Askable) -> str:
        """ "" where nothing speaks against the call."""
        return next((self.people[key] for key in call.keys if key in self.people), self.rows.get(call.row, ""))


NOBODY = Barred()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known before a call: earlier calls by identity, the latest one of each person within `repeat_after`, and
    who may not be called at all.

    tried: where nothing but new attempts are made, why each call, by identity, is not tried again ("" = it is).
    """

    asked: Mapping[str, Earlier] = field(default_factory=dict)
    recent: Mapping[str, Earlier] = field(default_factory=dict)
    barred: Barred = NOBODY
    tried: Mapping[str, str] | None = None

    @property
    def overridden(self) -> Remembered:
        """What still counts where a reason was given to call people again: who may not be called at all."""
        return Remembered(barred=self.barred)

    def asked_for(self, call: Askable) -> Earlier | None:
        """The same call, asked for before; None where it never was."""
        return self.asked.get(call.identity)

    def called(self, call: Askable) -> Earlier | None:
        """The latest call of the person; None where there was none."""
        return _latest(self.recent, call.keys)


def _latest(calls: Mapping[str, Earlier], names: Iterable[str]) -> Earlier | None:
    found = [calls[name] for name in names if name in calls]
    return max(found, key=lambda call: call.asked_at, default=None)


def spared(call: Askable, remembered: Remembered, rules: CallRules) -> RowOutcome | None:
    """What becomes of the row instead of a call; None where nothing speaks against it."""
    why = remembered.barred.why(call)
    if why:
        return RowOutcome(call.row, "blocked", why)
    if remembered.tried is not None:
        untried = remembered.tried.get(call.identity, NOT_TRIED)
        if untried:
            return RowOutcome(call.row, "skipped", untried)
    elif (earlier := remembered.asked_for(call)) is not None:
        return as_earlier(call.row, earlier)
    recent = remembered.called(call)
    if recent is not None and rules.repeat_after is not None:
        return too_soon(call.row, recent, rules.repeat_after)
    return None


def as_earlier(row: int, earlier: Earlier) -> RowOutcome:
    """The outcome of a row that an earlier run asked for already."""
    when = f"{earlier.asked_at:%Y-%m-%d %H:%M} UTC"
    if earlier.is_uncertain:
        return RowOutcome(
            row,
            "uncertain",
            f"Asked for on {when} (run {earlier.run_id}, row {earlier.row}), and the answer was lost: not asked again. "
            f"`verboice-sync resolve {earlier.run_id}` settles it.",
        )
    number = f", call {earlier.call_id}" if earlier.call_id is not None else ""
    state = f" ({earlier.call_state} since)" if earlier.call_state not in ("", "queued") else ""
    return RowOutcome(row, "skipped", f"Already queued by pipeline {earlier.pipeline} on {when}{number}{state}.")


def too_soon(row: int, recent: Earlier, repeat_after: timedelta) -> RowOutcome:
    """The outcome of a row whose person was called a short time ago."""
    number = f", call {recent.call_id}" if recent.call_id is not None else ""
    free = recent.asked_at + repeat_after
    return RowOutcome(
        row,
        "blocked",
        f"This address was called by pipeline {recent.pipeline} on {recent.asked_at:%Y-%m-%d %H:%M} UTC{number}; "
        f"it may be called again from {free:%Y-%m-%d %H:%M} UTC on.",
    )
