"""Which of the wanted calls are asked for: not those asked before, not too soon again, not one person twice in a batch.

| the row | becomes |
| --- | --- |
| cannot be used | rejected |
| is another row's person, with `duplicates: first`; or wholly equals another row | duplicate, naming that row |
| was asked for and accepted before | skipped |
| was asked for before, and nobody knows whether it arrived | uncertain |
| is a person called within `repeat_after` | blocked |
| otherwise, also when an earlier attempt was refused | queued |

Of several rows for one person the one that was asked for before counts as the first, wherever it stands now: sorting a
list differently must not ring anybody a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.normalise import Unusable, WantedCall
from flows.calls.rules import CallRules


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
class Remembered:
    """What the ledger knows: earlier calls by identity, and the latest one of each person within `repeat_after`."""

    asked: Mapping[str, Earlier] = field(default_factory=dict)
    recent: Mapping[str, Earlier] = field(default_factory=dict)

    def asked_for(self, row: WantedCall) -> Earlier | None:
        """The same call, asked for before; None where it never was."""
        return self.asked.get(row.identity)

    def called(self, row: WantedCall) -> Earlier | None:
        """The latest call of the row's person; None where there was none."""
        return _latest(self.recent, row.keys)


def _latest(calls: Mapping[str, Earlier], names: Iterable[str]) -> Earlier | None:
    found = [calls[name] for name in names if name in calls]
    return max(found, key=lambda call: call.asked_at, default=None)


@dataclass(frozen=True, slots=True)
class Assessed:
    """Outcomes in the source's order, and the calls to be asked for."""

    outcomes: tuple[RowOutcome, ...]
    calls: tuple[PlannedCall, ...]


def assess(
    rows: Sequence[WantedCall | Unusable], remembered: Remembered, rules: CallRules, *, again: str = ""
) -> Assessed:
    """What becomes of each row. `again` is the reason to ring people although they have been rung."""
    leaders = _leaders((row for row in rows if isinstance(row, WantedCall)), remembered, rules)
    outcomes, calls = [], []
    for row in rows:
        outcome = _outcome(row, leaders, (remembered, rules, again))
        outcomes.append(outcome)
        if outcome.status == "queued" and isinstance(row, WantedCall):
            calls.append(PlannedCall(row.row, row.key, row.identity, row.request))
    return Assessed(tuple(outcomes), tuple(calls))


def _group(row: WantedCall, rules: CallRules) -> str:
    """What only one row of a batch may stand for: a person, or with `duplicates: all` one and the same call."""
    return row.key if rules.duplicates == "first" else row.identity


def _leaders(rows: Iterable[WantedCall], remembered: Remembered, rules: CallRules) -> dict[str, WantedCall]:
    leaders: dict[str, WantedCall] = {}
    for row in rows:
        leader = leaders.setdefault(_group(row, rules), row)
        if remembered.asked_for(row) and not remembered.asked_for(leader):
            leaders[_group(row, rules)] = row
    return leaders


def _outcome(
    row: WantedCall | Unusable, leaders: Mapping[str, WantedCall], context: tuple[Remembered, CallRules, str]
) -> RowOutcome:
    remembered, rules, again = context
    if isinstance(row, Unusable):
        return RowOutcome(row.row, "rejected", row.reason, row.column)
    leader = leaders[_group(row, rules)]
    if leader is not row:
        return RowOutcome(row.row, "duplicate", _same_as(row, leader), rules.address)
    if not again:
        earlier = remembered.asked_for(row)
        if earlier is not None:
            return as_earlier(row.row, earlier)
        recent = remembered.called(row)
        if recent is not None and rules.repeat_after is not None:
            return too_soon(row.row, recent, rules.repeat_after)
    return RowOutcome(row.row, "queued", row.note)


def _same_as(row: WantedCall, leader: WantedCall) -> str:
    if row.identity == leader.identity:
        return f"The same call as row {leader.row}; it is asked for once."
    return f"The same address as row {leader.row}; it is called once per batch."


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
