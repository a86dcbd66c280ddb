"""The report of a batch: summary, result workbook, page and plan file; written again whenever more is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.values import Rows
from flows.calls.batch import Batch
from flows.contacts.guard import Violation
from flows.reports.page import write_html
from flows.reports.report import Report, count_rows
from flows.reports.summary import PlanFacts, RunFacts, Summary, summary_object, write_summary
from flows.reports.workbook import write_workbook
from flows.runs.calls.outcome import CallRow, call_states, outcome_table, problems
from flows.runs.calls.plan_file import write_batch
from flows.runs.kinds import CALL

if TYPE_CHECKING:
    from flows.runs.run import Run


@dataclass(frozen=True, slots=True)
class CallsDone:
    """What a batch came to so far. `status` "" = judged from the buckets; `finished_at` None = now."""

    rows: Rows
    batch: Batch
    outcomes: Sequence[CallRow]
    requests: Mapping[str, int]
    violations: Sequence[Violation] = ()
    status: str = ""
    finished_at: datetime | None = None
    dry_run: bool = False


def write_reports(run: Run, done: CallsDone) -> Report:
    """Write all files of the run and return what they were rendered from."""
    report = make_report(run, done)
    write_batch(run.folder.plan, done.batch, report.summary)
    _write(run, report)
    return report


def rewrite_reports(run: Run, done: CallsDone) -> Report:
    """The same files with what is known now; the plan stays as it was."""
    report = make_report(run, done)
    _write(run, report)
    return report


def _write(run: Run, report: Report) -> None:
    write_workbook(run.folder.workbook(report.rows.stem), report)
    write_html(run.folder.html, report)
    write_summary(run.folder.summary, report)


def make_report(run: Run, done: CallsDone) -> Report:
    """The report as a value."""
    outcomes = outcome_table(done.outcomes)
    rows = replace(done.rows, notes=done.batch.notes)
    return Report(rows, outcomes, _summary(run, done, count_rows(outcomes, CALL.name)))


def _summary(run: Run, done: CallsDone, counts: Mapping[str, int]) -> Summary:
    facts = RunFacts(
        run_id=run.run_id,
        pipeline=run.pipeline.name,
        kind=CALL.name,
        started_at=run.started_at,
        finished_at=done.finished_at or run.clock(),
        project_id=done.batch.project_id,
        project_name=done.batch.project_name,
        dropped=run.options.dropped,
        requests=done.requests,
    )
    summary = summary_object(
        facts,
        counts,
        status=done.status,
        plan=_plan_facts(done),
        problems=problems(done.outcomes),
        reports={
            "workbook": str(run.folder.workbook(done.rows.stem)),
            "html": str(run.folder.html),
            "summary": str(run.folder.summary),
            "plan": str(run.folder.plan),
        },
    )
    if done.dry_run:
        summary["dry_run"] = True
    states = call_states(row.call for row in done.outcomes if row.call is not None)
    if states:
        summary["call_states"] = states
    return summary


def _plan_facts(done: CallsDone) -> PlanFacts:
    return {
        "checksum": done.batch.checksum,
        "changes": len(done.batch.calls),
        "violations": [{"guard": v.guard, "limit": v.limit, "found": v.found} for v in done.violations],
    }
