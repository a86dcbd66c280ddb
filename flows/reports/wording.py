"""The sentences that workbook, page and console share, so that a run is told in the same words everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flows.reports.buckets import NEEDS_ATTENTION, buckets_of
from flows.reports.summary import Summary
from flows.runs.kinds import PLAN, run_kind

_BUCKETS: Mapping[str, str] = MappingProxyType(
    {
        "updated": "At least one variable of the contact was changed in Verboice.",
        "created": "The contact was added to Verboice.",
        "unchanged": "Nothing had to be sent: Verboice has these values, or its own are kept and the reason says so.",
        "not_found": "Verboice has no contact with this address; nothing was sent.",
        "duplicate": "Several rows name one contact with different values; none of them was applied.",
        "rejected": "The row cannot be used as it stands; the reason names the cell.",
        "held": "The row waits for a person to decide; nothing was sent.",
        "failed": "Verboice did not accept the change; the reason says what it answered.",
        "uncertain": "A request was sent and its answer was lost: it may or may not have taken effect.",
        "queued": "Verboice accepted the call.",
        "skipped": "An earlier run has already queued this call; it was not asked for again.",
        "blocked": "The address was called too recently; it was left in peace.",
    }
)
_CALL_BUCKETS: Mapping[str, str] = MappingProxyType(
    {
        "duplicate": "The address stands in an earlier row of this batch; it is called once.",
        "failed": "Verboice did not accept the call; nobody is called for this row.",
        "uncertain": "The call was asked for and the answer was lost: the phone may have rung. It is not repeated.",
    }
)
_PLANNED: Mapping[str, str] = MappingProxyType(
    {
        "updated": "At least one variable of the contact would be changed in Verboice.",
        "created": "The contact would be added to Verboice.",
        "queued": "The call would be asked for.",
        "duplicate": "Several rows name one contact with different values; none of them would be applied.",
    }
)

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "succeeded": "Done, and nothing failed.",
        "partial": "Done, but some rows need a person.",
        "refused": "A guard refused the plan; nothing was sent.",
        "failed": "The run could not be finished.",
    }
)

REQUESTS: Mapping[str, str] = MappingProxyType(
    {
        "get": "Questions to Verboice; they change nothing.",
        "put": "Changes to one contact each.",
        "bulk_put": "Changes of one value for every contact of the project.",
        "post": "Contacts added.",
        "call": "Calls asked for.",
        "retries": "Requests that had to be repeated; the other lines count them too.",
    }
)


def is_only_planned(summary: Summary) -> bool:
    """Whether nothing was sent, so that the buckets tell what would happen."""
    return summary["kind"] == PLAN.name or summary["status"] == "refused" or summary.get("dry_run", False)


def meaning_of(bucket: str, summary: Summary) -> str:
    """One sentence for a person who has never seen this bucket's name."""
    call = run_kind(summary["kind"]).is_call
    if is_only_planned(summary) and not (call and bucket in _CALL_BUCKETS) and bucket in _PLANNED:
        return _PLANNED[bucket]
    return (_CALL_BUCKETS.get(bucket) if call else None) or _BUCKETS[bucket]


def label(bucket: str) -> str:
    """`not_found` → `not found`."""
    return bucket.replace("_", " ")


def headline(summary: Summary) -> str:
    """One sentence: how the run ended and where its rows went, such as `Done: 5 rows read, 2 updated, 3 unchanged.`"""
    counts = summary["rows"]
    parts = [rows_read(summary), *(f"{counts[b]:,} {label(b)}" for b in buckets_of(summary["kind"]) if counts[b])]
    return f"{ending(summary)}: {', '.join(parts)}."


def rows_read(summary: Summary) -> str:
    """`1 row read`, `2,000 rows read`."""
    read = summary["rows"]["read"]
    return f"{read:,} {'row' if read == 1 else 'rows'} read"


def ending(summary: Summary) -> str:
    """How the run ended, in a few words: `Done`, `Done, 3 to look at`, `Planned, nothing was sent`."""
    if summary["status"] == "failed":
        return "Not finished"
    if summary["status"] == "refused":
        return "Refused by a guard, nothing was sent"
    if is_only_planned(summary):
        return "Planned, nothing was sent"
    troubled = sum(summary["rows"][bucket] for bucket in NEEDS_ATTENTION if bucket in summary["rows"])
    return f"Done, {troubled:,} to look at" if troubled else "Done"
