"""What every kind of run over contacts does once it has a plan: refuse it or release it, push it, report it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from connectors.errors import RefusedByGuard
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import Scope
from flows.contacts.outcome import conclude
from flows.contacts.plan import Plan
from flows.runs import approval
from flows.runs.contacts import memory
from flows.runs.contacts.cursor import move_watermark
from flows.runs.contacts.deliver import RowResults, deliver
from flows.runs.contacts.journal import PushJournal
from flows.runs.contacts.kept import keep_files, keep_plan
from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.prepared import FromFile, GoneOnWith, Prepared
from flows.runs.contacts.report import carried_out, planned
from flows.runs.finished import report
from flows.runs.lease import HeldLease
from flows.runs.run import Ended, Run

Preparing = Callable[[Run], Prepared]  # makes the judged plan of one kind of run
Delivering = Callable[[Run, Prepared, PushJournal], RowResults]  # sends it: from here, by a fleet, or what is left
ShowPlan = Callable[[Prepared], None]


def plan_contacts(run: Run) -> Ended[Plan]:
    """What a sync would do; sends nothing that changes anything."""
    return only_plan(run, prepare)


def only_plan(run: Run, preparing: Preparing) -> Ended[Plan]:
    """What a run of any kind would do."""
    prepared = preparing(run)
    keep_plan(run, prepared)
    return report(run, planned(run, prepared))


def sync_contacts(run: Run) -> Ended[Plan]:
    """Plan, guard, push. Raises what stops a run before it has a plan; afterwards the report tells everything."""
    return send_contacts(run, prepare)


def send_contacts(
    run: Run, preparing: Preparing, *, delivering: Delivering = deliver, show: ShowPlan | None = None
) -> Ended[Plan]:
    """A run of any kind that may send: prepare its plan, guard it, push it, while no other run of the pipeline may.

    `show` is given the plan right before it is sent.
    """
    with memory.lease(run) as held:
        return carry_out(run, preparing(run), held, delivering=delivering, show=show)


def carry_out(
    run: Run, prepared: Prepared, held: HeldLease, *, delivering: Delivering = deliver, show: ShowPlan | None = None
) -> Ended[Plan]:
    """Refuse the plan, or release it, push it and report what became of each row."""
    refusal = _refusal_of(run, prepared)
    if refusal is not None:
        return _refused(run, prepared, refusal)
    if show is not None:
        show(prepared)
    if not isinstance(prepared.origin, GoneOnWith):
        keep_files(run, prepared)
        memory.remember(run, prepared)
    approval.record(run, prepared.plan)
    memory.before_sending(run, prepared)
    results = run.step("push", lambda: delivering(run, prepared, _journal_of(run, prepared, held)))
    return _concluded(run, prepared, results)


def _refusal_of(run: Run, prepared: Prepared) -> RefusedByGuard | None:
    refusal = approval.refusal_of(run, prepared.plan, prepared.violations)
    if not isinstance(prepared.origin, FromFile):
        return refusal
    return prepared.origin.refusal or refusal or approval.claim(run, prepared.origin.use)


def _refused(run: Run, prepared: Prepared, refusal: RefusedByGuard) -> Ended[Plan]:
    """Keep the plan for whoever approves it, and report the refusal; nothing is sent."""
    keep_plan(run, prepared)
    return report(run, replace(planned(run, prepared, status="refused"), error=refusal))


def _concluded(run: Run, prepared: Prepared, results: RowResults) -> Ended[Plan]:
    """Record and report what became of each row."""
    why = results.stopped.message if results.stopped is not None else ""
    outcomes = conclude(prepared.plan, results.by_row, why=why)
    try:
        _record(run, prepared, outcomes, is_whole=results.stopped is None)
    except LedgerAway as away:  # a run that goes on makes up for it
        results.stopped = results.stopped or away
    return report(run, carried_out(run, prepared, outcomes, results))


def _record(run: Run, prepared: Prepared, outcomes: pa.Table, *, is_whole: bool) -> None:
    memory.record_outcomes(run, outcomes)
    memory.after_sending(run, prepared, outcomes)
    if prepared.plan.purpose == "sync" and is_whole:
        move_watermark(run, prepared.plan.project_id, prepared.rows, outcomes)
    if prepared.plan.purpose == "undo":
        memory.restore_base(run, prepared.plan.project_id)


def _journal_of(run: Run, prepared: Prepared, held: HeldLease) -> PushJournal:
    """The record of the run's requests. What set-all and undo write says nothing about the source, so the base of the
    next comparison does not follow it."""
    plan = prepared.plan
    scope: Scope | None = run.scope(plan.project_id) if plan.purpose == "sync" else None
    return PushJournal(run, held, scope=scope)
