"""The workbook's sheet `Summary`: what ran, when, and what each count means, for somebody who has only the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from flows.reports.cells import well_formed
from flows.reports.summary import Summary
from flows.reports.wording import REQUESTS, STATUSES, counted, headline, is_only_planned, label, meaning_of

SUMMARY_SHEET = "Summary"
Line = tuple[str, str, str]


def summary_table(summary: Summary, notes: Sequence[str]) -> pa.Table:
    """Three text columns: what, value, what it means. `notes` are the sentences the source left (`Rows.notes`)."""
    lines = [*_run(summary), *_rows(summary), *_plan(summary), *_requests(summary)]
    lines += [("Note on the source", "", note) for note in notes]
    what, value, meaning = ([well_formed(text) for text in column] for column in zip(*lines, strict=True))
    return pa.table([what, value, meaning], names=["Summary", "Value", "What it means"])


def _run(summary: Summary) -> Iterator[Line]:
    project = summary["project"]
    yield "Run", summary["run_id"], headline(summary)
    yield "Pipeline", summary["pipeline"], ""
    yield "Command", summary["kind"], ""
    yield "Status", summary["status"], STATUSES.get(summary["status"], "")
    yield "Project", f"{project['name'] or ''} ({project['id']})" if project["id"] is not None else "", ""
    yield "Started", summary["started_at"], "UTC"
    yield "Finished", summary["finished_at"] or "", "UTC"
    if "forecast" in summary:
        yield "Forecast", summary["forecast"]["ends"] or "", summary["forecast"]["told"]


def _rows(summary: Summary) -> Iterator[Line]:
    is_planned = is_only_planned(summary)
    yield "Rows read", str(summary["rows"]["read"]), "Each of them is counted in exactly one of the following lines."
    for bucket, number in counted(summary):
        yield label(bucket, is_planned=is_planned), str(number), meaning_of(bucket, summary)


def _plan(summary: Summary) -> Iterator[Line]:
    plan = summary["plan"]
    yield "Variables changed", str(summary["variables_changed"]), ""
    if plan["checksum"]:
        yield "Plan", plan["checksum"], f"{plan['changes']} changes; an approval names this checksum."
    yield (
        "Guards violated",
        str(len(plan["violations"])),
        "" if plan["violations"] else "The plan was within all limits.",
    )
    for found in plan["violations"]:
        yield found["guard"], found["found"], f"The limit is {found['limit']}."


def _requests(summary: Summary) -> Iterator[Line]:
    for kind, number in summary["requests"].items():
        yield f"Requests: {label(kind)}", str(number), REQUESTS.get(kind, "")
