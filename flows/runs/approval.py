"""A plan that needs a person: why it is refused, who approved it, and its one use; alike for every kind of run."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from connectors.errors import RefusedByGuard
from connectors.ledger.values import SavedPlan
from flows.contacts.guard import Violation
from flows.runs.kinds import run_kind
from flows.runs.run import AnyPlan, Run

UNKNOWN = "unknown"


def refusal_of(run: Run, plan: AnyPlan, violations: Sequence[Violation]) -> RefusedByGuard | None:
    """The refusal of a plan that breaks a limit, or that is not the one that was approved."""
    noun, unharmed = ("batch", "nobody was called") if run_kind(run.kind).is_call else ("plan", "nothing was sent")
    checksum, approved = plan.checksum, run.options.approve
    if plan.is_empty and not violations:
        return None
    if approved is not None and approved != checksum:
        return RefusedByGuard(
            f"This is not the approved {noun} any more: approved was {approved}, now it is {checksum}. "
            f"{unharmed.capitalize()}.",
            hint=f"Look at the new {noun}, and approve that one if it is right.",
            checksum=checksum,
        )
    if approved is not None or not violations:
        return None
    return RefusedByGuard(
        f"Refused by the guard, {unharmed}: " + " ".join(violation.reason for violation in violations),
        hint=f"If the {noun} is right, run the same command with --approve {checksum}",
        checksum=checksum,
        violations=[violation.guard for violation in violations],
    )


def record(run: Run, plan: AnyPlan) -> None:
    """Write down who approved the plan that is about to be sent, and take the one use it has where it was saved."""
    if run.options.approve is None:
        return
    run.ledger.note_run(run.run_id, approved_by=run.options.approver or UNKNOWN)
    saved = run.ledger.plan(plan.checksum)
    if saved is not None:
        run.ledger.claim_plan(saved, run_id=run.run_id, at=run.clock())


def claim(run: Run, plan: SavedPlan) -> RefusedByGuard | None:
    """Take the one use a saved plan has, atomically; the refusal if another run has it."""
    used = run.ledger.claim_plan(plan, run_id=run.run_id, at=run.clock())
    return None if used is None or used.claimed_by == run.run_id else already_used(used)


def already_used(plan: SavedPlan) -> RefusedByGuard:
    """The refusal of a plan that has been used."""
    when = f" on {plan.claimed_at:%Y-%m-%d %H:%M} UTC" if plan.claimed_at else ""
    return RefusedByGuard(
        f"This plan was used by run {plan.claimed_by}{when}, and a plan can be used once. Nothing was sent.",
        hint=f"`verboice-sync runs {plan.claimed_by}` shows what it did; for what is left, make a new plan.",
        checksum=plan.checksum,
    )


def this_user() -> str:
    """Who types commands here, for the record of an approval."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return UNKNOWN
