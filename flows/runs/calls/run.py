"""One batch of calls, step by step: read, connect, batch, guard, enqueue, report.

The same steps run directly and under Prefect: the run knows how each is carried out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.values import Rows
from flows.calls.batch import Batch, PlannedCall
from flows.contacts.guard import Violation
from flows.reports.report import Report
from flows.runs import approval
from flows.runs.calls import memory
from flows.runs.calls.journal import CallJournal
from flows.runs.calls.outcome import conclude, kept_outcomes, with_earlier
from flows.runs.calls.plan_file import write_batch
from flows.runs.calls.prepare import PreparedBatch, prepare
from flows.runs.calls.preview import preview
from flows.runs.calls.push import BatchProgress, CallPush
from flows.runs.calls.report import CallsDone, make_report, write_reports
from flows.runs.lease import HeldLease
from flows.runs.run import Run, Tell, silent
from flows.runs.signals import stopped_by_signal


@dataclass(frozen=True, slots=True)
class CallsEnded:
    """How a run of calls ended: its report, what it was to ask for, and the error that stopped it, if any."""

    report: Report
    plan: Batch
    error: VerboiceSyncError | None = None


def plan_calls(run: Run, tell: Tell = silent) -> CallsEnded:
    """What a batch would ask for; rings nobody."""
    prepared = prepare(run)
    _show(run, prepared, tell)
    return _told(run, prepared, status="")


def enqueue_calls(run: Run, tell: Tell = silent) -> CallsEnded:
    """Batch, guard, enqueue. Raises what stops a run before anybody was rung; afterwards the report tells all."""
    with memory.lease(run) as held:
        prepared = prepare(run)
        _show(run, prepared, tell)
        refusal = approval.refusal_of(run, prepared.batch, prepared.violations)
        if refusal is not None:
            return replace(_told(run, prepared, status="refused"), error=refusal)
        keep(run, prepared)
        approval.record(run, prepared.batch)
        batch = prepared.batch
        errand = CallErrand(prepared.rows, batch, batch.calls, prepared.rules.constants, prepared.violations)
        done, stopped = run.step("enqueue", lambda: push(run, held, errand))
        return CallsEnded(run.step("report", lambda: write_reports(run, done)), prepared.batch, stopped)


def _show(run: Run, prepared: PreparedBatch, tell: Tell) -> None:
    rate = memory.seconds_per_call(run)
    for line in preview(prepared.batch, prepared.catalogue, seconds_per_call=rate):
        tell(line)


def _told(run: Run, prepared: PreparedBatch, *, status: str) -> CallsEnded:
    """The report of a batch that was not sent."""
    done = CallsDone(
        rows=prepared.rows,
        batch=prepared.batch,
        outcomes=conclude(prepared.batch.outcomes, {}, sent=False),
        requests=run.requests,
        violations=prepared.violations,
        status=status,
        dry_run=not status,
    )
    return CallsEnded(run.step("report", lambda: write_reports(run, done)), prepared.batch)


def keep(run: Run, prepared: PreparedBatch) -> None:
    """Write down what is released to be asked for, so that a run that is cut off can go on with exactly that.

    The rows come last: where they are kept, the batch had passed its guard.
    """
    batch = prepared.batch
    outcomes = conclude(batch.outcomes, {}, sent=False)
    planned = CallsDone(prepared.rows, batch, outcomes, requests={}, violations=prepared.violations)
    write_batch(run.folder.plan, batch, make_report(run, planned).summary)
    run.folder.keep_rows(prepared.rows, kept_outcomes(batch.outcomes))


@dataclass(frozen=True, slots=True)
class CallErrand:
    """What is to be asked for of a batch: all of it, or what a run that was cut off has left."""

    rows: Rows
    batch: Batch
    calls: Sequence[PlannedCall]
    constants: Collection[str]
    violations: Sequence[Violation] = ()


def push(run: Run, held: HeldLease, errand: CallErrand) -> tuple[CallsDone, VerboiceSyncError | None]:
    """Ask for these calls; what became of every row of the batch, and what stopped it early."""
    journal = CallJournal(run, errand.batch, held)
    run.progress.begin("Asking for calls", len(errand.calls))
    with stopped_by_signal() as stop:
        run.client.stop_when(stop)
        pushing = CallPush(run.client, journal, constants=errand.constants, stop=stop, progress=run.progress.advance)
        pushed = pushing.run(errand.calls)
    journal.measured(pushed.seconds, pushed.asked)
    outcomes = with_earlier(errand.batch.outcomes, pushed.earlier)
    if pushed.earlier:
        run.folder.keep_rows(errand.rows, kept_outcomes(outcomes))
    stopped = _stopped(run, pushed, interrupted=stop.is_set())
    calls = {call.row: call for call in run.ledger.calls_of_run(run.run_id)}
    done = CallsDone(
        rows=errand.rows,
        batch=errand.batch,
        outcomes=conclude(outcomes, calls, again=errand.batch.again),
        requests=run.requests,
        violations=errand.violations,
        status="failed" if stopped is not None else "",
    )
    return done, stopped


def _stopped(run: Run, pushed: BatchProgress, *, interrupted: bool) -> VerboiceSyncError | None:
    if pushed.stopped is None and interrupted:
        return CouldNotBeDone(
            "Interrupted; the call under way was finished.", hint=f"Go on with `verboice-sync resume {run.run_id}`."
        )
    return pushed.stopped
