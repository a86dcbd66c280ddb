"""Does this batch look like a mistake? Judged before the first call; a batch is never changed here."""

from __future__ import annotations

from dataclasses import dataclass

from flows.calls.batch import Batch
from flows.contacts.guard import Violation, is_broken, measure
from flows.limits import Limit


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The contract's limits for calls; shares are of the rows."""

    max_calls: Limit
    max_rejected: Limit


def judge(batch: Batch, limits: CallLimits) -> tuple[Violation, ...]:
    """Every limit the batch breaks."""
    rows = len(batch.outcomes)
    findings = (
        ("max_calls", limits.max_calls, len(batch.calls), f"{len(batch.calls):,} people would be called"),
        (
            "max_rejected",
            limits.max_rejected,
            batch.count("rejected"),
            f"{batch.count('rejected'):,} of {rows:,} rows could not be used",
        ),
    )
    return tuple(
        Violation(name, str(limit), measure(limit, found, rows), f"{text}; the limit is {limit}.")
        for name, limit, found, text in findings
        if is_broken(limit, found, rows)
    )
