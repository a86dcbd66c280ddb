"""The page of the last runs: charts of what became of rows and people, and a table that says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.reports.page.charts import Series, stacked_bars
from flows.reports.page.document import write_document
from flows.reports.page.history import History, PastRun, history, is_of_calls
from flows.reports.page.rules import PageRules
from flows.reports.wording import label

_ENDINGS = {
    "succeeded": "done",
    "partial": "done, with rows that need a person",
    "refused": "refused",
    "failed": "not finished",
    "interrupted": "cut off",
}


def write_history_page(path: Path, of_pipelines: Mapping[str, Sequence[PastRun]], rules: PageRules) -> None:
    """Writes the page to `path`, whole or not at all, readable by its owner only; raises CouldNotBeDone.

    of_pipelines: runs of each pipeline, the newest first; none of them is empty.
    """
    parts = [part for name, runs in of_pipelines.items() for part in _parts(name, runs, rules)]
    facts = {"answer": _answer(of_pipelines), "parts_told": parts, "names": list(of_pipelines), "zone": rules.zone_name}
    write_document(path, "history.html", facts)


def _answer(of_pipelines: Mapping[str, Sequence[PastRun]]) -> str:
    """`Of the last 12 runs of clinic, 10 are done, 1 was refused.`"""
    runs = [run for some in of_pipelines.values() for run in some]
    counts = Counter(_ENDINGS.get(run.record.status, run.record.status) for run in runs)
    told = ", ".join(f"{number:,} {ending}" for ending, number in counts.most_common())
    whose = next(iter(of_pipelines)) if len(of_pipelines) == 1 else f"{len(of_pipelines)} pipelines"
    return f"The last {len(runs):,} {'run' if len(runs) == 1 else 'runs'} of {whose}: {told}."


def _parts(pipeline: str, runs: Sequence[PastRun], rules: PageRules) -> Iterator[dict[str, Any]]:
    """The runs over contacts, and those of calls."""
    for title, of_calls in (("contacts", False), ("calls", True)):
        some = [run for run in runs if is_of_calls(run) == of_calls]
        if some:
            told = history(some, rules)
            lines = [_line(run, rules) for run in reversed(told.runs)]
            yield {
                "title": f"{pipeline}: {title}",
                "calls": of_calls,
                "charts": list(_charts(told)),
                "labels": told.labels,
                "lines": lines,
            }


def _charts(told: History) -> Iterator[dict[str, Any]]:
    wanted = (
        ("Rows by outcome", told.rows),
        ("Reached and not reached", told.ends),
        ("Values changed", told.changes),
        ("Rejected rows by reason", told.rejected),
        (f"Duration in {told.unit}", told.duration),
    )
    for title, series in wanted:
        if series:
            legend = [(one.name, one.css, _total(one, title)) for one in series]
            drawn = stacked_bars(f"{title}, by run", told.labels, series)
            yield {"title": title, "chart": drawn, "legend": legend, "series": series}


def _total(series: Series, title: str) -> float | None:
    return None if title.startswith("Duration") else sum(series.values)


def _line(run: PastRun, rules: PageRules) -> dict[str, Any]:
    record = run.record
    rows = [f"{number:,} {label(bucket)}" for bucket, number in run.rows.items()]
    return {
        "when": rules.local(f"{record.started_at:%Y-%m-%d %H:%M:%S}"),
        "kind": record.kind,
        "ending": _ENDINGS.get(record.status, record.status),
        "rows": ", ".join(rows) or rules.text(record.error) or "nothing was sent",
        "ends": ", ".join(f"{number:,} {end}" for end, number in run.ends.items()),
        "changes": run.changes,
        "duration": _duration(run.seconds),
        "link": run.link,
        "run": record.run_id,
    }


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 180 else f"{seconds / 60:,.0f} min"
