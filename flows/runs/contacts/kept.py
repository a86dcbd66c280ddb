"""What a run keeps beside its reports, for runs that come after it: apply, resume and undo.

`plan.json` is the plan, also as the user's own file; `rows.arrow` the source's rows and what was planned for each;
`seen.arrow` what both sides said about values left alone; `base.arrow` the part of the three-way base that the plan's
changes replace.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from connectors.ledger.values import SavedPlan
from connectors.values import Rows
from flows.contacts.plan import OUTCOMES, Plan
from flows.runs.contacts.memory import base_of_changes
from flows.runs.contacts.plan_file import PlanFile, plan_bytes, says_the_same, write_plan
from flows.runs.contacts.prepared import FromFile, Prepared
from flows.runs.contacts.report import plan_head
from flows.runs.folder import RunFolder
from flows.runs.run import Run


def keep_files(run: Run, prepared: Prepared) -> bytes:
    """Keep everything; the plan file's content. The ledger learns which project the run is about."""
    content = prepared.origin.content if isinstance(prepared.origin, FromFile) else _content(run, prepared)
    write_plan(run.folder.plan, content)
    plan = prepared.plan
    run.ledger.note_run(
        run.run_id, project_id=plan.project_id, project_name=plan.project_name, plan_checksum=plan.checksum
    )
    run.folder.keep_rows(prepared.rows, prepared.plan.outcomes)
    run.folder.keep("seen", prepared.plan.seen)
    run.folder.keep("base", base_of_changes(prepared.base, prepared.plan))
    return content


def _content(run: Run, prepared: Prepared) -> bytes:
    head = plan_head(run, prepared)
    file = run.pipeline.file
    return plan_bytes(prepared.plan, head, pipeline_file=str(file.resolve()) if file else "")


def keep_plan(run: Run, prepared: Prepared) -> None:
    """Keep a plan that may be applied later, in the ledger too.

    One that says just what an unused plan of the pipeline says is that plan, head and all: equal inputs give equal
    files, and a plan that was shown twice can still be used only once. One that came from a file is kept already.
    """
    content = keep_files(run, prepared)
    if isinstance(prepared.origin, FromFile):
        return
    plan = prepared.plan
    saved = run.ledger.plan(plan.checksum)
    if (
        saved is not None
        and saved.body is not None
        and saved.pipeline == run.pipeline.name
        and saved.claimed_by is None
        and says_the_same(saved.body, content)
    ):
        write_plan(run.folder.plan, saved.body)
        return
    run.ledger.save_plan(SavedPlan(plan.checksum, run.run_id, run.pipeline.name, run.started_at, content))


def with_kept_rows(read: PlanFile, folder: RunFolder) -> tuple[Plan, Rows]:
    """A plan from a file together with all rows it is about, where the run that made it left them on this machine;
    otherwise with the rows the file itself tells of."""
    if folder.has_rows:
        rows, outcomes = folder.kept_rows()
        seen = folder.kept("seen")
        plan = replace(read.plan, outcomes=outcomes.cast(OUTCOMES), rows=len(rows))
        return (plan if seen is None else replace(plan, seen=seen)), rows
    outcomes = read.plan.outcomes
    table = pa.table({"Address": outcomes["address"]})
    rows = Rows(table, outcomes["row"].combine_chunks(), f"{read.pipeline} plan")
    return replace(read.plan, rows=len(rows)), rows
