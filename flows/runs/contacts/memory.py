"""What a run over contacts asks of the ledger and tells it, in the ledger's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import ROWS, Counts, Scope
from connectors.ledger.writes import CHANGED
from connectors.values import RemoteContacts
from flows.contacts.guard import LastTime
from flows.contacts.plan import Plan
from flows.contacts.undoing import held_base, restored_base
from flows.runs.contacts.prepared import FromSource, GoneOnWith, Prepared
from flows.runs.kinds import CONTACT_PUSHES, FROM_SOURCE
from flows.runs.lease import HeldLease, close_cut_off, holding
from flows.runs.run import UNFINISHED, Run

if TYPE_CHECKING:
    from connectors.ledger import Ledger

_UNANSWERED = ("failed", "uncertain", "unsent")  # buckets of rows of which not every answer is known
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def base(run: Run, project_id: int, remote: RemoteContacts | None = None) -> pa.Table:
    """What both sides said when last settled: contact_id, variable, source_value, remote_value; of all contacts, or of
    those that were asked for one by one."""
    return run.ledger.values(run.scope(project_id), None if remote is None else asked_for(remote))


def asked_for(remote: RemoteContacts) -> list[int] | None:
    """The contacts that were asked for one by one; None for all of the project."""
    return None if remote.complete else [int(contact) for contact in remote.ids.to_pylist()]


def unanswered(ledger: Ledger, scope: Scope) -> pa.Table:
    """What the pipeline's runs since the last complete one sent without learning that it arrived
    (`connectors.ledger.writes.CHANGED`): they were cut off, or their answers were lost. Those of the
    pipeline whose memory it has taken over are its own."""
    facts = {one.pipeline: one for one in ledger.scope_facts(scope.server, scope.project_id)}
    before = facts[scope.pipeline].inherited_from if scope.pipeline in facts else None
    names = [scope.pipeline, before] if before else [scope.pipeline]
    return pa.concat_tables([_unanswered(ledger, scope, name) for name in names]).combine_chunks()


def _unanswered(ledger: Ledger, scope: Scope, pipeline: str) -> pa.Table:
    sent = [CHANGED.empty_table()]
    for earlier in ledger.runs_for_project(pipeline, FROM_SOURCE, server=scope.server, project_id=scope.project_id):
        if earlier.status == "succeeded" and not earlier.options.get("only") and earlier.options.get("limit") is None:
            break
        if earlier.status in UNFINISHED or any(earlier.counts.get(bucket) for bucket in _UNANSWERED):
            sent.append(ledger.changes(earlier.run_id, ["sending", "uncertain", "failed"]))
    return pa.concat_tables(sent)


def is_first(run: Run, project_id: int) -> bool:
    """Whether nothing was ever sent for this project."""
    return run.ledger.counts(run.scope(project_id)).counted_at is None


def was_compared(run: Run, project_id: int) -> bool:
    """Whether earlier values are known: the source, or else a dropped file, was compared as a whole."""
    counts = run.ledger.counts(run.scope(project_id))
    return (counts.counted_at if run.options.dropped else counts.full_check_at) is not None


def last_time(run: Run, project_id: int) -> LastTime:
    """How large both sides were at the last run that saw them whole."""
    counts = run.ledger.counts(run.scope(project_id))
    return LastTime(rows=None if run.options.dropped else counts.rows, contacts=counts.contacts)


def remember(run: Run, prepared: Prepared) -> None:
    """Once a run may send, and before it does: what both sides say of the values that are left alone, and how large
    they are. A run that is cut off later has then said it already."""
    scope = run.scope(prepared.plan.project_id)
    run.ledger.remember_values(scope, prepared.plan.seen)
    contacts = len(prepared.remote) if prepared.remote.complete else None
    rows = prepared.origin.rows if isinstance(prepared.origin, FromSource) and not run.options.dropped else None
    run.ledger.record_counts(scope, Counts(contacts=contacts, rows=rows, counted_at=run.clock()))


def before_sending(run: Run, prepared: Prepared) -> None:
    """Whatever happens from here on, rows about to be sent are compared again until their answers are recorded. What
    is sent without the source's rows (a saved plan, set-all, undo, or what another run has overtaken) makes the next
    run compare everything."""
    scope, origin, plan = run.scope(prepared.plan.project_id), prepared.origin, prepared.plan
    if isinstance(origin, FromSource):
        run.ledger.settle_rows(scope, origin.contents.doubtful(plan.outcomes, unsure=plan.unsure), at=run.clock())
        if origin.is_full and origin.contents.absent is not None:
            run.ledger.settle_rows(scope, origin.contents.absent, at=run.clock())
    elif not isinstance(origin, GoneOnWith) or origin.is_overtaken:
        run.ledger.record_counts(scope, Counts(full_check_at=_NEVER))


def after_sending(run: Run, prepared: Prepared, outcomes: pa.Table) -> None:
    """Remember the rows that have arrived, unless values were left alone only because they must not be replaced; and
    then that all were compared, because a run that was cut off before has remembered nothing of its rows."""
    origin = prepared.origin
    if not isinstance(origin, FromSource) or run.options.fill_only:
        return
    scope = run.scope(prepared.plan.project_id)
    run.ledger.settle_rows(scope, origin.contents.arrived(outcomes, unsure=prepared.plan.unsure), at=run.clock())
    if origin.is_full:
        run.ledger.record_counts(scope, Counts(full_check_at=prepared.read_at))


def is_everything_doubtful(counts: Counts) -> bool:
    """Whether something was sent without the source's rows since all of them were compared."""
    return counts.full_check_at is not None and counts.full_check_at <= _NEVER


def record_outcomes(run: Run, outcomes: pa.Table) -> None:
    """What became of each row, where it is not just unchanged."""
    told = outcomes.filter(pc.not_equal(outcomes["status"], "unchanged"))
    columns = {
        "row": told["row"],
        "address_key": told["address"],
        "address": told["address"],
        "status": told["status"],
        "reason": pc.fill_null(told["reason"], ""),
        "contact_id": told["contact_id"],
    }
    run.ledger.record_rows(run.run_id, pa.table(columns, schema=ROWS))


def base_of_changes(known: pa.Table, plan: Plan) -> pa.Table:
    """The part of the base that the plan's changes will replace: what an undo puts back."""
    touched = pc.is_in(known["contact_id"], value_set=pc.unique(plan.changes["contact_id"]))
    named = pc.is_in(known["variable"], value_set=pc.unique(plan.changes["variable"]))
    return known.filter(pc.and_(touched, named))


def is_overtaken(run: Run) -> bool:
    """Whether another run of the pipeline began after this one that may have settled rows meanwhile."""
    latest = (run.ledger.runs(run.pipeline.name, kind=kind, limit=1) for kind in CONTACT_PUSHES)
    return any(later.started_at > run.started_at for runs in latest for later in runs)


def restore_base(run: Run, project_id: int) -> None:
    """Once values are put back: what the pipeline remembers of them is as it was before the run that is undone, so that
    its next plan is the plan of then; or, where they are to be held, that the source's values were seen and are not
    wanted. Safe to repeat."""
    put_back, scope = run.ledger.changes(run.run_id, ["done"]), run.scope(project_id)
    if run.options.hold:
        run.ledger.remember_values(scope, held_base(put_back))
        return
    earlier = run.folder.of_run(run.options.undone or "").kept("base")
    run.ledger.remember_values(scope, restored_base(earlier, put_back))


def right(pipeline: str) -> str:
    """The name of a pipeline's lease."""
    return f"push:{pipeline}"


@contextmanager
def lease(run: Run) -> Iterator[HeldLease]:
    """The pipeline's lease: two runs of one pipeline never push at the same time.

    Raises CouldNotBeDone while another run holds it.
    """
    told = f"Another run of the pipeline “{run.pipeline.name}” is at work"
    with holding(run.ledger, right(run.pipeline.name), run_id=run.run_id, told=told) as held:
        close_cut_off_runs(run)
        yield held


def close_cut_off_runs(run: Run) -> None:
    """Earlier runs of the pipeline that never ended, now that the lease proves that they are dead."""
    for kind in CONTACT_PUSHES:
        for earlier in run.ledger.runs(run.pipeline.name, kind=kind, statuses=["running"]):
            close_cut_off(run, earlier)
