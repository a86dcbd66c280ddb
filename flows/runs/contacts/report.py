"""The report of a run over contacts: summary, result workbook, page and plan file, from finished values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.contacts.guard import Violation
from flows.contacts.outcome import count
from flows.contacts.plan import Plan
from flows.reports.buckets import CONTACT_BUCKETS, NEEDS_ATTENTION, TO_FIX
from flows.reports.page import write_html
from flows.reports.report import Report
from flows.reports.summary import PlanFacts, ProblemFacts, RunFacts, Summary, summary_object, write_summary
from flows.reports.workbook import write_workbook
from flows.runs.kinds import PLAN

if TYPE_CHECKING:
    from flows.runs.run import Run


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run over contacts came to. `outcomes` is what `flows.contacts.outcome.conclude` returns; `sent` is whether
    anything was allowed to be sent; `status` "" = judged from the buckets; `notes` are shown beside the numbers."""

    rows: Rows
    plan: Plan
    violations: Sequence[Violation]
    outcomes: pa.Table
    requests: Mapping[str, int]
    status: str = ""
    sent: bool = True
    notes: tuple[str, ...] = ()


def write_reports(run: Run, finished: Finished) -> Report:
    """Write all files of the run and return what they were rendered from. Its plan file is there already."""
    workbook = run.folder.workbook(finished.rows.stem)
    paths = {
        "workbook": str(workbook),
        "html": str(run.folder.html),
        "summary": str(run.folder.summary),
        "plan": str(run.folder.plan),
    }
    summary = _summary(run, finished, paths)
    report = Report(replace(finished.rows, notes=finished.notes), _shown(finished.outcomes), summary)
    write_workbook(workbook, report)
    write_html(run.folder.html, report)
    write_summary(run.folder.summary, report)
    return report


def plan_head(run: Run, plan: Plan, violations: Sequence[Violation], requests: Mapping[str, int]) -> Summary:
    """The head of the run's plan file: the summary of a run that only planned, whatever the run does afterwards."""
    return summary_object(
        replace(_facts(run, plan, requests), kind=PLAN.name),
        count(plan.outcomes, CONTACT_BUCKETS),
        plan=plan_facts(plan, violations),
        problems=problems(plan.outcomes),
        reports={"plan": str(run.folder.plan)},
    )


def _summary(run: Run, finished: Finished, paths: Mapping[str, str]) -> Summary:
    facts = _facts(run, finished.plan, finished.requests)
    changed = int(pc.sum(finished.outcomes["changed"]).as_py() or 0) if finished.sent else 0
    return summary_object(
        replace(facts, variables_changed=changed),
        count(finished.outcomes, CONTACT_BUCKETS),
        status=finished.status,
        plan=plan_facts(finished.plan, finished.violations),
        problems=problems(finished.outcomes),
        reports=paths,
    )


def _facts(run: Run, plan: Plan, requests: Mapping[str, int]) -> RunFacts:
    return RunFacts(
        run_id=run.run_id,
        pipeline=run.pipeline.name,
        kind=run.kind,
        started_at=run.started_at,
        finished_at=run.clock(),
        project_id=plan.project_id,
        project_name=plan.project_name,
        dropped=run.options.dropped,
        fill_only=run.options.fill_only,
        requests=requests,
    )


def plan_facts(plan: Plan, violations: Sequence[Violation]) -> PlanFacts:
    """The `plan` object of a summary. Every change of a variable counts, and every contact created."""
    return {
        "checksum": plan.checksum,
        "changes": plan.changes.num_rows + len(plan.creates),
        "violations": [{"guard": v.guard, "limit": v.limit, "found": v.found} for v in violations],
    }


def problems(outcomes: pa.Table) -> list[ProblemFacts]:
    """Rows that need a person, in the source's order."""
    wanted = pa.array(sorted(TO_FIX | NEEDS_ATTENTION))
    listed = outcomes.filter(pc.is_in(outcomes["status"], value_set=wanted)).select(
        ["row", "column", "status", "reason"]
    )
    return [
        {"row": row["row"], "column": row["column"] or "", "status": row["status"], "reason": row["reason"] or ""}
        for row in listed.to_pylist()
    ]


def _shown(outcomes: pa.Table) -> pa.Table:
    return pa.table(
        {
            "sync_status": outcomes["status"],
            "sync_reason": pc.fill_null(outcomes["reason"], ""),
            "sync_changes": outcomes["changes"],
            "contact_id": pc.fill_null(pc.cast(outcomes["contact_id"], pa.string()), ""),
        }
    )
