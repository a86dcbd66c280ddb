"""The one sentence that answers what somebody opens a report for: is it done, for how many, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pyarrow.compute as pc

from flows.contacts.assess import KEPT, STATED
from flows.reports.buckets import NEEDS_ATTENTION, UNSENT
from flows.reports.call_ends import NO_REASON, CallEnds, call_ends
from flows.reports.report import Report
from flows.reports.summary import Summary
from flows.reports.wording import is_only_planned, label
from flows.runs.kinds import run_kind

_AIMS: Mapping[str, str] = MappingProxyType({"undo": "as they were before that run", "set-all": "as was asked for"})


def answer(report: Report, *, source: str = "sheet") -> str:
    """`412 of 500 rows are as the sheet says: 40 updated, 372 already were; 12 need a person.`

    source: what the rows come from is called.
    """
    summary = report.summary
    if not summary["rows"]["read"]:
        return f"{_opening(summary)}no rows were read." if _opening(summary) else "No rows were read."
    told = _of_calls(report) if run_kind(summary["kind"]).is_call else _of_contacts(report, source)
    sentence = _opening(summary) + "; ".join(filter(None, told))
    return f"{sentence[0].upper()}{sentence[1:]}."


def _opening(summary: Summary) -> str:
    if summary["status"] == "refused":
        return "Refused, nothing was sent: "
    if summary["status"] == "failed":
        return "Not finished: "
    return "Nothing has been sent yet: " if is_only_planned(summary) else ""


def _of_contacts(report: Report, source: str) -> Iterator[str]:
    summary, rows = report.summary, report.summary["rows"]
    kept = _kept(report)
    already, updated, created = rows["unchanged"] - kept, rows["updated"], rows["created"]
    aim = _AIMS.get(summary["kind"], f"as the {source} says")
    if is_only_planned(summary):
        parts = _listed({"to update": updated, "to create": created})
        yield f"{_of_all(updated + created, summary)} would change" + (f": {parts}" if parts else "")
        yield _told(already, f"{aim} already")
    else:
        fine = updated + created + already
        parts = _listed({"updated": updated, "created": created, "were already": already})
        yield f"{_of_all(fine, summary)} {_are(rows['read'])} {aim}" + (f": {parts}" if parts else "")
    yield f"{kept:,} {'keeps' if kept == 1 else 'keep'} what Verboice has" if kept else ""
    yield _told(rows["not_found"], "not known to Verboice")
    yield from _left(summary)


def _kept(report: Report) -> int:
    """Unchanged rows that say something else than Verboice, whose value was left."""
    unchanged = report.outcomes.filter(pc.equal(report.outcomes["sync_status"], "unchanged"))
    pattern = "|".join({*KEPT.values(), *STATED.values()})
    return pc.sum(pc.match_substring_regex(pc.fill_null(unchanged["sync_reason"], ""), pattern)).as_py() or 0


def _of_calls(report: Report) -> Iterator[str]:
    summary, rows = report.summary, report.summary["rows"]
    if is_only_planned(summary):
        yield f"{rows['queued']:,} of {rows['read']:,} {_people(rows['read'])} would be called"
    else:
        yield from _ended(call_ends(report.outcomes))
    yield f"{rows['skipped']:,} had been called for before" if rows["skipped"] else ""
    yield _told(rows["blocked"], "left in peace")
    yield from _left(summary)


def _ended(calls: CallEnds) -> Iterator[str]:
    count, whom = calls.by_end, f"{calls.accepted:,} {_people(calls.accepted)}"
    reached, lost, still = count.get("reached", 0), count.get("not reached", 0), count.get("open", 0)
    if not calls.accepted:
        yield "nobody was called"
        return
    if still == calls.accepted or not count:
        yield f"{whom} {_are(calls.accepted)} waiting in Verboice's queue to be called"
        return
    yield f"{reached:,} of {whom} {'was' if calls.accepted == 1 else 'were'} reached" + (" so far" if still else "")
    reasons = _listed({why: number for why, number in calls.reasons.items() if why != NO_REASON})
    yield f"{lost:,} {'call' if lost == 1 else 'calls'} failed" + (f": {reasons}" if reasons else "") if lost else ""
    yield _told(still, "still to come")
    yield _told(count.get("cancelled", 0), "cancelled")
    yield _told(count.get("unknown", 0), "of unknown end")


def _left(summary: Summary) -> Iterator[str]:
    """What a person has to look at, and what the run did not come to."""
    rows = summary["rows"]
    troubled = {label(bucket): rows[bucket] for bucket in rows if bucket in NEEDS_ATTENTION and rows[bucket]}
    total = sum(troubled.values())
    if total:
        details = _listed(troubled) if len(troubled) > 1 else next(iter(troubled))
        yield f"{total:,} {'needs' if total == 1 else 'need'} a person: {details}"
    if unsent := rows.get(UNSENT):
        yield f"{unsent:,} had no turn" if summary["status"] == "failed" else _told(unsent, "not asked for yet")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)


def _of_all(number: int, summary: Summary) -> str:
    read = summary["rows"]["read"]
    noun = "contact" if summary["kind"] == "set-all" else "row"
    return f"{number:,} of {read:,} {noun if read == 1 else noun + 's'}"


def _told(number: int, what: str) -> str:
    return f"{number:,} {_are(number)} {what}" if number else ""


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _people(number: int) -> str:
    return "person" if number == 1 else "people"
