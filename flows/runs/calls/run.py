"""One batch of calls, step by step: read, connect, batch, guard, enqueue, report.

The same steps run directly and under Prefect: the run knows how each is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.errors import RefusedByGuard
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import Call
from connectors.values import Rows
from flows.calls.batch import Batch, PlannedCall
from flows.calls.outcome import CallRow, conclude, corrected, kept_outcomes, with_earlier, with_spared
from flows.calls.rules import WINDOW, CallRules
from flows.runs import approval
from flows.runs.calls import memory, past
from flows.runs.calls.answers import keep_before
from flows.runs.calls.gate import Gate
from flows.runs.calls.journal import CallJournal
from flows.runs.calls.lists import read_lists
from flows.runs.calls.plan_file import write_batch
from flows.runs.calls.prepare import PreparedBatch, prepare
from flows.runs.calls.preview import preview
from flows.runs.calls.push import CallPush
from flows.runs.calls.report import finished_batch
from flows.runs.calls.timing import Ringing, timed
from flows.runs.finished import Finished, make_report, report
from flows.runs.lease import HeldLease
from flows.runs.run import Ended, Run, Tell, silent
from flows.runs.stopping import interrupted, stopping


def plan_calls(run: Run, tell: Tell = silent) -> Ended[Batch]:
    """What a batch would ask for; rings nobody."""
    prepared = prepare(run)
    _show(run, prepared, tell)
    return _told(run, prepared)


def enqueue_calls(run: Run, tell: Tell = silent) -> Ended[Batch]:
    """Batch, guard, enqueue. Raises what stops a run before anybody was rung; afterwards the report tells all."""
    with memory.lease(run) as held:
        prepared = prepare(run)
        _show(run, prepared, tell)
        refusal = past.refusal_of(run, prepared.batch, prepared.past) or approval.refusal_of(
            run, prepared.batch, prepared.violations
        )
        if refusal is not None:
            return _told(run, prepared, refusal=refusal)
        past.settle(run, prepared.batch, prepared.past)
        keep(run, prepared)
        approval.record(run, prepared.batch)
        batch = prepared.batch
        errand = CallErrand(prepared.rows, batch, batch.calls, prepared.rules, prepared.ringing)
        finished = run.step("enqueue", lambda: push(run, held, errand))
        return _reported(run, replace(finished, violations=prepared.violations))


def _show(run: Run, prepared: PreparedBatch, tell: Tell) -> None:
    rate = memory.seconds_per_call(run)
    for line in preview(prepared.batch, prepared.catalogue, seconds_per_call=rate):
        tell(line)


def _told(run: Run, prepared: PreparedBatch, *, refusal: RefusedByGuard | None = None) -> Ended[Batch]:
    """The report of a batch that was not sent."""
    finished = replace(_planned(run, prepared), dry_run=refusal is None, error=refusal)
    return _reported(run, finished if refusal is None else replace(finished, status="refused"))


def _planned(run: Run, prepared: PreparedBatch) -> Finished[Batch]:
    outcomes = [CallRow(outcome) for outcome in prepared.batch.outcomes]
    finished = finished_batch(prepared.batch, prepared.rows, outcomes, requests=run.requests)
    return replace(finished, violations=prepared.violations)


def _reported(run: Run, finished: Finished[Batch]) -> Ended[Batch]:
    """The run's reports, and its plan file with the same head."""
    return report(run, finished, beside=lambda head: write_batch(run.folder.plan, finished.plan, head))


def keep(run: Run, prepared: PreparedBatch) -> None:
    """Write down what is released to be asked for, so that a run that is cut off can go on with exactly that.

    The rows come last: where they are kept, the batch had passed its guard.
    """
    batch = prepared.batch
    write_batch(run.folder.plan, batch, make_report(run, replace(_planned(run, prepared), requests={})).summary)
    keep_before(run.folder, batch, prepared.variables)
    run.folder.keep_rows(prepared.rows, kept_outcomes(batch.outcomes))


@dataclass(frozen=True, slots=True)
class CallErrand:
    """What is to be asked for of a batch: all of it, or what a run that was cut off has left."""

    rows: Rows
    batch: Batch
    calls: Sequence[PlannedCall]
    rules: CallRules
    ringing: Ringing


def push(run: Run, held: HeldLease, errand: CallErrand) -> Finished[Batch]:
    """Ask for these calls; what became of every row of the batch, and what stopped it early."""
    times = timed(run, errand.calls, errand.rules, errand.ringing)
    journal = CallJournal(run, errand.batch, held, rules=errand.rules)
    known = {call.row: call for call in run.ledger.calls_of_run(run.run_id)}
    run.progress.begin("Asking for calls", len(times.calls))
    with stopping(run) as stop:
        run.client.stop_when(stop)
        pushing = CallPush(
            run.client,
            journal,
            constants=errand.rules.constants - (WINDOW if errand.rules.timing.hours is not None else frozenset()),
            gate=Gate(lambda: read_lists(run.pipeline, run.client).people, run.clock, read_at=run.clock()),
            stop=stop,
            progress=run.progress.advance,
        )
        pushed = pushing.run(times.calls)
        stopped = pushed.stopped or (interrupted(run) if stop.is_set() else None)
    kept_back = times.kept_back | pushed.kept_back
    earlier: Mapping[int, Call] = pushed.earlier
    lately: Mapping[int, Call] = pushed.lately
    try:
        journal.measured(pushed.seconds, pushed.asked)
        earlier, lately = memory.settled_meanwhile(run, earlier), memory.settled_meanwhile(run, lately)
        calls = {call.row: call for call in run.ledger.calls_of_run(run.run_id)}
    except LedgerAway as away:
        stopped, calls = stopped or away, known | journal.asked
    outcomes = corrected(with_spared(with_earlier(errand.batch.outcomes, earlier), lately, pushed.caps), kept_back)
    if earlier or lately or kept_back:
        run.folder.keep_rows(errand.rows, kept_outcomes(outcomes))
    rows = conclude(outcomes, calls, again=errand.batch.again, why=stopped.message if stopped is not None else "")
    status = "failed" if stopped is not None else ""
    finished = finished_batch(errand.batch, errand.rows, rows, requests=run.requests, status=status)
    return replace(finished, sent=True, error=stopped)
