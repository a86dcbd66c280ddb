"""Goes on with a batch that was cut off: exactly what it had left, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.errors import ConfigurationError
from flows import wiring
from flows.calls import sparing
from flows.calls.batch import Batch, PlannedCall
from flows.calls.identity import FORMER
from flows.calls.outcome import as_earlier, corrected, kept_outcomes
from flows.calls.sparing import Earlier, Remembered
from flows.runs.calls import lists, memory
from flows.runs.calls.reopen import CallsAgain, as_it_stands, reopened_calls
from flows.runs.calls.run import CallErrand, push
from flows.runs.calls.timing import ringing
from flows.runs.execution import carried_out
from flows.runs.finished import report
from flows.runs.lease import HeldLease
from flows.runs.run import OVER, Ended, Progress, Run, Tell, silent


def resume_calls(run_id: str, *, progress: Progress | None = None, tell: Tell = silent) -> Ended[Batch]:
    """Ask for the calls of the run that were not asked for yet, or provably never arrived.

    Calls that were under way when it was cut off are uncertain. The batch is the one that passed the guard then; it is
    the same run that goes on, so its reports are about all of its rows. Raises ConfigurationError, CouldNotBeDone.
    """
    with reopened_calls(run_id, progress) as run:
        known = as_it_stands(run)
        with memory.lease(run) as held:
            if known.record.status in OVER and not _left(known):
                raise ConfigurationError(
                    f"Run {run.run_id} is over ({known.record.status}): every call of it was asked for.",
                    hint=f"`verboice-sync track {run.run_id}` tells what became of them.",
                )
            run.ledger.begin_again(run.run_id)
            return carried_out(run, lambda run: _go_on(run, held, tell))


def _go_on(run: Run, held: HeldLease, tell: Tell) -> Ended[Batch]:
    known = as_it_stands(run)
    batch = _spared(run, known)
    left = _left(replace(known, batch=batch))
    tell(f"{len(left):,} of {len(batch.calls):,} calls are left to be asked for.")
    rules = wiring.call_rules(run.pipeline)
    channels = () if rules.timing.hours is None else run.client.channels()
    errand = CallErrand(known.rows, batch, left, rules, ringing(run, channels, batch.project_id, rules))
    return report(run, run.step("enqueue", lambda: push(run, held, errand)))


def _left(known: CallsAgain) -> Sequence[PlannedCall]:
    """Calls with no record, or whose request provably never reached Verboice. A refused one is an answer."""
    open_rows = {outcome.row for outcome in known.batch.outcomes if outcome.status == "queued"}
    return [
        call
        for call in known.batch.calls
        if call.row in open_rows and (call.row not in known.calls or known.calls[call.row].state == "not_placed")
    ]


def _spared(run: Run, known: CallsAgain) -> Batch:
    """The batch without the calls and the people that other runs have taken over meanwhile, and without those who may
    not be called any more."""
    left = _left(known)
    rules = wiring.call_rules(run.pipeline)
    barred, _told = lists.barred(run, rules, known.rows, _keys(left))
    remembered = Remembered(
        _asked_since(run, known.batch, left),
        _called_since(run, known.batch, left),
        memory.counted_for(run, rules.per_person, _keys(left)),
        barred,
    )
    spared = {call.row: outcome for call in left if (outcome := sparing.spared(call, remembered, rules)) is not None}
    if not spared:
        return known.batch
    outcomes = tuple(corrected(known.batch.outcomes, spared))
    run.folder.keep_rows(known.rows, kept_outcomes(outcomes))
    return replace(known.batch, outcomes=outcomes)


def _asked_since(run: Run, batch: Batch, left: Sequence[PlannedCall]) -> dict[str, Earlier]:
    """Calls that another run has asked for since this one began, by identity; `again` is older than that.

    A batch that version 0.1 planned knows its calls by former identities, which nobody asks by any more: of its people
    whoever was called since for the project, with whatever, is not called again.
    """
    former = [call for call in left if call.identity.startswith(FORMER)]
    span = run.clock() - run.started_at
    since = memory.called_within(run, batch.project_id, [call.key for call in former], span)
    by_person = {call.identity: since[call.key][-1] for call in former if call.key in since}
    asked = run.ledger.calls_by_identity({call.identity for call in left}, server=run.pipeline.verboice.url)
    return by_person | {
        identity: as_earlier(call)
        for identity, call in asked.items()
        if call.run_id != run.run_id and call.asked_at >= run.started_at
    }


def _keys(calls: Sequence[PlannedCall]) -> list[str]:
    return [key for call in calls for key in call.keys]


def _called_since(run: Run, batch: Batch, left: Sequence[PlannedCall]) -> dict[str, list[Earlier]]:
    """People whom another run has called within `repeat_after`, unless this one was told to call them again."""
    repeat_after = wiring.call_rules(run.pipeline).repeat_after
    if repeat_after is None or batch.again:
        return {}
    return memory.called_within(run, batch.project_id, _keys(left), repeat_after)
