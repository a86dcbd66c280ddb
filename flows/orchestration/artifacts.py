"""What Prefect's UI shows of a run: a summary, the rows that change, how far the push is, where the workbook lies.

Prefect keeps artifacts in clear, so numbers are masked and long tables cut; the whole of it is in the run's folder.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.reports.buckets import IDLE, NEEDS_ATTENTION
from flows.reports.next_steps import next_steps
from flows.reports.page.rules import PageRules
from flows.reports.report import Report, told_outcomes
from flows.reports.summary import Summary
from flows.reports.wording import counted, headline, is_only_planned, label, meaning_of, told_wait

MOST_ROWS = 200
MOST_PROBLEMS = 20
UPDATED_EVERY = 2.0  # seconds between two updates of a progress artifact


def publish(report: Report, rules: PageRules, *, address: str) -> None:
    """All artifacts of a finished or refused run. `address` is the source's column with the numbers."""
    summary = report.summary
    key = key_for(summary)
    create_markdown_artifact(summary_markdown(summary, rules), key=f"{key}-summary", description=headline(summary))
    table = rows_table(report, rules, address=address)
    if table:
        create_table_artifact(table, key=f"{key}-rows", description=_cut(report, len(table)))
    workbook = summary["reports"]["workbook"]
    if workbook:
        path = Path(workbook).resolve()
        create_link_artifact(path.as_uri(), link_text=path.name, key=f"{key}-workbook", description=str(path))


def key_for(summary: Summary) -> str:
    """`sync-clinic`: artifacts with one key are versions of one another."""
    return slug(f"{summary['kind']}-{summary['pipeline']}")


def slug(text: str) -> str:
    """Lower case letters, digits and dashes, which is all that Prefect takes as a key."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "run"


def summary_markdown(summary: Summary, rules: PageRules) -> str:
    """Counts, limits that were broken, rows to look at, and what to do next."""
    lines = [f"## {headline(summary)}", ""]
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
    """How far the longest step is, as a bar in the UI."""

    def __init__(self, key: str) -> None:
        self._key = f"{key}-progress"
        self._id: UUID | None = None
        self._total = 0
        self._updated = 0.0
        # Waits are told by the threads that send; without the flow run's context theirs would be nobody's artifacts.
        self._context = copy_context()

    def begin(self, what: str, total: int | None) -> None:
        self._finish()
        if not total:
            return
        self._total, self._updated = total, time.monotonic()
        with suppress(Exception):
            made = create_progress_artifact(0.0, key=self._key, description=f"{what} ({total:,})")
            self._id = made if isinstance(made, UUID) else None

    def advance(self, done: int) -> None:
        if self._id is None or (done < self._total and time.monotonic() - self._updated < UPDATED_EVERY):
            return
        self._updated = time.monotonic()
        self._update(100.0 * done / self._total)

    def pause(self, why: str, seconds: float) -> None:
        """Told as a bar that stands still; a server that went away must not stop a push."""
        with suppress(Exception):
            self._context.copy().run(
                create_progress_artifact, 0.0, key=f"{self._key}-wait", description=told_wait(why, seconds)
            )

    def _finish(self) -> None:
        if self._id is not None:
            self._update(100.0)

    def _update(self, percent: float) -> None:
        """A server that went away must not stop a push: the bar then stays where it is."""
        artifact = self._id
        if artifact is None:
            return
        try:
            update_progress_artifact(artifact, min(100.0, percent))
        except Exception:  # noqa: BLE001 - see above
            percent = 100.0
        if percent >= 100.0:
            self._id = None
