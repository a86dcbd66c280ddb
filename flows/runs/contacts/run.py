"""What every kind of run over contacts does once it has a plan: refuse it or release it, push it, report it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.errors import RefusedByGuard
from connectors.ledger.values import Scope
from flows.contacts.outcome import as_planned, conclude
from flows.runs import approval
from flows.runs.contacts import memory
from flows.runs.contacts.cursor import move_watermark
from flows.runs.contacts.deliver import Results, deliver
from flows.runs.contacts.journal import PushJournal
from flows.runs.contacts.kept import keep_files, keep_plan
from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.prepared import FromFile, GoneOnWith, Prepared
from flows.runs.contacts.report import Finished, write_reports
from flows.runs.lease import HeldLease
from flows.runs.run import Ended, Run

Preparing = Callable[[Run], Prepared]  # makes the judged plan of one kind of run
Delivering = Callable[[Run, Prepared, PushJournal], Results]  # sends it: from here, by a fleet, or what is left of it
ShowPlan = Callable[[Prepared], None]


def plan_contacts(run: Run) -> Ended:
    """What a sync would do; sends nothing that changes anything."""
    return only_plan(run, prepare)


def only_plan(run: Run, preparing: Preparing) -> Ended:
    """What a run of any kind would do."""
    prepared = preparing(run)
    keep_plan(run, prepared)
    return _report(run, _planned(run, prepared, status=""))


def sync_contacts(run: Run) -> Ended:
    """Plan, guard, push. Raises what stops a run before it has a plan; afterwards the report tells everything."""
    return send_contacts(run, prepare)


def send_contacts(
    run: Run, preparing: Preparing, *, delivering: Delivering = deliver, show: ShowPlan | None = None
) -> Ended:
    """A run of any kind that may send: prepare its plan, guard it, push it, while no other run of the pipeline may.

    `show` is given the plan right before it is sent.
    """
    with memory.lease(run) as held:
        return carry_out(run, preparing(run), held, delivering=delivering, show=show)


def carry_out(
    run: Run, prepared: Prepared, held: HeldLease, *, delivering: Delivering = deliver, show: ShowPlan | None = None
) -> Ended:
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


def _refused(run: Run, prepared: Prepared, refusal: RefusedByGuard) -> Ended:
    """Keep the plan for whoever approves it, and report the refusal; nothing is sent."""
    keep_plan(run, prepared)
    ended = _report(run, _planned(run, prepared, status="refused"))
    return Ended(ended.report, ended.plan, refusal, ended.notes)


def _concluded(run: Run, prepared: Prepared, results: Results) -> Ended:
    """Record and report what became of each row."""
    outcomes = conclude(prepared.plan, results.by_row)
    memory.record_outcomes(run, outcomes)
    memory.after_sending(run, prepared, outcomes)
    if prepared.plan.purpose == "sync" and results.stopped is None:
        move_watermark(run, prepared.plan.project_id, prepared.rows, outcomes)
    if prepared.plan.purpose == "undo":
        memory.restore_base(run, prepared.plan.project_id)
    finished = Finished(
        rows=prepared.rows,
        plan=prepared.plan,
        violations=prepared.violations,
        outcomes=outcomes,
        requests=run.requests,
        status="failed" if results.stopped is not None else "",
        notes=prepared.notes + results.notes,
    )
    ended = _report(run, finished)
    return Ended(ended.report, ended.plan, results.stopped, ended.notes)


def _planned(run: Run, prepared: Prepared, *, status: str) -> Finished:
    return Finished(
        rows=prepared.rows,
        plan=prepared.plan,
        violations=prepared.violations,
        outcomes=as_planned(prepared.plan),
        requests=run.requests,
        status=status,
        sent=False,
        notes=prepared.notes,
    )


def _report(run: Run, finished: Finished) -> Ended:
    """Write the run's reports."""
    report = run.step("report", lambda: write_reports(run, finished))
    return Ended(report, finished.plan, notes=finished.notes)


def _journal_of(run: Run, prepared: Prepared, held: HeldLease) -> PushJournal:
    """The record of the run's requests. What set-all and undo write says nothing about the source, so the base of the
    next comparison does not follow it."""
    plan = prepared.plan
    scope: Scope | None = memory.scope_of(run, plan.project_id) if plan.purpose == "sync" else None
    return PushJournal(run, held, scope=scope)
