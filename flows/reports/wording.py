"""The sentences that workbook, page and console share, so that a run is told in the same words everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from flows.reports.buckets import BUCKETS, NEEDS_ATTENTION, buckets_of
from flows.reports.summary import Summary
from flows.runs.kinds import PLAN, run_kind

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
    is_call = run_kind(summary["kind"]).is_call
    return BUCKETS[bucket].meaning(is_call=is_call, is_planned=is_only_planned(summary))


def label(bucket: str) -> str:
    """`not_found` → `not found`."""
    return bucket.replace("_", " ")


def told_wait(why: str, seconds: float) -> str:
    """`… : goes on at 14:32:05 at the latest (within 175 s)`, by the clock of this machine."""
    at = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"{why}: goes on at {at:%H:%M:%S} at the latest (within {seconds:,.0f} s)"


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
