"""Which of the wanted calls are asked for: not those asked before, not too soon again, not one person twice in a batch.

| the row | becomes |
| --- | --- |
| cannot be used | rejected |
| is another row's person, with `duplicates: first`; or wholly equals another row | duplicate, naming that row |
| may not be called: its person is on a list, or it says no itself | blocked, whatever the reason to call again |
| was asked for and accepted before | skipped |
| was asked for before, and nobody knows whether it arrived | uncertain |
| is a person called within `repeat_after` | blocked |
| is a person called as often as `per_person` allows, by earlier rows too | blocked, whatever the reason |
| otherwise, also when an earlier attempt was refused | queued |

Of several rows for one person the one that was asked for before counts as the first, wherever it stands now: sorting a
list differently must not ring anybody a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.calls import sparing
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.normalise import Unusable, WantedCall
from flows.calls.rules import CallRules
from flows.calls.sparing import Remembered


@dataclass(frozen=True, slots=True)
class Assessed:
    """Outcomes in the source's order, and the calls to be asked for."""

    outcomes: tuple[RowOutcome, ...]
    calls: tuple[PlannedCall, ...]


def assess(
    rows: Sequence[WantedCall | Unusable], remembered: Remembered, rules: CallRules, *, again: str = ""
) -> Assessed:
    """What becomes of each row. `again` is the reason to ring people although they have been rung."""
    wanted = (row for row in rows if isinstance(row, WantedCall) and not remembered.barred.why(row))
    leaders = _leaders(wanted, remembered, rules)
    outcomes, calls, planned = [], [], Counter[str]()
    for row in rows:
        outcome = _outcome(row, leaders, (remembered.overridden if again else remembered, rules, planned))
        outcomes.append(outcome)
        if outcome.status == "queued" and isinstance(row, WantedCall):
            planned[row.key] += 1
            calls.append(PlannedCall(row.row, row.key, row.identity, row.request, row.zones))
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
    row: WantedCall | Unusable, leaders: Mapping[str, WantedCall], context: tuple[Remembered, CallRules, Counter[str]]
) -> RowOutcome:
    remembered, rules, planned = context
    if isinstance(row, Unusable):
        return RowOutcome(row.row, "rejected", row.reason, row.column)
    leader = leaders.get(_group(row, rules), row)
    if leader is not row and not remembered.barred.why(row):
        return RowOutcome(row.row, "duplicate", _same_as(row, leader), rules.address)
    spared = sparing.spared(row, remembered, rules, planned=planned[row.key])
    return spared or RowOutcome(row.row, "queued", row.note)


def _same_as(row: WantedCall, leader: WantedCall) -> str:
    if row.identity == leader.identity:
        return f"The same call as row {leader.row}; it is asked for once."
    return f"The same address as row {leader.row}; it is called once per batch."
