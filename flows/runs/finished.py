"""What a run came to, and the one way from there to its reports, for contacts and calls alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pyarrow as pa

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.values import Rows
from flows.contacts.guard import Violation
from flows.reports.page.rules import page_rules
from flows.reports.page.run_page import write_run_page
from flows.reports.report import CHANGED, Report, count_rows
from flows.reports.summary import (
    ForecastFacts,
    PlanFacts,
    ProblemFacts,
    RunFacts,
    Summary,
    summary_object,
    write_summary,
)
from flows.reports.workbook import NewWorkbook
from flows.runs.run import AnyPlan, Ended, Run

if TYPE_CHECKING:
    from flows.reports.own_workbook import OwnWorkbook

P = TypeVar("P", bound=AnyPlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Generic[P]):
    """What a run came to.

    rows: the source's, as many as outcomes. outcomes: the columns of a report (`flows.reports.report.Report`).
    notes: what to tell beside the numbers. requests: by kind. status: "" = judged from the buckets.
    sent: whether anything was allowed to be sent.
    variables_changed: how many values were really changed, and changes: these (schema CHANGED).
    call_states: accepted calls by what Verboice last said. forecast: how long they were to take.
    finished_at: None = now. error: what stopped the run.
    """

    plan: P
    rows: Rows
    outcomes: pa.Table
    problems: Sequence[ProblemFacts]
    violations: Sequence[Violation]
    notes: tuple[str, ...]
    requests: Mapping[str, int]
    status: str = ""
    sent: bool = False
    dry_run: bool = False
    variables_changed: int = 0
    changes: pa.Table = field(default_factory=CHANGED.empty_table)
    call_states: Mapping[str, int] = field(default_factory=dict)
    forecast: ForecastFacts | None = None
    finished_at: datetime | None = None
    error: VerboiceSyncError | None = None


def report(run: Run, finished: Finished[P], *, beside: Callable[[Summary], None] = lambda _head: None) -> Ended[P]:
    """Write workbook, page and summary of the run, and what is to be kept `beside` them with the same head.

    Raises CouldNotBeDone where they cannot be written. Of a run that was stopped it is a note: that comes first.
    """
    stem, folder = finished.rows.stem, run.folder
    workbook = _workbook(run, finished.rows, [folder.workbook(stem, suffix) for suffix in (".xlsx", ".xlsm")])
    made = make_report(run, replace(finished, notes=finished.notes + workbook.notes), suffix=workbook.suffix)

    def write() -> None:
        workbook.write(folder.workbook(stem, workbook.suffix), made)
        write_run_page(folder.html, made, page_rules(run.pipeline), address=run.pipeline.source.address)
        folder.keep_report(made, address=run.pipeline.source.address)
        write_summary(folder.summary, made)
        beside(made.summary)

    notes = finished.notes + workbook.notes
    try:
        run.step("report", write)
    except CouldNotBeDone as error:
        if finished.error is None:
            raise
        notes = (*notes, str(error))
    return Ended(made, finished.plan, finished.error, notes)


def _workbook(run: Run, rows: Rows, earlier: Sequence[Path]) -> OwnWorkbook | NewWorkbook:
    anew = NewWorkbook(address=run.pipeline.source.address)
    if rows.file is None:
        return anew
    from flows.reports.own_workbook import open_own_workbook  # openpyxl, which takes a moment to import

    opened = open_own_workbook(rows, earlier)
    return replace(anew, notes=opened.notes) if isinstance(opened, NewWorkbook) else opened


def make_report(run: Run, finished: Finished[P], *, suffix: str = ".xlsx") -> Report:
    """The report as a value. `suffix`: of its workbook."""
    rows = replace(finished.rows, notes=finished.notes)
    return Report(rows, finished.outcomes, _summary(run, finished, suffix), finished.changes)


def _summary(run: Run, finished: Finished[P], suffix: str) -> Summary:
    facts = run_facts(run, finished.plan, finished.requests)
    facts = replace(facts, variables_changed=finished.variables_changed, sent=finished.sent)
    if finished.finished_at is not None:
        facts = replace(facts, finished_at=finished.finished_at)
    summary = summary_object(
        facts,
        count_rows(finished.outcomes, run.kind),
        status=finished.status,
        plan=plan_facts(finished.plan, finished.violations),
        problems=finished.problems,
        reports={
            "workbook": str(run.folder.workbook(finished.rows.stem, suffix)),
            "html": str(run.folder.html),
            "summary": str(run.folder.summary),
            "plan": str(run.folder.plan),
        },
    )
    if finished.dry_run:
        summary["dry_run"] = True
    if finished.call_states:
        summary["calls"] = summary["call_states"] = dict(finished.call_states)
    if finished.forecast is not None:
        summary["forecast"] = finished.forecast
    return summary


def run_facts(run: Run, plan: AnyPlan, requests: Mapping[str, int]) -> RunFacts:
    """What ran, when and where, as it is now."""
    return RunFacts(
        run_id=run.run_id,
        pipeline=run.pipeline.name,
        kind=run.kind,
        home=str(run.folder.home),
        ledger=run.ledger.place,
        started_at=run.started_at,
        finished_at=run.clock(),
        project_id=plan.project_id,
        project_name=plan.project_name,
        dropped=run.options.dropped,
        fill_only=run.options.fill_only,
        retry=run.options.retry,
        requests=requests,
    )


def plan_facts(plan: AnyPlan, violations: Sequence[Violation]) -> PlanFacts:
    """The `plan` object of a summary."""
    return {
        "checksum": plan.checksum,
        "changes": plan.size,
        "violations": [{"guard": v.guard, "limit": v.limit, "found": v.found} for v in violations],
    }
