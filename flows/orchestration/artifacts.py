"""What Prefect's UI shows of a run: a summary, the rows that change, how far the push is, where the workbook lies.

Prefect keeps artifacts in clear, so numbers are masked and long tables cut; the whole of it is in the run's folder.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.orchestration.approval import RESUME
from flows.reports.buckets import IDLE, NEEDS_ATTENTION
from flows.reports.next_steps import next_steps
from flows.reports.page.calls import by_hour
from flows.reports.page.rules import PageRules
from flows.reports.report import Report, told_outcomes
from flows.reports.summary import Summary
from flows.reports.wording import counted, headline, is_only_planned, label, meaning_of, told_wait

MOST_ROWS = 200
MOST_PROBLEMS = 20
UPDATED_EVERY = 2.0  # seconds between two updates of a progress artifact
LAST = 5.0  # seconds that the last one may take


def publish(report: Report, rules: PageRules, *, address: str, waits: bool = False) -> None:
    """All artifacts of a finished or refused run. `address` is the source's column with the numbers; `waits`: the flow
    run is suspended until a person answers."""
    summary = report.summary
    key = key_for(summary)
    told = summary_markdown(summary, rules, waits=waits)
    create_markdown_artifact(told, key=f"{key}-summary", description=headline(summary))
    table = rows_table(report, rules, address=address)
    if table:
        create_table_artifact(table, key=f"{key}-rows", description=_cut(report, len(table)))
    publish_calls(report, rules, address=address)
    workbook = summary["reports"]["workbook"]
    if workbook:
        path = Path(workbook).resolve()
        create_link_artifact(path.as_uri(), link_text=path.name, key=f"{key}-workbook", description=str(path))


def publish_calls(report: Report, rules: PageRules, *, address: str) -> None:
    """What became of the calls of a run, as often as somebody has looked; nothing before any is known to have begun."""
    told = calls_markdown(report, rules, address=address)
    if told:
        create_markdown_artifact(told, key=f"{key_for(report.summary)}-calls", description=headline(report.summary))


def calls_markdown(report: Report, rules: PageRules, *, address: str) -> str:
    """People reached and not reached by the hour, and the first answers, masked as on the page; "" before any call is
    known to have begun, and where a server does not tell when it did."""
    hours = by_hour(report.outcomes, rules)
    answers = _answers(report, rules, address)
    if hours is None and not answers:
        return ""
    lines = [f"## Calls of run {report.summary['run_id']}"]
    if hours is not None:
        names = [one.name for one in hours.series]
        lines += ["", f"| begun ({rules.zone_name}) | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
        counts = zip(hours.hours, zip(*(one.values for one in hours.series), strict=True), strict=True)
        lines += [f"| {hour} | {' | '.join(f'{count:,}' for count in bar)} |" for hour, bar in counts]
    return "\n".join([*lines, *answers])


def _answers(report: Report, rules: PageRules, address: str) -> list[str]:
    if "answers" not in report.outcomes.column_names:
        return []
    said = report.outcomes["answers"].to_pylist()
    columns = (report.rows.numbers.to_pylist(), report.rows.table[address].to_pylist(), said)
    found = [line for line in zip(*columns, strict=True) if line[2]]
    if not found:
        return []
    lines = [
        f"| {row} | {rules.number(number)} | {_cell(rules.text(text))} |" for row, number, text in found[:MOST_ROWS]
    ]
    cut = [f"The first {len(lines):,} of {len(found):,}; the workbook has all."] if len(found) > len(lines) else []
    return ["", "### What was answered", *cut, "", "| row | number | answers |", "| ---: | --- | --- |", *lines]


def key_for(summary: Summary) -> str:
    """`sync-clinic`: artifacts with one key are versions of one another."""
    return slug(f"{summary['kind']}-{summary['pipeline']}")


def slug(text: str) -> str:
    """Lower case letters, digits and dashes, which is all that Prefect takes as a key."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "run"


def summary_markdown(summary: Summary, rules: PageRules, *, waits: bool = False) -> str:
    """Counts, limits that were broken, rows to look at, and what to do next."""
    lines = [f"## {headline(summary)}", ""]
    if waits:
        lines += [f"**{RESUME}**", ""]
    checksum = summary["plan"]["checksum"]
    if summary["status"] == "refused" and checksum:
        lines += [f"Checksum of this plan: `{checksum}`", ""]
    lines += [
        f"- **{v['guard']}**: found {v['found']}, the limit is {v['limit']}" for v in summary["plan"]["violations"]
    ]
    lines += ["", "| rows | | meaning |", "| ---: | --- | --- |"]
    is_planned = is_only_planned(summary)
    lines += [
        f"| {number} | {label(bucket, is_planned=is_planned)} | {meaning_of(bucket, summary)} |"
        for bucket, number in counted(summary)
    ]
    lines += _problems(summary, rules)
    steps = [f"- {step.why}: `{step.command}`" if step.command else f"- {step.why}" for step in next_steps(summary)]
    if steps:
        lines += ["", "### Next", *steps]
    files = {name: path for name, path in summary["reports"].items() if path}
    lines += ["", "### Files", *(f"- {name}: `{Path(str(path)).resolve()}`" for name, path in files.items())]
    return "\n".join(lines)


def _problems(summary: Summary, rules: PageRules) -> list[str]:
    shown = [p for p in summary["problems"] if p["status"] in NEEDS_ATTENTION][:MOST_PROBLEMS]
    if not shown:
        return []
    lines = [f"| {p['row']} | {label(p['status'])} | {_cell(rules.text(p['reason']))} |" for p in shown]
    return ["", "### Rows to look at", "| row | | why |", "| ---: | --- | --- |", *lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def rows_table(report: Report, rules: PageRules, *, address: str) -> list[dict[str, Any]]:
    """The first rows that change, or that need a person."""
    told = told_outcomes(report)
    columns = {name: told[name].to_pylist() for name in ("sync_status", "sync_reason", "sync_changes")}
    addresses = report.rows.table[address].to_pylist()
    table: list[dict[str, Any]] = []
    for position, number in enumerate(report.rows.numbers.to_pylist()):
        status = columns["sync_status"][position]
        if status in IDLE:
            continue
        if len(table) == MOST_ROWS:
            break
        table.append(
            {
                "row": number,
                "address": rules.number(addresses[position]),
                "status": status,
                "changes": rules.text(columns["sync_changes"][position] or ""),
                "reason": rules.text(columns["sync_reason"][position] or ""),
            }
        )
    return table


def _cut(report: Report, shown: int) -> str:
    counts = report.summary["rows"]
    changing = counts["read"] - sum(counts.get(bucket, 0) for bucket in IDLE)
    rest = "" if changing <= shown else f" The first {shown} of {changing}; the workbook has all."
    if is_only_planned(report.summary):
        return f"Nothing was sent. Rows that would change, or need a person.{rest}"
    return f"Rows that were changed, or need a person.{rest}"


class ProgressArtifact:
    """How far the longest step is, as a bar in the UI; within a `with`.

    It is told by a thread of its own: while a server is away each telling takes a minute, and a push must go on.
    """

    def __init__(self, key: str) -> None:
        self._key = f"{key}-progress"
        self._id: UUID | None = None
        self._total = 0
        self._updated = 0.0
        self._teller = ThreadPoolExecutor(1, "progress")
        self._told: Future[None] = Future()
        self._told.set_result(None)
        # Without the flow run's context its artifacts would be nobody's.
        self._context = copy_context()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._tell(self._update, 100.0)
        wait([self._told], timeout=LAST)
        self._teller.shutdown(wait=False, cancel_futures=True)

    def begin(self, what: str, total: int | None) -> None:
        self._total, self._updated = total or 0, time.monotonic()
        self._tell(self._begin, f"{what} ({total or 0:,})", bool(total))

    def advance(self, done: int) -> None:
        now = time.monotonic()
        if self._total and self._told.done() and now - self._updated >= UPDATED_EVERY:
            self._updated = now
            self._tell(self._update, min(100.0, 100.0 * done / self._total))

    def pause(self, why: str, seconds: float) -> None:
        """Told as a bar that stands still."""
        key, told = f"{self._key}-wait", told_wait(why, seconds)
        self._tell(lambda: create_progress_artifact(0.0, key=key, description=told))

    def _tell(self, work: Callable[..., object], *given: object) -> None:
        def carry_out() -> None:
            with suppress(Exception):  # the bar then stays where it is
                self._context.copy().run(work, *given)

        with suppress(RuntimeError):  # it is over
            self._told = self._teller.submit(carry_out)

    def _begin(self, described: str, is_shown: bool) -> None:
        self._update(100.0)
        self._id = None
        if is_shown:
            made = create_progress_artifact(0.0, key=self._key, description=described)
            self._id = made if isinstance(made, UUID) else None

    def _update(self, percent: float) -> None:
        if self._id is not None:
            update_progress_artifact(self._id, percent)
