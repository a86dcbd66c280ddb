"""Why somebody who was to be called is not, or not now: by what the ledger remembers of the call and of the person.

A new batch asks this (`flows.calls.assess`), and one that goes on asks it again of the calls it has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.ledger.values import Cap
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
    """A call asked for by an earlier run: it was accepted (`call_id`), or its answer was lost (`is_uncertain`).

    rings_at: when it rang, or may at the earliest; None = when it was asked for.
    """

    run_id: str
    row: int
    asked_at: datetime
    pipeline: str
    call_id: int | None = None
    call_state: str = ""
    is_uncertain: bool = False
    rings_at: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """From when on the person is left in peace."""
        return self.rings_at or self.asked_at


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
    """What is known before a call: earlier calls by identity, by person those within `repeat_after` (recent) and those
    that count for `per_person` (counted), and who may not be called at all.

    tried: where nothing but new attempts are made, why each call, by identity, is not tried again ("" = it is).
    """

    asked: Mapping[str, Earlier] = field(default_factory=dict)
    recent: Mapping[str, Sequence[Earlier]] = field(default_factory=dict)
    counted: Mapping[str, Sequence[Earlier]] = field(default_factory=dict)
    barred: Barred = NOBODY
    tried: Mapping[str, str] | None = None

    @property
    def overridden(self) -> Remembered:
        """What still counts where a reason was given to call people again: who may not be called at all, and how often
        anybody may."""
        return Remembered(barred=self.barred, counted=self.counted)

    def asked_for(self, call: Askable) -> Earlier | None:
        """The same call, asked for before; None where it never was."""
        return self.asked.get(call.identity)


def _reached(
    calls: Mapping[str, Sequence[Earlier]], call: Askable, cap: Cap | None, planned: int = 0
) -> RowOutcome | None:
    """What becomes of a row whose person was called as often as the cap allows."""
    theirs = sorted((one for key in call.keys for one in calls.get(key, ())), key=lambda one: one.counts_from)
    if cap is None or len(theirs) + planned < cap.calls:
        return None
    if planned >= cap.calls:
        return RowOutcome(call.row, "blocked", f"{_often(planned, cap)}: earlier rows of this batch call this person.")
    return too_soon(call.row, theirs[planned - cap.calls], cap)


def spared(call: Askable, remembered: Remembered, rules: CallRules, *, planned: int = 0) -> RowOutcome | None:
    """What becomes of the row instead of a call; None where nothing speaks against it. planned: how often the batch
    calls the person already."""
    why = remembered.barred.why(call)
    if why:
        return RowOutcome(call.row, "blocked", why)
    if remembered.tried is not None:
        untried = remembered.tried.get(call.identity, NOT_TRIED)
        if untried:
            return RowOutcome(call.row, "skipped", untried)
    elif (earlier := remembered.asked_for(call)) is not None:
        return as_earlier(call.row, earlier)
    rest = None if rules.repeat_after is None else Cap(1, rules.repeat_after)
    return _reached(remembered.recent, call, rest) or _reached(remembered.counted, call, rules.per_person, planned)


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


def too_soon(row: int, earlier: Earlier, cap: Cap) -> RowOutcome:
    """The outcome of a row whose person was called as often as the cap allows; `earlier` is the call that has to be
    longer ago."""
    number = f", call {earlier.call_id}" if earlier.call_id is not None else ""
    when = f"by pipeline {earlier.pipeline} on {earlier.counts_from:%Y-%m-%d %H:%M} UTC{number}"
    was = f"This address was called {when}" if cap.calls == 1 else f"{_often(cap.calls, cap)}, first {when}"
    free = earlier.counts_from + cap.within
    return RowOutcome(row, "blocked", f"{was}; it may be called again from {free:%Y-%m-%d %H:%M} UTC on.")


def _often(calls: int, cap: Cap) -> str:
    hours = cap.within.total_seconds() / 3_600
    span = f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"
    return f"This address was called {calls} times within {span} (calls.per_person)"
