"""Does this batch look like a mistake? Judged before the first call; a batch is never changed here."""

from __future__ import annotations

from dataclasses import dataclass

from flows.calls.batch import Batch
from flows.calls.forecast import Forecast
from flows.contacts.guard import Violation, is_broken, measure
from flows.limits import Limit

TO_FIT = "A later not_after, longer hours, more lines, more calls a day or a smaller list make room."


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits for calls; shares are of the rows, of max_unfinished of the calls."""

    max_calls: Limit
    max_rejected: Limit
    max_unfinished: Limit


def judge(batch: Batch, limits: CallLimits) -> tuple[Violation, ...]:
    """Every limit the batch breaks."""
    rows, calls, rejected = len(batch.outcomes), len(batch.calls), batch.count("rejected")
    forecast = batch.forecast or Forecast(0)
    late, wanted = forecast.unfinished, forecast.calls
    findings = (
        ("max_calls", limits.max_calls, calls, rows, f"{calls:,} people would be called", ""),
        ("max_rejected", limits.max_rejected, rejected, rows, f"{rejected:,} of {rows:,} rows could not be used", ""),
        (
            "max_unfinished",
            limits.max_unfinished,
            late,
            wanted,
            f"{late:,} of {wanted:,} calls have no turn before their not_after",
            f" {TO_FIT}",
        ),
    )
    return tuple(
        Violation(name, str(limit), measure(limit, found, of), f"{text}; the limit is {limit}.{cure}")
        for name, limit, found, of, text, cure in findings
        if is_broken(limit, found, of)
    )
