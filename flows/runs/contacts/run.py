"""Runs over contacts: plan, sync and backfill; and what every kind of run does once it has a plan.

The same steps run directly and under Prefect: `step` is how each is carried out (a plain call, or a task).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from connectors.errors import RefusedByGuard
from connectors.ledger.values import SavedPlan, Scope
from flows import wiring
from flows.contacts.outcome import as_planned, conclude
from flows.runs.contacts import memory
from flows.runs.contacts.cursor import move_watermark
from flows.runs.contacts.deliver import Delivered, Delivery
from flows.runs.contacts.inquiry import after_sending, before_sending
from flows.runs.contacts.journal import Errands, PushJournal
from flows.runs.contacts.kept import keep_files, keep_plan
from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.report import Finished, write_reports
from flows.runs.lease import HeldLease
from flows.runs.run import Ended, Options, Prepared, Progress, Run, Step, direct

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient

Tell = Callable[[Prepared], None]

__all__ = ["Ended", "Options", "Prepared", "Progress", "Run", "Step", "direct", "plan_contacts", "sync_contacts"]


def plan_contacts(run: Run, step: Step = direct) -> Ended:
    """What a sync would do; sends nothing that changes anything."""
    return only_plan(run, prepare, step=step)


def only_plan(run: Run, preparing: Preparing, *, step: Step = direct) -> Ended:
    """What a run of any kind would do."""
    with wiring.open_client(run.pipeline) as client:
        return show_plan(Work(run, client, step), preparing(run, client, step))


def sync_contacts(run: Run, step: Step = direct) -> Ended:
    """Plan, guard, push. Raises what stops a run before it has a plan; afterwards the report tells everything."""
    return send_contacts(run, prepare, step=step)


def send_contacts(run: Run, preparing: Preparing, *, step: Step = direct, tell: Tell | None = None) -> Ended:
    """A run of any kind that may send: prepare its plan, guard it, push it, while no other run of the pipeline may.

    `tell` is shown the plan right before it is sent.
    """
    with memory.lease(run) as held, wiring.open_client(run.pipeline) as client:
        return carry_out(Work(run, client, step), preparing(run, client, step), held=held, tell=tell)


class Preparing(Protocol):
    """Makes the judged plan of one kind of run."""

    def __call__(self, run: Run, client: VerboiceClient, step: Step, /) -> Prepared: ...


@dataclass(frozen=True, slots=True)
class Work:
    """A run, the client it talks through, how its steps are carried out, and the requests it made before it went on."""

    run: Run
    client: VerboiceClient
    step: Step = direct
    before: Mapping[str, int] = field(default_factory=dict)

    @property
    def requests(self) -> dict[str, int]:
        """The run's requests so far, by kind."""
        return {kind: count + self.before.get(kind, 0) for kind, count in self.client.tally.as_dict().items()}

    def report(self, finished: Finished) -> Ended:
        """Write the run's reports."""
        report = self.step("report", lambda: write_reports(self.run, finished))
        return Ended(report, finished.plan, notes=finished.notes)


def show_plan(work: Work, prepared: Prepared) -> Ended:
    """Keep the plan and report it; nothing is sent."""
    keep_plan(work.run, prepared, work.requests)
    return work.report(_finished(work, prepared, status=""))


def carry_out(work: Work, prepared: Prepared, *, held: HeldLease, tell: Tell | None = None) -> Ended:
    """Refuse the plan, or push it and report what became of it."""
    run = work.run
    refusal = prepared.refusal or refuse(run, prepared) or _claimed(run, prepared)
    if refusal is not None:
        return refused(work, prepared, refusal)
    if tell is not None:
        tell(prepared)
    keep_files(run, prepared, work.requests)
    memory.remember(run, prepared)
    before_sending(run, prepared)
    delivered = work.step("push", lambda: _push(work, prepared, held))
    return conclude_run(work, prepared, delivered)


def conclude_run(work: Work, prepared: Prepared, delivered: Delivered) -> Ended:
    """Record and report what became of each row."""
    outcomes = conclude(prepared.plan, delivered.results)
    memory.record_outcomes(work.run, outcomes)
    after_sending(work.run, prepared, outcomes)
    if prepared.plan.purpose == "sync" and delivered.stopped is None:
        move_watermark(work.run, prepared.plan.project_id, prepared.rows, outcomes)
    if prepared.plan.purpose == "undo":
        memory.restore_base(work.run, prepared.plan.project_id)
    finished = Finished(
        rows=prepared.rows,
        plan=prepared.plan,
        violations=prepared.violations,
        outcomes=outcomes,
        requests=work.requests,
        status="failed" if delivered.stopped is not None else "",
        notes=prepared.notes + delivered.notes,
    )
    ended = work.report(finished)
    return Ended(ended.report, ended.plan, delivered.stopped, ended.notes)


def refused(work: Work, prepared: Prepared, refusal: RefusedByGuard) -> Ended:
    """Keep the plan for whoever approves it, and report the refusal; nothing is sent."""
    keep_plan(work.run, prepared, work.requests)
    ended = work.report(_finished(work, prepared, status="refused"))
    return Ended(ended.report, ended.plan, refusal, ended.notes)


def _finished(work: Work, prepared: Prepared, *, status: str) -> Finished:
    return Finished(
        rows=prepared.rows,
        plan=prepared.plan,
        violations=prepared.violations,
        outcomes=as_planned(prepared.plan),
        requests=work.requests,
        status=status,
        sent=False,
        notes=prepared.notes,
    )


def refuse(run: Run, prepared: Prepared) -> RefusedByGuard | None:
    """The refusal of a plan that breaks a limit, or that is not the one that was approved."""
    checksum, approved = prepared.plan.checksum, run.options.approve
    if prepared.plan.is_empty and not prepared.violations:
        return None
    if approved is not None and approved != checksum:
        return RefusedByGuard(
            f"This is not the approved plan any more: approved was {approved}, now it is {checksum}. Nothing was sent.",
            hint="Look at the new plan, and approve that one if it is right.",
            checksum=checksum,
        )
    if approved is not None or not prepared.violations:
        return None
    return RefusedByGuard(
        "Refused by the guard, nothing was sent: " + " ".join(v.reason for v in prepared.violations),
        hint=f"If the plan is right, run the same command with --approve {checksum}",
        checksum=checksum,
        violations=[violation.guard for violation in prepared.violations],
    )


def _claimed(run: Run, prepared: Prepared) -> RefusedByGuard | None:
    """Take the one use a saved plan has, atomically; the refusal if another run has it."""
    if prepared.claim is None:
        return None
    used = run.ledger.claim_plan(prepared.claim, run_id=run.run_id, at=run.clock())
    return None if used is None or used.claimed_by == run.run_id else already_used(used)


def already_used(plan: SavedPlan) -> RefusedByGuard:
    """The refusal of a plan that has been used."""
    when = f" on {plan.claimed_at:%Y-%m-%d %H:%M} UTC" if plan.claimed_at else ""
    return RefusedByGuard(
        f"This plan was used by run {plan.claimed_by}{when}, and a plan can be used once. Nothing was sent.",
        hint=f"`verboice-sync runs {plan.claimed_by}` shows what it did; for what is left, make a new plan.",
        checksum=plan.checksum,
    )


def journal_of(run: Run, prepared: Prepared, held: HeldLease) -> PushJournal:
    """The record of the run's requests. What set-all and undo write says nothing about the source, so the base of the
    next comparison does not follow it."""
    plan = prepared.plan
    scope: Scope | None = memory.scope_of(run, plan.project_id) if plan.purpose == "sync" else None
    return PushJournal(run, held, run_id=run.run_id, scope=scope)


def _push(work: Work, prepared: Prepared, held: HeldLease) -> Delivered:
    run, plan = work.run, prepared.plan
    if run.options.approve is not None:
        run.ledger.note_run(run.run_id, approved_by=_approver())
        saved = run.ledger.plan(plan.checksum)
        if saved is not None:
            run.ledger.claim_plan(saved, run_id=run.run_id, at=run.clock())
    journal = journal_of(run, prepared, held)
    errands = Errands.of(plan)
    journal.intend(errands)
    read_at = prepared.read_at or run.clock()
    return Delivery(run, work.client, journal, plan, prepared.remote, read_at, prepared.unproven).carry_out(errands)


def _approver() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"
