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

GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "max_overwrites": "values that would be replaced by others",
        "max_clears": "values that would be emptied",
        "max_creates": "contacts that would be made",
        "max_calls": "people who would be called",
        "max_unfinished": "calls that have no turn before their not_after",
        "max_rejected": "rows that cannot be used",
        "max_not_found": "rows whose address Verboice does not know",
        "empty_source": "rows in the source",
        "shrunken_source": "rows in the source",
        "empty_project": "contacts in Verboice",
        "shrunken_project": "contacts in Verboice",
        "set_all": "contacts whose values would be replaced",
    }
)
"""What each guard counts."""

PLANNED_ONLY = "planned only, nothing was sent"
"""What `sync_reason` begins with where nothing was sent."""


def is_only_planned(summary: Summary) -> bool:
    """Whether nothing was sent, so that the buckets tell what would happen."""
    return is_plan(summary["kind"], summary["status"], dry_run=summary.get("dry_run", False))


def is_plan(kind: str, status: str, *, dry_run: bool) -> bool:
    """Whether a run of this kind that ended like this only planned: a plan, a dry run, or one that was refused."""
    return kind == PLAN.name or status == "refused" or dry_run


def meaning_of(bucket: str, summary: Summary) -> str:
    """One sentence for a person who has never seen this bucket's name."""
    is_call = run_kind(summary["kind"]).is_call
    return BUCKETS[bucket].meaning(is_call=is_call, is_planned=is_only_planned(summary))


def label(bucket: str, *, is_planned: bool = False) -> str:
    """`not_found` → `not found`; of what is only planned, `updated` → `to update`."""
    found = BUCKETS.get(bucket)
    return bucket.replace("_", " ") if found is None else found.label(is_planned=is_planned)


def counted(summary: Summary) -> list[tuple[str, int]]:
    """Every bucket of the run's kind with its rows; a summary of an earlier version does not know all of them."""
    return [(bucket, summary["rows"].get(bucket, 0)) for bucket in buckets_of(summary["kind"])]


def told_wait(why: str, seconds: float) -> str:
    """`… : goes on at 14:32:05 at the latest (within 175 s)`, by the clock of this machine."""
    at = datetime.now().astimezone() + timedelta(seconds=seconds)
    return f"{why}: goes on at {at:%H:%M:%S} at the latest (within {seconds:,.0f} s)"


def headline(summary: Summary) -> str:
    """One sentence: how the run ended and where its rows went, such as `Done: 5 rows read, 2 updated, 3 unchanged.`"""
    is_planned = is_only_planned(summary)
    told = (f"{number:,} {label(bucket, is_planned=is_planned)}" for bucket, number in counted(summary) if number)
    parts = [rows_read(summary), *told]
    return f"{ending(summary)}: {', '.join(parts)}."


def told_of(summary: Summary) -> str:
    """The headline; of a refused run also which guard found what, and the checksum of its plan."""
    if summary["status"] != "refused":
        return headline(summary)
    plan = summary["plan"]
    found = [f"{v['guard']} found {v['found']}, the limit is {v['limit']}." for v in plan["violations"]]
    checksum = [f"Checksum {plan['checksum']}."] if plan["checksum"] else []
    return " ".join([headline(summary), *found, *checksum])


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
    troubled = sum(summary["rows"].get(bucket, 0) for bucket in NEEDS_ATTENTION)
    return f"Done, {troubled:,} to look at" if troubled else "Done"
