"""`undo`: puts back what a run replaced, where nobody has changed it since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError
from connectors.ledger.values import RunRecord, WriteState
from connectors.values import RemoteContacts, Rows
from flows import wiring
from flows.contacts.assess import Target
from flows.contacts.bulk import choose_bulk
from flows.contacts.plan import CHANGES, Plan
from flows.contacts.undoing import in_row_order, undo_plan
from flows.runs.contacts import costs, memory
from flows.runs.contacts.prepare import connect, existing_names, unproven_names
from flows.runs.contacts.prepared import FromServer, Prepared
from flows.runs.contacts.reread import Rereading
from flows.runs.kinds import CONTACT_PUSHES, UNDO, run_kind
from flows.runs.run import Run

_MAY_HAVE_WRITTEN: Sequence[WriteState] = ("sending", "done", "failed", "uncertain")
_FIRST_ROW = 2


def prepare_undo(run: Run) -> Prepared:
    """The plan that takes back the run named in the options."""
    earlier = _earlier(run)
    folder = run.folder.of_run(earlier.run_id)
    kept = folder.kept_rows() if folder.has_rows else None
    written = _written(run, earlier, None if kept is None else kept[1])
    if not run.ledger.writes(earlier.run_id, _MAY_HAVE_WRITTEN).num_rows:
        raise ConfigurationError(
            f"Run {earlier.run_id} ({earlier.kind}, {earlier.status}) sent nothing, so there is nothing to put back.",
            hint="`verboice-sync runs` lists those that sent something.",
        )
    names = tuple(pc.unique(written["variable"]).to_pylist())
    project = run.step("connect", lambda: connect(run, names))
    if earlier.project_id not in (None, project.id):
        raise ConfigurationError(
            f"Run {earlier.run_id} changed project {earlier.project_name} ({earlier.project_id}), but the pipeline now "
            f"names {project.name} ({project.id}).",
            hint="Put the project back in the pipeline file for this.",
        )
    read_at = run.clock()
    now = run.step("pull", lambda: _now(run, project.id, written))
    target = Target(run.pipeline.verboice.url, project.id, project.name)
    plan = undo_plan(written, now, target=target, created=_created(run, earlier), hold=run.options.hold)
    if wiring.contact_settings(run.pipeline).bulk == "auto":
        exist = existing_names(project, now)
        plan = replace(plan, bulk=choose_bulk(plan, now, costs.of_server(run), names=exist))
    return Prepared(
        rows=_rows(plan, None if kept is None else kept[0]),
        plan=plan,
        violations=(),
        remote=now,
        read_at=read_at,
        base=memory.base(run, project.id),
        unproven=unproven_names(project, names, now),
        notes=_notes(run, earlier, plan, names),
        origin=FromServer(),
    )


def _earlier(run: Run) -> RunRecord:
    """The run to take back."""
    wanted = run.options.undone or ""
    earlier = run.ledger.run(wanted)
    if earlier is None or earlier.kind not in CONTACT_PUSHES:
        what = "no run of this ledger" if earlier is None else f"a run of `{earlier.kind}`, which changes no contacts"
        raise ConfigurationError(f"{wanted} is {what}.", hint="`verboice-sync runs` lists them.")
    return earlier


def _notes(run: Run, earlier: RunRecord, plan: Plan, names: Sequence[str]) -> tuple[str, ...]:
    """What is taken back, or that it was before; and what the next sync makes of the values."""
    before = _undone_before(run, earlier, plan)
    taken = before or (f"Takes back run {earlier.run_id} ({earlier.kind}).",)
    return taken if before and not run.options.hold else (*taken, *_about_the_source(run, earlier, names))


def _about_the_source(run: Run, earlier: RunRecord, names: Sequence[str]) -> Iterator[str]:
    """What becomes of the values at the next sync: whoever takes them back may not think of the source."""
    if not run_kind(earlier.kind).from_source or run.pipeline.contacts is None:
        return
    if not run.options.hold:
        yield (
            "The source still holds the values that are taken back here, and the next sync sends them again. Correct "
            f"the source first, or keep them held until it changes: verboice-sync undo {earlier.run_id} --hold"
        )
        return
    yield "The source still holds the values that are taken back here; they are held until it says something else."
    rules = wiring.contact_rules(run.pipeline).variables
    reverted = [one.name for one in rules if one.name in names and one.on_drift == "revert"]
    if reverted:
        yield f"{', '.join(reverted)}: the pipeline has on_drift: revert, so the next sync sends it again all the same."


def _undone_before(run: Run, earlier: RunRecord, plan: Plan) -> tuple[str, ...]:
    """What to tell where nothing is left to put back because another run has done it."""
    if plan.changes.num_rows:
        return ()
    undoings = run.ledger.runs(run.pipeline.name, kind=UNDO.name)
    before = (one for one in undoings if one.options.get("undone") == earlier.run_id and one.run_id != run.run_id)
    done = next((one for one in before if one.counts.get("updated")), None)  # the others found it done
    return () if done is None else (f"Already undone by run {done.run_id} on {done.started_at:%Y-%m-%d %H:%M} UTC.",)


def _written(run: Run, earlier: RunRecord, outcomes: pa.Table | None) -> pa.Table:
    """What the run wrote or may have written, ordered by row. A request for everybody belongs to no single row, so its
    contacts are looked up in the rows the run kept."""
    changed = run.ledger.changes(earlier.run_id, _MAY_HAVE_WRITTEN).to_pylist()
    row_of: dict[int, tuple[int, str]] = {}
    if outcomes is not None:
        columns = (outcomes[name].to_pylist() for name in ("contact_id", "leader", "address"))
        row_of = {contact: (row, address) for contact, row, address in zip(*columns, strict=True) if contact}
    lines: list[dict[str, Any]] = []
    for number, change in enumerate((c for c in changed if c["contact_id"] is not None), start=_FIRST_ROW):
        row, address = row_of.get(change["contact_id"], (number, ""))
        line = {name: change[name] for name in CHANGES.names}
        lines.append(line | {"row": change["row"] or row, "address": change["address"] or address})
    return in_row_order(pa.Table.from_pylist(lines, schema=CHANGES))


def _created(run: Run, earlier: RunRecord) -> frozenset[int]:
    writes = run.ledger.writes(earlier.run_id).to_pylist()
    return frozenset(write["contact_id"] for write in writes if write["kind"] == "post" and write["contact_id"])


def _now(run: Run, project_id: int, written: pa.Table) -> RemoteContacts:
    run.progress.begin("Reading the contacts again", None)
    return Rereading(run, project_id).contacts(written)


def _rows(plan: Plan, kept: Rows | None) -> Rows:
    """The source's rows that the plan is about, or just their addresses where the run's rows are not here."""
    numbers = plan.outcomes["row"].combine_chunks()
    if kept is None:
        return Rows(pa.table({"Address": plan.outcomes["address"]}), numbers, "undo")
    where = pc.index_in(numbers, value_set=kept.numbers)
    return replace(kept, table=kept.table.take(where), numbers=numbers, problems=())
