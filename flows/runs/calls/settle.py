"""Taking calls out of the queue, and settling uncertain ones by what a person found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.ledger.values import Call
from connectors.verboice.errors import RowFault
from flows.calls.batch import RowOutcome
from flows.calls.outcome import NOT_PLACED
from flows.reports.report import Report
from flows.runs.calls.reopen import as_it_stands, reopened_calls
from flows.runs.calls.track import as_news, keep_reports, open_calls
from flows.runs.run import Progress, Run
from flows.runs.signals import goes_on_with, stopped_by_signal

Settlement = Literal["placed", "not_placed"]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many calls were taken out of the queue, how many were left because they had begun, or could not be asked."""

    report: Report
    cancelled: int
    begun: int
    unknown: int
    error: VerboiceSyncError | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The calls of the run that are uncertain now, and how many were settled.

    elsewhere: its rows that are uncertain because of a call of an earlier run, which is settled there.
    """

    report: Report
    uncertain: Sequence[Call]
    elsewhere: Sequence[RowOutcome]
    settled: int = 0


def cancel_calls(run_id: str, *, rows: Sequence[int] = (), progress: Progress | None = None) -> Cancelled:
    """Take the run's calls, or those of `rows`, out of Verboice's queue, of those that are still in it.

    Verboice marks a call in any state as cancelled (API sheet 9.5), so each one's state is read first. Raises
    CouldNotBeDone, and ConfigurationError too for a row without a call that may still change.
    """
    with reopened_calls(run_id, progress) as run, goes_on_with(f"cancel {run_id}"):
        known = as_it_stands(run)
        counts = {"cancelled": 0, "begun": 0, "unknown": 0}
        error: VerboiceSyncError | None = None
        waiting = open_calls(known.calls.values())
        if rows:
            _check_rows(rows, {call.row: call for call in waiting}, "in Verboice's queue")
            waiting = [call for call in waiting if call.row in rows]
        run.progress.begin("Cancelling calls", len(waiting))
        with stopped_by_signal() as stop:
            run.client.stop_when(stop)
            for done, call in enumerate(waiting, start=1):
                if stop.is_set():
                    error = CouldNotBeDone(
                        "Interrupted; the calls after this one were not cancelled.",
                        hint=f"Go on with `verboice-sync cancel {run.run_id}`.",
                    )
                    break
                try:
                    counts[_cancel(run, call)] += 1
                except VerboiceSyncError as fault:
                    error = fault
                    break
                run.progress.advance(done)
        report = keep_reports(run, as_it_stands(run))
        return Cancelled(report, counts["cancelled"], counts["begun"], counts["unknown"], error)


def _cancel(run: Run, call: Call) -> Literal["cancelled", "begun", "unknown"]:
    call_id = call.call_id or 0
    try:
        status = run.client.call_status(call_id)
        if status.state == "queued":
            status = run.client.cancel_call(call_id)
    except RowFault:
        return "unknown"
    run.ledger.track_calls([as_news(call, status)], run.clock())
    return "cancelled" if status.state == "cancelled" else "begun"


def resolve_calls(run_id: str, *, rows: Sequence[int] = (), settlement: Settlement | None = None) -> Resolved:
    """The run's uncertain calls; with a settlement, settle those of `rows` (all, if none are named).

    `not_placed` lets a later run ask for them again; `placed` keeps everybody from doing so. Raises
    ConfigurationError for a row that is not uncertain.
    """
    with reopened_calls(run_id) as run:
        known = as_it_stands(run)
        uncertain = {call.row: call for call in known.calls.values() if call.state == "uncertain"}
        settled = 0
        if settlement is not None:
            chosen = list(rows) or list(uncertain)
            _check_rows(chosen, uncertain, "uncertain")
            for row in chosen:
                _settle(run, uncertain[row], settlement)
            settled = len(chosen)
            known = as_it_stands(run)
        left = [call for call in known.calls.values() if call.state == "uncertain"]
        elsewhere = [outcome for outcome in known.batch.outcomes if outcome.status == "uncertain"]
        return Resolved(keep_reports(run, known), left, elsewhere, settled)


def _settle(run: Run, call: Call, settlement: Settlement) -> None:
    if settlement == "placed":
        run.ledger.settle_call(
            run.run_id, call.row, "queued", run.clock(), reason="Settled by hand: the call was placed."
        )
    else:
        run.ledger.settle_call(run.run_id, call.row, "not_placed", run.clock(), reason=NOT_PLACED)


def _check_rows(rows: Sequence[int], found: dict[int, Call], what: str) -> None:
    unknown = [str(row) for row in rows if row not in found]
    if unknown:
        left = ", ".join(map(str, sorted(found))) or "none"
        raise ConfigurationError(
            f"Not {what} in this run: {'row' if len(unknown) == 1 else 'rows'} {', '.join(unknown)}.",
            hint=f"Rows that are: {left}.",
        )
