"""`resume`: goes on with a run over contacts that was cut off. It is the same run that goes on, with its own plan.

What was under way is read again and compared; what was not sent yet is sent only where its contacts still are as they
were planned from. A run that was cut off before it recorded any request begins again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError
from connectors.ledger.values import RunRecord
from connectors.values import RemoteContacts
from flows import wiring
from flows.contacts.bulk import bulk_changes, even_value
from flows.contacts.outcome import ResultState, RowResult
from flows.contacts.plan import Plan
from flows.contacts.recheck import Standing, standings
from flows.runs.contacts import memory
from flows.runs.contacts.apply import prepare_apply
from flows.runs.contacts.backfill import prepare_backfill
from flows.runs.contacts.deliver import Delivered, Delivery
from flows.runs.contacts.inquiry import before_sending
from flows.runs.contacts.journal import Errands, Everyone, PushJournal
from flows.runs.contacts.kept import with_kept_rows
from flows.runs.contacts.plan_file import read_plan
from flows.runs.contacts.prepare import connect, prepare
from flows.runs.contacts.reread import ALREADY, Rereading
from flows.runs.contacts.run import Preparing, Work, carry_out, conclude_run, journal_of
from flows.runs.contacts.set_all import prepare_set_all
from flows.runs.contacts.undo import prepare_undo
from flows.runs.execution import carried_out
from flows.runs.lease import HeldLease
from flows.runs.run import Ended, Prepared, Run, Step, direct

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient

PREPARING: Mapping[str, Preparing] = {
    "sync": prepare,
    "backfill": prepare_backfill,
    "apply": prepare_apply,
    "set-all": prepare_set_all,
    "undo": prepare_undo,
}
_OVER = ("succeeded", "partial", "refused")
_STATE_OF: Mapping[str, ResultState] = {
    "done": "done",
    "failed": "failed",
    "uncertain": "uncertain",
    "sending": "uncertain",
    "planned": "unsent",
    "skipped": "held",
}


def resume_run(run: Run, record: RunRecord, step: Step = direct) -> Ended:
    """Go on with `run`, of which `record` is what the ledger knows.

    Raises ConfigurationError for a run that is over or of another kind, CouldNotBeDone while it is still at work; what
    is known of the run stays as it is then.
    """
    if run.kind not in PREPARING:
        raise ConfigurationError(f"{run.run_id} is a run of `{run.kind}`, which sends nothing.")
    with memory.lease(run) as held:
        begun = run.ledger.count_writes(run.run_id)
        is_open = begun["planned"] or begun["sending"] or begun["uncertain"]
        if record.status in _OVER and not is_open:
            raise ConfigurationError(f"Run {run.run_id} is over ({record.status}); there is nothing to go on with.")
        run.ledger.note_run(run.run_id, status="running")
        return carried_out(run, lambda run: _resumed(run, record, begun, held, step))


def _resumed(run: Run, record: RunRecord, begun: Counter[str], held: HeldLease, step: Step) -> Ended:
    with wiring.open_client(run.pipeline) as client:
        work = Work(run, client, step, before=record.requests)
        if not begun:
            return carry_out(work, PREPARING[run.kind](run, client, step), held=held)
        done = begun.total() - begun["planned"] - begun["sending"] - begun["uncertain"]
        run.progress.begin(f"Going on: {done:,} of {begun.total():,} requests are settled", None)
        return _go_on(work, held)


def _go_on(work: Work, held: HeldLease) -> Ended:
    run, client = work.run, work.client
    plan, rows = with_kept_rows(read_plan(run.folder.plan), run.folder)
    prepared = Prepared(
        rows=rows,
        plan=plan,
        violations=(),
        remote=RemoteContacts.of([], complete=False),
        base=memory.base(run, plan.project_id),
        notes=("The run was cut off and went on later.",),
    )
    journal = journal_of(run, prepared, held)
    created = {name for create in plan.creates for name in create.vars}
    names = tuple(dict.fromkeys([*plan.changes["variable"].to_pylist(), *sorted(created)]))
    work.step("connect", lambda: connect(run, client, names))
    if memory.is_overtaken(run):  # what the later run has settled may be replaced now
        before_sending(run, prepared)
    delivered = work.step("push", lambda: _deliver(work, plan, journal))
    results = results_of(run, plan, journal)
    return conclude_run(work, prepared, Delivered(results, delivered.stopped, delivered.notes))


def _deliver(work: Work, plan: Plan, journal: PushJournal) -> Delivered:
    run, client = work.run, work.client
    run.progress.begin("Reading the contacts again", None)
    again = Rereading(run, client, plan.project_id)
    sent, unsent = journal.singles(["sending", "uncertain"]), journal.singles(["planned"])
    now = again.contacts_of((*sent, *unsent))
    under_way = again.sift(sent, was_sent=True, now=now)
    waiting = again.sift(unsent, was_sent=False, now=now)
    journal.settle_known((*under_way.known, *waiting.known))
    everyone, known = _everyone(client, plan, journal)
    singles = tuple(sorted((*under_way.send, *waiting.send), key=lambda write: write.seq))
    delivery = Delivery(run, client, journal, plan, known, run.clock())
    return delivery.carry_out(Errands(singles, everyone))


def _everyone(client: VerboiceClient, plan: Plan, journal: PushJournal) -> tuple[Everyone | None, RemoteContacts]:
    """The request for everybody if it is still open, and all contacts as they are now."""
    everyone = journal.everyone(["planned", "sending", "uncertain"], plan=plan)
    if everyone is None:
        return None, RemoteContacts.of([], complete=False)
    now = client.contacts(plan.project_id, variables=tuple(everyone.values))
    holds = (standings(bulk_changes(plan), now) == Standing.HOLDS).all()
    proved = all(even_value(plan, now, write.variable) == write.value for write in plan.bulk)
    # What must not be sent to everybody any more is settled like a request whose answer was lost.
    return (everyone if holds and proved else replace(everyone, was_sent=True)), now


def results_of(run: Run, plan: Plan, journal: PushJournal) -> dict[int, RowResult]:
    """What became of each row, from the ledger: this process knows only a part of it."""
    told = Delivered()
    changes = run.ledger.changes(run.run_id).to_pylist()
    names = {seq: frozenset(c["variable"] for c in group) for seq, group in groupby(changes, key=lambda c: c["seq"])}
    for write in journal.written().to_pylist():
        state, reason = _STATE_OF[write["state"]], write["reason"]
        if state == "held" and reason == ALREADY.reason:
            state = "unchanged"
        stored = names.get(write["seq"], frozenset()) if state == "done" else None
        result = RowResult(state, reason, write["contact_id"], stored)
        if write["kind"] != "bulk":
            told.add_result(write["row"], result)
        elif write["state"] != "skipped":
            for change in bulk_changes(plan).select(["row", "variable"]).to_pylist():
                one = frozenset([change["variable"]]) if state == "done" else None
                told.add_result(change["row"], replace(result, stored=one))
    return told.results
