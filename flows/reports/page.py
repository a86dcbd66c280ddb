"""The run as one page to look at, mail or print: it needs nothing else, runs nothing, and shows no number in full.

Its markup and style are `page.html` beside this module: one Jinja2 template, escaped throughout, without scripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow.compute as pc

from connectors.masking import mask_text
from flows.reports.buckets import BUCKETS
from flows.reports.next_steps import next_steps
from flows.reports.private_file import replacing
from flows.reports.report import Report
from flows.reports.summary import ProblemFacts, Summary
from flows.reports.wording import REQUESTS, STATUSES, counted, headline, is_only_planned, label, meaning_of

MOST_LINES = 1_000
"""Lines shown of problems and of changes each; the workbook has them all."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The first lines of a table, and how many more there are."""

    lines: list[Mapping[str, object]]
    more: int


def write_html(path: Path, report: Report) -> None:
    """Writes the page to `path`, whole or not at all, readable by its owner only; raises CouldNotBeDone."""
    with replacing(path) as temporary:
        temporary.write_text(_page(report), encoding="utf-8", errors="replace", newline="\n")


def _page(report: Report) -> str:
    # Here, so that commands that write no page need not load it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    summary = report.summary
    templates = Environment(loader=PackageLoader("flows.reports", ""), autoescape=True, undefined=StrictUndefined)
    return templates.get_template("page.html").render(
        summary=summary,
        headline=headline(summary),
        status_meaning=STATUSES.get(summary["status"], ""),
        steps=next_steps(summary),
        workbook=_workbook(summary),
        buckets=list(_buckets(summary)),
        only_planned=is_only_planned(summary),
        call_states=_call_states(report),
        problems=_problems(summary["problems"]),
        problem_groups=list(_problem_groups(summary["problems"])),
        changes=_changes(report),
        requests=[
            {"label": label(kind), "count": number, "meaning": REQUESTS.get(kind, "")}
            for kind, number in summary["requests"].items()
        ],
        notes=[mask_text(note) for note in report.rows.notes],
    )


def _workbook(summary: Summary) -> dict[str, str] | None:
    """The workbook as a link to the file beside the page, which stays right when the folder is moved."""
    path = summary["reports"]["workbook"]
    name = Path(path).name if path else ""
    return {"name": name, "link": quote(name)} if name else None


def _buckets(summary: Summary) -> Iterator[Mapping[str, object]]:
    start, is_planned = 0, is_only_planned(summary)
    for bucket, number in counted(summary):
        yield {
            "label": label(bucket, is_planned=is_planned),
            "count": number,
            "start": start,
            "colour": f"#{BUCKETS[bucket].bar}",
            "meaning": meaning_of(bucket, summary),
        }
        start += number


def _call_states(report: Report) -> list[tuple[str, int]]:
    if "call_state" not in report.outcomes.column_names:
        return []
    states = Counter(report.outcomes["call_state"].to_pylist())
    return [(state, number) for state, number in states.most_common() if state]


def _problems(problems: list[ProblemFacts]) -> _Lines:
    shown = [
        {
            "row": problem["row"],
            "column": mask_text(problem["column"]),
            "status": label(problem["status"]),
            "reason": mask_text(problem["reason"]),
        }
        for problem in problems[:MOST_LINES]
    ]
    return _Lines(list(shown), len(problems) - len(shown))


def _problem_groups(problems: Iterable[ProblemFacts]) -> Iterator[Mapping[str, object]]:
    groups = Counter((problem["status"], problem["column"]) for problem in problems)
    for (status, column), number in groups.most_common():
        yield {"label": label(status), "column": mask_text(column), "count": number}


def _changes(report: Report) -> _Lines:
    changed = pc.not_equal(pc.fill_null(report.outcomes["sync_changes"], ""), "").combine_chunks()
    rows = report.rows.numbers.filter(changed)
    outcomes = report.outcomes.filter(changed).slice(0, MOST_LINES)
    triples = zip(
        rows.slice(0, MOST_LINES).to_pylist(),
        outcomes["contact_id"].to_pylist(),
        outcomes["sync_changes"].to_pylist(),
        strict=True,
    )
    lines = [{"row": row, "contact_id": contact, "text": mask_text(text)} for row, contact, text in triples]
    return _Lines(list(lines), len(rows) - len(lines))
