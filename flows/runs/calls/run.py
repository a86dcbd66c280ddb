"""One batch of calls, step by step: read, connect, batch, guard, enqueue, report.

The same steps run directly and under Prefect: `step` is how each is carried out (a plain call, or a task).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.errors import CouldNotBeDone, RefusedByGuard, VerboiceSyncError
from connectors.values import Rows
from flows import wiring
from flows.calls.batch import Batch, PlannedCall
from flows.contacts.guard import Violation
from flows.reports.report import Report
from flows.runs.calls import memory
from flows.runs.calls.outcome import conclude, kept_outcomes, with_earlier
from flows.runs.calls.plan_file import write_batch
from flows.runs.calls.prepare import Prepared, prepare
from flows.runs.calls.preview import preview
from flows.runs.calls.push import CallPush, Pushed
from flows.runs.calls.report import CallsDone, make_report, write_reports
from flows.runs.lease import HeldLease
from flows.runs.run import Run, Step, direct
from flows.runs.signals import stopped_by_signal

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CallsEnded:
    """How a run of calls ended: its report, what it was to ask for, and the error that stopped it, if any."""

    report: Report
    plan: Batch
    error: VerboiceSyncError | None = None


def silent(_line: str) -> None:
    """For runs that nobody watches."""


def plan_calls(run: Run, step: Step = direct, tell: Tell = silent) -> CallsEnded:
    """What a batch would ask for; rings nobody."""
    with wiring.open_client(run.pipeline) as client:
        prepared = prepare(run, client, step)
        _show(run, prepared, tell)
        report = step("report", lambda: write_reports(run, _planned(client, prepared, status="")))
    return CallsEnded(report, prepared.batch)


def enqueue_calls(run: Run, step: Step = direct, tell: Tell = silent) -> CallsEnded:
    """Batch, guard, enqueue. Raises what stops a run before anybody was rung; afterwards the report tells all."""
    with memory.lease(run) as held, wiring.open_client(run.pipeline) as client:
        prepared = prepare(run, client, step)
        _show(run, prepared, tell)
        refusal = refuse(run, prepared)
        if refusal is not None:
            done = _planned(client, prepared, status="refused")
            return CallsEnded(step("report", lambda: write_reports(run, done)), prepared.batch, refusal)
        keep(run, prepared)
        batch = prepared.batch
        work = Work(prepared.rows, batch, batch.calls, prepared.rules.constants, prepared.violations)
        done, stopped = step("enqueue", lambda: push(run, client, held, work))
        return CallsEnded(step("report", lambda: write_reports(run, done)), prepared.batch, stopped)


def _show(run: Run, prepared: Prepared, tell: Tell) -> None:
    rate = memory.seconds_per_call(run)
    for line in preview(prepared.batch, prepared.catalogue, seconds_per_call=rate):
        tell(line)


def _planned(client: VerboiceClient, prepared: Prepared, *, status: str) -> CallsDone:
    return CallsDone(
        rows=prepared.rows,
        batch=prepared.batch,
        outcomes=conclude(prepared.batch.outcomes, {}, sent=False),
        requests=client.tally.as_dict(),
        violations=prepared.violations,
        status=status,
        dry_run=not status,
    )


def refuse(run: Run, prepared: Prepared) -> RefusedByGuard | None:
    """The refusal of a batch that breaks a limit, or that is not the one that was approved."""
    checksum, approved = prepared.batch.checksum, run.options.approve
    if approved is not None and approved != checksum:
        return RefusedByGuard(
            f"This is not the approved batch any more (it is {checksum} now, not {approved}). Nobody was called.",
            hint="Look at the new batch, and approve that one if it is right.",
            checksum=checksum,
        )
    if approved is not None or not prepared.violations:
        return None
    return RefusedByGuard(
        "Refused by the guard, nobody was called: " + " ".join(v.reason for v in prepared.violations),
        hint=f"If the batch is right, run the same command with --approve {checksum}",
        checksum=checksum,
        violations=[violation.guard for violation in prepared.violations],
    )


def keep(run: Run, prepared: Prepared) -> None:
    """Write down what is released to be asked for, so that a run that is cut off can go on with exactly that.

    The rows come last: where they are kept, the batch had passed its guard.
    """
    batch = prepared.batch
    outcomes = conclude(batch.outcomes, {}, sent=False)
    planned = CallsDone(prepared.rows, batch, outcomes, requests={}, violations=prepared.violations)
    write_batch(run.folder.plan, batch, make_report(run, planned).summary)
    run.folder.keep_rows(prepared.rows, kept_outcomes(batch.outcomes))


@dataclass(frozen=True, slots=True)
class Work:
    """What is left to be asked for of a batch. `requests` were sent for it before, by the part that was cut off."""

    rows: Rows
    batch: Batch
    calls: Sequence[PlannedCall]
    constants: Collection[str]
    violations: Sequence[Violation] = ()
    requests: Mapping[str, int] = field(default_factory=dict)


def push(run: Run, client: VerboiceClient, held: HeldLease, work: Work) -> tuple[CallsDone, VerboiceSyncError | None]:
    """Ask for the calls of `work`; what became of every row of the batch, and what stopped it early."""
    journal = memory.CallJournal(run, work.batch, held)
    run.progress.begin("Asking for calls", len(work.calls))
    with stopped_by_signal() as stop:
        client.stop_when(stop)
        pushing = CallPush(client, journal, constants=work.constants, stop=stop, progress=run.progress.advance)
        pushed = pushing.run(work.calls)
    journal.measured(pushed.seconds, pushed.asked)
    outcomes = with_earlier(work.batch.outcomes, pushed.earlier)
    if pushed.earlier:
        run.folder.keep_rows(work.rows, kept_outcomes(outcomes))
    stopped = _stopped(run, pushed, interrupted=stop.is_set())
    calls = {call.row: call for call in run.ledger.calls_of_run(run.run_id)}
    done = CallsDone(
        rows=work.rows,
        batch=work.batch,
        outcomes=conclude(outcomes, calls, again=work.batch.again),
        requests=Counter(work.requests) + Counter(client.tally.as_dict()),
        violations=work.violations,
        status="failed" if stopped is not None else "",
    )
    return done, stopped


def _stopped(run: Run, pushed: Pushed, *, interrupted: bool) -> VerboiceSyncError | None:
    if pushed.stopped is None and interrupted:
        return CouldNotBeDone(
            "Interrupted; the call under way was finished.", hint=f"Go on with `verboice-sync resume {run.run_id}`."
        )
    return pushed.stopped
