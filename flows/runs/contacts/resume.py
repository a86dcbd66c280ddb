"""`resume`: goes on with a run over contacts that was cut off. It is the same run that goes on, with its own plan.

What was under way is read again and compared; what was not sent yet is sent only where its contacts still are as they
were planned from. A run that was cut off before it recorded any request begins again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

import pyarrow as pa

from connectors.errors import ConfigurationError
from connectors.ledger.values import VALUES, RunRecord, WriteState
from connectors.ledger.writes import OPEN
from connectors.values import RemoteContacts
from flows.contacts.bulk import bulk_changes, even_value
from flows.contacts.outcome import ResultState, RowResult
from flows.contacts.plan import Plan
from flows.contacts.recheck import Standing, standings
from flows.runs.contacts import memory
from flows.runs.contacts.apply import prepare_apply
from flows.runs.contacts.backfill import prepare_backfill
from flows.runs.contacts.deliver import Delivery, RowResults
from flows.runs.contacts.journal import Errands, Everyone, PushJournal, recorded_everyone, recorded_singles
from flows.runs.contacts.kept import with_kept_rows
from flows.runs.contacts.plan_file import read_plan
from flows.runs.contacts.prepare import connect, prepare, unproven_names
from flows.runs.contacts.prepared import GoneOnWith, Prepared
from flows.runs.contacts.reread import ALREADY, Rereading
from flows.runs.contacts.run import Preparing, carry_out
from flows.runs.contacts.set_all import prepare_set_all
from flows.runs.contacts.undo import prepare_undo
from flows.runs.execution import carried_out
from flows.runs.lease import HeldLease
from flows.runs.run import OVER, Ended, Run

PREPARING: Mapping[str, Preparing] = {
    "sync": prepare,
    "backfill": prepare_backfill,
    "apply": prepare_apply,
    "set-all": prepare_set_all,
    "undo": prepare_undo,
}
_UNDER_WAY: tuple[WriteState, ...] = ("sending", "uncertain")
_STATE_OF: Mapping[str, ResultState] = {
    "done": "done",
    "failed": "failed",
    "uncertain": "uncertain",
    "sending": "uncertain",
    "planned": "unsent",
    "skipped": "held",
}


def resume_run(run: Run, record: RunRecord) -> Ended[Plan]:
    """Go on with `run`, of which `record` is what the ledger knows.

    Raises ConfigurationError for a run that is over or of another kind, CouldNotBeDone while it is still at work; what
    is known of the run stays as it is then.
    """
    if run.kind not in PREPARING:
        raise ConfigurationError(
            f"{run.run_id} is a run of `{run.kind}`, which sends nothing.", hint="Only what sends is gone on with."
        )
    with memory.lease(run) as held:
        begun = run.ledger.count_writes(run.run_id)
        if record.status in OVER and not any(begun[state] for state in OPEN):
            raise ConfigurationError(
                f"Run {run.run_id} is over ({record.status}); there is nothing to go on with.",
                hint=f"`verboice-sync runs {run.run_id}` shows how it ended.",
            )
        run.ledger.begin_again(run.run_id)
        return carried_out(run, lambda run: _resumed(run, begun, held))


def _resumed(run: Run, begun: Counter[str], held: HeldLease) -> Ended[Plan]:
    if not begun:
        return carry_out(run, PREPARING[run.kind](run), held)
    done = begun.total() - sum(begun[state] for state in OPEN)
    run.progress.begin(f"Going on: {done:,} of {begun.total():,} requests are settled", None)
    return carry_out(run, _prepare_rest(run), held, delivering=_deliver_rest)


def _prepare_rest(run: Run) -> Prepared:
    """The run's own plan, with the contacts of its open requests as they are now."""
    plan, rows = with_kept_rows(read_plan(run.folder.plan), run.folder)
    project = run.step("connect", lambda: connect(run, plan.names))
    read_at = run.clock()
    now = run.step("pull", lambda: _read_again(run, plan))
    return Prepared(
        rows=rows,
        plan=plan,
        violations=(),
        remote=now,
        read_at=read_at,
        base=VALUES.empty_table(),  # what the plan replaces of it was kept when the plan was released
        unproven=unproven_names(project, plan.names, now),
        notes=("The run was cut off and went on later.",),
        origin=GoneOnWith(is_overtaken=memory.is_overtaken(run)),
    )


def _read_again(run: Run, plan: Plan) -> RemoteContacts:
    run.progress.begin("Reading the contacts again", None)
    if recorded_everyone(run, OPEN, plan=plan) is not None:
        return run.client.contacts(plan.project_id, variables=plan.names)
    return Rereading(run, plan.project_id).contacts_of(recorded_singles(run, OPEN))


def _deliver_rest(run: Run, prepared: Prepared, journal: PushJournal) -> RowResults:
    """Settle what reading again has told of requests that were under way, and send the others."""
    plan, now, again = prepared.plan, prepared.remote, Rereading(run, prepared.plan.project_id)
    under_way = again.sift(recorded_singles(run, _UNDER_WAY), was_sent=True, now=now)
    waiting = again.sift(recorded_singles(run, ["planned"]), was_sent=False, now=now)
    journal.settle_known((*under_way.known, *waiting.known))
    singles = tuple(sorted((*under_way.send, *waiting.send), key=lambda write: write.seq))
    errands = Errands(singles, _everyone(run, prepared), prepared.read_at, prepared.unproven)
    results = Delivery(run, journal, plan, now).send(errands)
    return replace(results, by_row=recorded_results(run, plan))


def _everyone(run: Run, prepared: Prepared) -> Everyone | None:
    """The request for everybody if it is still open, be it to be looked after or to be sent."""
    plan, now = prepared.plan, prepared.remote
    everyone = recorded_everyone(run, OPEN, plan=plan)
    if everyone is None:
        return None
    holds = (standings(bulk_changes(plan), now) == Standing.HOLDS).all()
    proved = all(even_value(plan, now, write.variable) == write.value for write in plan.bulk)
    return everyone if everyone.was_sent or (holds and proved) else replace(everyone, is_withdrawn=True)


def recorded_results(run: Run, plan: Plan) -> dict[int, RowResult]:
    """What became of each row, from the ledger: this process knows only a part of it."""
    results = RowResults()
    stored = _stored(run.ledger.changes(run.run_id))
    for write in run.ledger.writes(run.run_id).to_pylist():
        state = _STATE_OF[write["state"]]
        reason = write["reason"]
        if state == "held" and reason == ALREADY.reason:
            state = "unchanged"
        names = stored.get(write["seq"], frozenset()) if state == "done" else None
        result = RowResult(state, reason, write["contact_id"], names)
        if write["kind"] != "bulk":
            results.add_result(write["row"], result)
        elif write["state"] != "skipped":
            for change in bulk_changes(plan).select(["row", "variable"]).to_pylist():
                one = frozenset([change["variable"]]) if state == "done" else None
                results.add_result(change["row"], replace(result, stored=one))
    return results.by_row


def _stored(changes: pa.Table) -> dict[int, frozenset[str]]:
    """The variables of each request, by its number."""
    lines = changes.select(["seq", "variable"]).to_pylist()
    return {
        seq: frozenset(line["variable"] for line in group) for seq, group in groupby(lines, lambda line: line["seq"])
    }
