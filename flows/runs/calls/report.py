"""How a batch is told, whether it was only planned, has just been asked for, or is looked at again later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.values import Rows
from flows.calls.batch import Batch
from flows.calls.outcome import CallRow, call_states, outcome_table
from flows.reports.buckets import NEEDS_ATTENTION, TO_FIX
from flows.reports.summary import ProblemFacts
from flows.runs.finished import Finished


def finished_batch(
    batch: Batch, rows: Rows, outcomes: Sequence[CallRow], *, requests: Mapping[str, int], status: str = ""
) -> Finished[Batch]:
    """What a batch came to so far. `status` "" = judged from the buckets."""
    return Finished(
        plan=batch,
        rows=rows,
        outcomes=outcome_table(outcomes),
        problems=_problems(outcomes),
        violations=(),
        notes=batch.notes,
        requests=requests,
        status=status,
        call_states=call_states(row.call for row in outcomes if row.call is not None),
    )


def _problems(rows: Sequence[CallRow]) -> list[ProblemFacts]:
    """Rows that need a person, in the source's order."""
    return [
        {"row": o.row, "column": o.column, "status": o.status, "reason": o.reason}
        for o in (row.outcome for row in rows)
        if o.status in TO_FIX | NEEDS_ATTENTION
    ]
