"""The run as one page to look at, mail or print: it needs nothing else, asks nobody, and shows no number in full.

Its markup, style and script stand beside this module: one Jinja2 template, escaped throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from flows.reports.answer import answer
from flows.reports.call_ends import call_ends
from flows.reports.next_steps import NextStep, approving, next_steps, settling
from flows.reports.page.calls import by_hour, ends_told
from flows.reports.page.changes import by_variable
from flows.reports.page.document import write_document
from flows.reports.page.problems import by_reason
from flows.reports.page.row_data import row_data
from flows.reports.page.rules import PageRules
from flows.reports.report import Report
from flows.reports.summary import Summary
from flows.reports.wording import GUARDS, REQUESTS, counted, headline, is_only_planned, label, meaning_of
from flows.runs.kinds import run_kind

MOST_GROUPS = 40
"""Kinds of problems that are told each by itself."""

_COLUMNS = (
    ("row", "Row", "number"),
    ("address", "Number", "short"),
    ("outcome", "Outcome", "short"),
    ("call", "Call", "short"),
    ("time", "Begun", "short"),
    ("answers", "Answers", ""),
    ("changes", "Changes", ""),
    ("reason", "Reason", ""),
    ("contact", "Contact", "number"),
)


def write_run_page(path: Path, report: Report, rules: PageRules, *, address: str) -> None:
    """Writes the page to `path`, whole or not at all, readable by its owner only; raises CouldNotBeDone.

    address: the source's column with the numbers.
    """
    write_document(path, "run.html", _facts(report, rules, address=address), script="rows.js")


def _facts(report: Report, rules: PageRules, *, address: str) -> dict[str, object]:
    summary = report.summary
    rows = row_data(report, rules, address=address)
    return {
        "summary": summary,
        "answer": answer(report, source=rules.source),
        "when": _when(summary, rules),
        "started": rules.local(summary["started_at"]),
        "finished": rules.local(summary["finished_at"]),
        "zone": rules.zone_name,
        "forecast": _forecast(summary),
        "steps": list(_steps(summary)),
        "checksum": summary["plan"]["checksum"] if is_only_planned(summary) else None,
        "guards": GUARDS,
        "only_planned": is_only_planned(summary),
        "tally": headline(summary),
        "buckets": _buckets(summary),
        "bar": [(bucket, f"b-{bucket}", number) for bucket, number in counted(summary)],
        "unused": [label(bucket) for bucket, number in counted(summary) if not number],
        "changes": by_variable(report.changes, rules),
        "problems": by_reason(
            summary["problems"],
            rules,
            settling=settling(summary).command,
            addresses=_addresses(report, address),
        ),
        "most_groups": MOST_GROUPS,
        "rows": rows,
        "columns": [column for column in _COLUMNS if column[0] in rows.names],
        "masked": rules.masked,
        "source": rules.source,
        "workbook": _workbook(summary),
        "requests": [
            {"count": number, "meaning": REQUESTS.get(kind, label(kind))}
            for kind, number in summary["requests"].items()
            if number
        ],
        "notes": [rules.text(note) for note in report.rows.notes],
        **_calls(report, rules),
    }


def _forecast(summary: Summary) -> str:
    """The sentence, where it says when or how many."""
    facts = summary.get("forecast")
    return facts["told"] if facts is not None and (facts["ends"] or facts["unfinished"]) else ""


def _calls(report: Report, rules: PageRules) -> dict[str, object]:
    if not run_kind(report.summary["kind"]).is_call or is_only_planned(report.summary):
        return {"ends": [], "hours": None, "reasons": {}, "retries": {}}
    ends = call_ends(report.outcomes)
    return {
        "ends": ends_told(ends),
        "hours": by_hour(report.outcomes, rules),
        "reasons": ends.reasons,
        "retries": ends.retries,
    }


def _steps(summary: Summary) -> Iterator[NextStep]:
    steps = next_steps(summary)
    yield from steps
    step = approving(summary) if is_only_planned(summary) else None
    if step is not None and step.command not in [other.command for other in steps]:
        yield step


def _when(summary: Summary, rules: PageRules) -> str:
    """`2026-11-23 15:00–15:01 (Asia/Phnom_Penh)`"""
    started, finished = rules.local(summary["started_at"]), rules.local(summary["finished_at"])
    same_day = finished[:10] == started[:10]
    until = f"–{finished[11:] if same_day else finished}" if finished and finished != started else ""
    return f"{started}{until} ({rules.zone_name})"


def _workbook(summary: Summary) -> dict[str, str] | None:
    """The workbook as a link to the file beside the page, which stays right when the folder is moved."""
    path = summary["reports"]["workbook"]
    name = Path(path).name if path else ""
    return {"name": name, "link": quote(name)} if name else None


def _buckets(summary: Summary) -> list[Mapping[str, object]]:
    is_planned = is_only_planned(summary)
    return [
        {
            "name": bucket,
            "count": number,
            "label": label(bucket, is_planned=is_planned),
            "meaning": meaning_of(bucket, summary),
        }
        for bucket, number in counted(summary)
    ]


def _addresses(report: Report, address: str) -> dict[int, str]:
    """What the source says in the rows that need a person."""
    if address not in report.rows.columns:
        return {}
    wanted = pc.is_in(
        report.rows.numbers, value_set=pa.array([p["row"] for p in report.summary["problems"]], pa.int64())
    )
    numbers, texts = report.rows.numbers.filter(wanted), report.rows.table[address].filter(wanted)
    return dict(zip(numbers.to_pylist(), texts.to_pylist(), strict=True))
