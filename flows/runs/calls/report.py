"""How a batch is told, whether it was only planned, has just been asked for, or is looked at again later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.values import Rows
from flows.calls.batch import Batch, RowOutcome
from flows.calls.forecast import Forecast
from flows.calls.outcome import CallRow, call_states, outcome_table
from flows.calls.timetable import LATER
from flows.reports.buckets import NEEDS_ATTENTION, TO_FIX, UNSENT, status_of
from flows.reports.summary import ForecastFacts, ProblemFacts, utc_text
from flows.runs.finished import Finished


def finished_batch(
    batch: Batch, rows: Rows, outcomes: Sequence[CallRow], *, requests: Mapping[str, int], status: str = ""
) -> Finished[Batch]:
    """What a batch came to so far. `status` "" = judged from the buckets; a row that waits for another day's portion is
    no failure."""
    return Finished(
        plan=batch,
        rows=rows,
        outcomes=outcome_table(outcomes),
        problems=_problems(outcomes),
        violations=(),
        notes=batch.notes,
        requests=requests,
        status=status or _despite_waiting(outcomes),
        forecast=None if batch.forecast is None else _facts(batch.forecast),
        call_states=call_states(row.call for row in outcomes if row.call is not None),
    )


def _despite_waiting(rows: Sequence[CallRow]) -> str:
    """What the other rows come to, where some wait for another day; "" where none do."""
    others = [row.outcome.status for row in rows if not _waits(row.outcome)]
    return status_of(Counter(others)) if len(others) < len(rows) else ""


def _waits(outcome: RowOutcome) -> bool:
    return outcome.status == UNSENT and outcome.reason.startswith(LATER)


def _facts(forecast: Forecast) -> ForecastFacts:
    return {
        "calls": forecast.calls,
        "ends": None if forecast.ends is None else utc_text(forecast.ends),
        "unfinished": forecast.unfinished,
        "days": forecast.days,
        "lines": forecast.lines,
        "seconds_per_call": None if forecast.seconds is None else round(forecast.seconds, 1),
        "waiting": forecast.waiting,
        "told": forecast.told,
    }


def as_forecast(facts: ForecastFacts) -> Forecast:
    """What `_facts` made these of."""
    ends = None if facts["ends"] is None else datetime.fromisoformat(facts["ends"])
    return Forecast(
        calls=facts["calls"],
        ends=ends,
        unfinished=facts["unfinished"],
        days=facts["days"],
        lines=facts["lines"],
        seconds=facts["seconds_per_call"],
        waiting=facts["waiting"],
        told=facts["told"],
    )


def _problems(rows: Sequence[CallRow]) -> list[ProblemFacts]:
    """Rows that need a person, in the source's order."""
    return [
        {"row": o.row, "column": o.column, "status": o.status, "reason": o.reason}
        for o in (row.outcome for row in rows)
        if o.status in TO_FIX | NEEDS_ATTENTION
    ]
