"""What became of each row of a batch: its planned outcome, corrected by what the ledger knows of its call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from connectors.ledger.values import Call, Cap
from flows.calls.batch import RowOutcome
from flows.calls.sparing import Earlier, too_soon
from flows.calls.sparing import as_earlier as earlier_outcome

NOT_PLACED = "Settled by hand: the call was not placed. A later run may ask for it."
_NOT_SENT = "Not asked for: the run ended before this row's turn."
_KEPT, _CONTACT = ("status", "reason", "column"), "contact_id"
_TRACKED = ("fail_reason", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class CallRow:
    """A row's bucket with its reason and column, its call if one was asked for, and what was answered in it, None where
    that was not read."""

    outcome: RowOutcome
    call: Call | None = None
    answers: str | None = None


def conclude(
    outcomes: Sequence[RowOutcome], calls: Mapping[int, Call], *, again: str = "", why: str = ""
) -> list[CallRow]:
    """The rows as they turned out; `calls` are the run's own, by row. A row that was to be called and has none was not
    asked for; `why` the run ended before its turn is told in its reason."""
    no_turn = _joined(_NOT_SENT, why)
    return [
        _concluded(outcome, calls.get(outcome.row), again, no_turn) if outcome.status == "queued" else CallRow(outcome)
        for outcome in outcomes
    ]


def _concluded(planned: RowOutcome, call: Call | None, again: str, no_turn: str) -> CallRow:
    if call is None:
        return CallRow(replace(planned, status="unsent", reason=no_turn))
    if call.state == "queued":
        reason = f"Called again: {again}. {planned.reason}".strip() if again else planned.reason
        return CallRow(replace(planned, reason=_joined(reason, call.reason)), call)
    if call.state in ("uncertain", "sending"):
        return CallRow(replace(planned, status="uncertain", reason=call.reason or "No answer was recorded."), call)
    status = "unsent" if call.state == "not_placed" and call.reason != NOT_PLACED else "failed"
    return CallRow(replace(planned, status=status, reason=call.reason or no_turn), call)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def with_earlier(outcomes: Sequence[RowOutcome], earlier: Mapping[int, Call]) -> list[RowOutcome]:
    """The planned outcomes, corrected where a call turned out to have been asked for meanwhile."""
    return corrected(outcomes, {row: _met(row, call) for row, call in earlier.items()})


def with_spared(
    outcomes: Sequence[RowOutcome], lately: Mapping[int, Call], caps: Mapping[int, Cap]
) -> list[RowOutcome]:
    """The planned outcomes, corrected where the person turned out to have been called meanwhile, with other calls, as
    often as the row's cap allows."""
    return corrected(outcomes, {row: _spared(row, call, caps[row]) for row, call in lately.items()})


def corrected(outcomes: Sequence[RowOutcome], corrections: Mapping[int, RowOutcome]) -> list[RowOutcome]:
    """The outcomes with those of some rows replaced; which contacts they are about stays."""
    return [replace(corrections.get(one.row, one), contact_id=one.contact_id) for one in outcomes]


def _met(row: int, call: Call) -> RowOutcome:
    """The outcome of a row that another run was just asking for, by what came of that."""
    return _not_placed(row, call, "this call") or earlier_outcome(row, as_earlier(call))


def _spared(row: int, call: Call, cap: Cap) -> RowOutcome:
    return _not_placed(row, call, "another call to this person") or too_soon(row, as_earlier(call), cap)


def _not_placed(row: int, call: Call, what: str) -> RowOutcome | None:
    if call.state not in ("failed", "not_placed"):
        return None
    told = f"Pipeline {call.pipeline} asked for {what} at the same moment, and it was not placed"
    return RowOutcome(row, "failed", f"{told}: {call.reason or 'no reason is known'}")


def as_earlier(call: Call) -> Earlier:
    """A call of the ledger as a batch is compared with it."""
    return Earlier(
        run_id=call.run_id,
        row=call.row,
        asked_at=call.asked_at,
        pipeline=call.pipeline,
        call_id=call.call_id,
        call_state=call.call_state,
        is_uncertain=call.state in ("uncertain", "sending"),
        rings_at=call.rings_at,
    )


def outcome_table(rows: Sequence[CallRow]) -> pa.Table:
    """The columns of a result workbook, one line per row."""
    tracked = any(row.call is not None and row.call.tracked_at is not None for row in rows)
    columns: dict[str, list[str]] = {
        "sync_status": [row.outcome.status for row in rows],
        "sync_reason": [row.outcome.reason for row in rows],
        "sync_changes": [""] * len(rows),
        "contact_id": [_number(row.outcome.contact_id) for row in rows],
        "call_id": [_number(row.call.call_id if row.call else None) for row in rows],
        "call_state": [row.call.call_state if row.call else "" for row in rows],
    }
    if tracked:
        columns |= {name: [_tracked(row.call, name) for row in rows] for name in _TRACKED}
    if any(row.answers is not None for row in rows):
        columns["answers"] = [row.answers or "" for row in rows]
    return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _tracked(call: Call | None, name: str) -> str:
    if call is None:
        return ""
    if name == "fail_reason":
        again = call.call_state == "queued" and call.fail_reason
        return f"{call.fail_reason} (to be tried again)" if again else call.fail_reason
    moment = call.started_at if name == "started_at" else call.finished_at
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def call_states(calls: Iterable[Call]) -> dict[str, int]:
    """How many of the accepted calls are in each state, as far as known, the most frequent first.

    Of a call that a person found to be placed nobody knows the number, so it cannot be asked about.
    """
    known = ("placed, settled by hand" if c.call_id is None else c.call_state for c in calls if c.state == "queued")
    return dict(Counter(known).most_common())


def kept_outcomes(outcomes: Sequence[RowOutcome]) -> pa.Table:
    """Planned outcomes as columns, to be kept beside the source's rows."""
    kept = {name: pa.array([getattr(one, name) for one in outcomes], pa.string()) for name in _KEPT}
    return pa.table({**kept, _CONTACT: pa.array([one.contact_id for one in outcomes], pa.int64())})


def read_outcomes(numbers: Sequence[int], kept: pa.Table) -> list[RowOutcome]:
    """What `kept_outcomes` kept; `numbers` are the rows' numbers."""
    columns = [kept[name].to_pylist() for name in _KEPT]
    is_told = _CONTACT in kept.column_names  # a batch of version 0.1 did not keep it
    columns.append(kept[_CONTACT].to_pylist() if is_told else [None] * len(numbers))
    return [RowOutcome(*fields) for fields in zip(numbers, *columns, strict=True)]
