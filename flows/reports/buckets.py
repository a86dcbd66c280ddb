"""The buckets: what a row of the source can end as, and what follows from it.

Every row ends in exactly one bucket and the buckets add up to the rows read; whoever asks "where are the other 998
rows?" finds the answer in the counts, in the workbook and in `summary.json`, and the same one each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from connectors.errors import CouldNotBeDone
from flows.runs.kinds import run_kind

CONTACT_BUCKETS = (
    "updated",
    "created",
    "unchanged",
    "not_found",
    "duplicate",
    "rejected",
    "held",
    "failed",
    "uncertain",
)
CALL_BUCKETS = ("queued", "skipped", "blocked", "duplicate", "rejected", "failed", "uncertain")

TO_FIX = frozenset({"rejected", "duplicate", "not_found", "held", "failed"})
"""Rows that a person can correct and drop in again. An uncertain row is not one: sent again, it might happen twice."""

NEEDS_ATTENTION = frozenset({"rejected", "duplicate", "held", "failed", "uncertain"})
"""Rows that make a run `partial` (exit status 4). An unknown address is an answer, not a failure."""

EXIT_STATUS: Mapping[str, int] = MappingProxyType({"succeeded": 0, "failed": 1, "refused": 3, "partial": 4})


def buckets_of(kind: str) -> tuple[str, ...]:
    """The buckets of a kind of run in the order in which they are always shown. Raises ConfigurationError."""
    return CALL_BUCKETS if run_kind(kind).is_call else CONTACT_BUCKETS


def check_buckets(counts: Mapping[str, int], read: int) -> None:
    """Raises CouldNotBeDone unless the buckets add up to the rows read. A key `read` among the counts is no bucket."""
    accounted = sum(count for bucket, count in counts.items() if bucket != "read")
    if accounted != read:
        raise CouldNotBeDone(
            f"{read} rows were read, but {accounted} are accounted for, so the run's own count cannot be trusted.",
            hint="Compare the ledger with Verboice before running again, and report this as a fault of verboice-sync.",
        )


def status_of(counts: Mapping[str, int]) -> str:
    """`partial` when some rows were rejected, duplicate, held, failed or uncertain; otherwise `succeeded`."""
    return "partial" if any(counts.get(bucket) for bucket in NEEDS_ATTENTION) else "succeeded"
