"""The report of a run over contacts: summary, result workbook, page and plan file, from finished values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.contacts.guard import Violation
from flows.contacts.outcome import count
from flows.contacts.plan import Plan
from flows.runs.html_report import write_html
from flows.runs.plan_file import plan_bytes, write_plan
from flows.runs.report import CONTACT_BUCKETS, NEEDS_ATTENTION, TO_FIX, PlanFacts, Problem, Report, Summary
from flows.runs.summary import RunFacts, summary_object, write_summary
from flows.runs.workbook import write_workbook

if TYPE_CHECKING:
    from flows.runs.contact_run import Run


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run over contacts came to. `outcomes` is what `flows.contacts.outcome.conclude` returns; `sent` is whether
    anything was allowed to be sent; `status` "" = judged from the buckets."""

    rows: Rows
    plan: Plan
    violations: Sequence[Violation]
    outcomes: pa.Table
    requests: Mapping[str, int]
    status: str = ""
    sent: bool = True


def write_reports(run: Run, finished: Finished) -> Report:
    """Write all files of the run and return what they were rendered from."""
    workbook = run.folder.workbook(finished.rows.stem)
    paths = {
        "workbook": str(workbook),
        "html": str(run.folder.html),
        "summary": str(run.folder.summary),
        "plan": str(run.folder.plan),
    }
    summary = _summary(run, finished, paths)
    report = Report(finished.rows, _shown(finished.outcomes), summary)
    write_plan(run.folder.plan, plan_bytes(finished.plan, {**summary, "kind": "plan"}))
    write_workbook(workbook, report)
    write_html(run.folder.html, report)
    write_summary(run.folder.summary, report)
    return report


def _summary(run: Run, finished: Finished, paths: Mapping[str, str]) -> Summary:
    facts = RunFacts(
        run_id=run.run_id,
        pipeline=run.pipeline.name,
        kind=run.kind,
        started_at=run.started_at,
        finished_at=run.clock(),
        project_id=finished.plan.project_id,
        project_name=finished.plan.project_name,
        variables_changed=_variables_changed(finished) if finished.sent else 0,
        requests=finished.requests,
    )
    return summary_object(
        facts,
        count(finished.outcomes, CONTACT_BUCKETS),
        status=finished.status,
        plan=plan_facts(finished.plan, finished.violations),
        problems=problems(finished.outcomes),
        reports=paths,
    )


def plan_facts(plan: Plan, violations: Sequence[Violation]) -> PlanFacts:
    """The `plan` object of a summary. Every change of a variable counts, and every contact created."""
    return {
        "checksum": plan.checksum,
        "changes": plan.changes.num_rows + len(plan.creates),
        "violations": [{"guard": v.guard, "limit": v.limit, "found": v.found} for v in violations],
    }


def problems(outcomes: pa.Table) -> list[Problem]:
    """Rows that need a person, in the source's order."""
    wanted = pa.array(sorted(TO_FIX | NEEDS_ATTENTION))
    listed = outcomes.filter(pc.is_in(outcomes["status"], value_set=wanted)).select(
        ["row", "column", "status", "reason"]
    )
    return [
        {"row": row["row"], "column": row["column"] or "", "status": row["status"], "reason": row["reason"] or ""}
        for row in listed.to_pylist()
    ]


def _variables_changed(finished: Finished) -> int:
    """Values that were really changed: those of rows that acted and whose request was carried out."""
    acted = pc.and_(
        pc.equal(finished.outcomes["row"], finished.outcomes["leader"]), pc.not_equal(finished.outcomes["changes"], "")
    )
    rows = finished.outcomes["row"].filter(acted).combine_chunks()
    changed = int(pc.sum(pc.is_in(finished.plan.changes["row"], value_set=rows)).as_py() or 0)
    done = set(rows.to_pylist())
    return changed + sum(len(create.vars) for create in finished.plan.creates if create.row in done)


def _shown(outcomes: pa.Table) -> pa.Table:
    return pa.table(
        {
            "sync_status": outcomes["status"],
            "sync_reason": pc.fill_null(outcomes["reason"], ""),
            "sync_changes": outcomes["changes"],
            "contact_id": pc.fill_null(pc.cast(outcomes["contact_id"], pa.string()), ""),
        }
    )
