"""`apply`: exactly a saved plan, once, and only while everything it was made from still holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from connectors.errors import ConfigurationError, RefusedByGuard
from connectors.ledger.values import SavedPlan
from connectors.masking import mask_text
from connectors.values import RemoteContacts
from flows.contacts.bulk import even_value
from flows.contacts.plan import Plan
from flows.contacts.recheck import Standing, present_values, standings
from flows.runs.approval import already_used
from flows.runs.contacts import memory
from flows.runs.contacts.kept import with_kept_rows
from flows.runs.contacts.plan_file import PlanFile, read_plan
from flows.runs.contacts.prepare import connect, unproven_names
from flows.runs.contacts.prepared import FromFile, Prepared
from flows.runs.contacts.reread import Rereading
from flows.runs.run import Run

MOST_NAMED = 20  # changes named in the message; the report names all of them


def prepare_apply(run: Run) -> Prepared:
    """The plan in the run's file, judged against the contacts as they are now."""
    path = Path(run.options.plan_file or "")
    read = read_plan(path)
    _belongs(run, read)
    plan, rows = with_kept_rows(read, run.folder.of_run(read.made_by))
    use = SavedPlan(plan.checksum, read.made_by, read.pipeline, run.started_at)
    origin = FromFile(path.read_bytes(), use)
    prepared = Prepared(
        rows=rows,
        plan=plan,
        violations=read.violations,
        remote=RemoteContacts.of([], complete=False),
        read_at=run.clock(),
        base=memory.base(run, plan.project_id),
        unproven=frozenset(),
        notes=(),
        origin=origin,
    )
    saved = run.ledger.plan(plan.checksum, read.made_by)
    if saved is not None and saved.claimed_by not in (None, run.run_id):
        return replace(prepared, origin=replace(origin, refusal=already_used(saved)))
    project = run.step("connect", lambda: connect(run, plan.names))
    read_at = run.clock()
    now = run.step("pull", lambda: _read_again(run, plan))
    unproven = unproven_names(project, plan.names, now)
    return _rechecked(replace(prepared, remote=now, read_at=read_at, unproven=unproven), origin)


def _belongs(run: Run, read: PlanFile) -> None:
    """Raises ConfigurationError for a plan that this pipeline, or this command, cannot carry out."""
    plan, settings = read.plan, run.pipeline.verboice
    if plan.purpose != "sync":
        raise ConfigurationError(
            f"This plan was made by `{plan.purpose}`, which has its own way of being approved.",
            hint=f"Run `verboice-sync {plan.purpose} …` again.",
        )
    if plan.server != settings.url or settings.project not in (plan.project_id, plan.project_name):
        raise ConfigurationError(
            f"The plan was made for project {plan.project_name} ({plan.project_id}) at {plan.server}, but the pipeline "
            f"{run.pipeline.name} now names {settings.project} at {settings.url}.",
            hint="Plan again, or put the pipeline's project and url back.",
        )


def _read_again(run: Run, plan: Plan) -> RemoteContacts:
    run.progress.begin("Reading the plan's contacts again", None)
    if plan.bulk or plan.creates:
        return run.client.contacts(plan.project_id, variables=plan.names)
    return Rereading(run, plan.project_id).contacts(plan.changes)


def _rechecked(prepared: Prepared, origin: FromFile) -> Prepared:
    """The plan with what has changed since: a refusal where it no longer holds, single requests where the one for
    everybody would reach somebody it must not."""
    plan, now = prepared.plan, prepared.remote
    stale = _stale(plan, now)
    if stale:
        outcomes = _held(plan.outcomes, stale)
        listed = " ".join(f"Row {row}: {mask_text(told)}." for row, told in list(stale.items())[:MOST_NAMED])
        more = f" And {len(stale) - MOST_NAMED:,} rows more." if len(stale) > MOST_NAMED else ""
        refusal = RefusedByGuard(
            f"Verboice has changed since this plan was made, so nothing was sent. {listed}{more}",
            hint="Make a new plan with `verboice-sync plan … --out`.",
            checksum=plan.checksum,
        )
        return replace(prepared, plan=replace(plan, outcomes=outcomes), origin=replace(origin, refusal=refusal))
    if plan.bulk and any(even_value(plan, now, write.variable) != write.value for write in plan.bulk):
        note = "The project has changed, so contacts are updated one by one and not in one request for everybody."
        return replace(prepared, plan=replace(plan, bulk=()), notes=(*prepared.notes, note))
    return prepared


def _stale(plan: Plan, now: RemoteContacts) -> dict[int, str]:
    """What no longer holds, by row."""
    standing = standings(plan.changes, now)
    present = present_values(plan.changes, now).to_pylist()
    told: dict[int, list[str]] = {}
    for position in (standing != Standing.HOLDS).nonzero()[0].tolist():
        change = plan.changes.slice(position, 1).to_pylist()[0]
        gone = standing[position] == Standing.GONE
        said = "the contact is gone" if gone else f"is now {_shown(present[position])}"
        told.setdefault(change["row"], []).append(f"{change['variable']} was {_shown(change['before'])}, {said}")
    taken = set(now.addresses.to_pylist()) if plan.creates else set()
    for create in plan.creates:
        if create.address in taken:
            told[create.row] = ["the contact to be created exists by now"]
    return {row: "; ".join(parts) for row, parts in sorted(told.items())}


def _shown(value: str | None) -> str:
    return "absent" if value is None else value or "empty"


def _held(outcomes: pa.Table, stale: dict[int, str]) -> pa.Table:
    """The outcomes with the rows that no longer hold held."""
    lines = outcomes.to_pylist()
    for line in lines:
        if line["leader"] in stale:
            line["status"], line["reason"] = "held", f"Changed since the plan was made: {stale[line['leader']]}."
    return pa.Table.from_pylist(lines, schema=outcomes.schema)
