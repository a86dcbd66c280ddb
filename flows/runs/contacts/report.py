"""How a run over contacts is told: its rows as columns of a report, those that need a person, the head of its plan."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.outcome import as_planned, count, made_changes, planned_changes
from flows.contacts.plan import Plan
from flows.reports.buckets import CONTACT_BUCKETS, NEEDS_ATTENTION, TO_FIX
from flows.reports.summary import ProblemFacts, Summary, summary_object
from flows.runs.contacts.deliver import RowResults
from flows.runs.contacts.prepared import Prepared
from flows.runs.finished import Finished, plan_facts, run_facts
from flows.runs.kinds import PLAN
from flows.runs.run import Run


def planned(run: Run, prepared: Prepared, *, status: str = "") -> Finished[Plan]:
    """What a run came to that was not allowed to send anything, or only planned."""
    plan = prepared.plan
    finished = replace(_finished(run, prepared, as_planned(plan)), changes=planned_changes(plan))
    return replace(finished, status=status, variables_changed=0)


def carried_out(run: Run, prepared: Prepared, outcomes: pa.Table, results: RowResults) -> Finished[Plan]:
    """What a run came to that sent its plan. `outcomes` is what `conclude` makes of `results`."""
    finished = _finished(run, prepared, outcomes)
    return replace(
        finished,
        status="failed" if results.stopped is not None else "",
        sent=True,
        error=results.stopped,
        notes=finished.notes + results.notes,
        changes=made_changes(prepared.plan, results.by_row),
    )


def _finished(run: Run, prepared: Prepared, outcomes: pa.Table) -> Finished[Plan]:
    return Finished(
        plan=prepared.plan,
        rows=prepared.rows,
        outcomes=_columns(outcomes),
        problems=problems(outcomes),
        violations=prepared.violations,
        notes=prepared.notes,
        requests=run.requests,
        variables_changed=int(pc.sum(outcomes["changed"]).as_py() or 0),
    )


def plan_head(run: Run, prepared: Prepared) -> Summary:
    """The head of the run's plan file: the summary of a run that only planned, whatever the run does afterwards."""
    plan = prepared.plan
    return summary_object(
        replace(run_facts(run, plan, run.requests), kind=PLAN.name),
        count(plan.outcomes, CONTACT_BUCKETS),
        plan=plan_facts(plan, prepared.violations),
        problems=problems(plan.outcomes),
        reports={"plan": str(run.folder.plan)},
    )


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


def _columns(outcomes: pa.Table) -> pa.Table:
    return pa.table(
        {
            "sync_status": outcomes["status"],
            "sync_reason": pc.fill_null(outcomes["reason"], ""),
            "sync_changes": outcomes["changes"],
            "contact_id": pc.fill_null(pc.cast(outcomes["contact_id"], pa.string()), ""),
        }
    )
