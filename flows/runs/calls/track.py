"""Asks what became of the calls of a run, politely, and keeps the answers in the ledger and the run's reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.ledger.values import Call, CallNews
from connectors.values import CallStatus
from connectors.verboice.errors import CallNotVisible, RowFault
from flows import wiring
from flows.calls.forecast import EndsSeen
from flows.calls.outcome import call_states
from flows.reports.report import Report
from flows.reports.results import keep_results
from flows.runs import finished
from flows.runs.calls.answers import read_answers
from flows.runs.calls.memory import keep_ends
from flows.runs.calls.reopen import CallsAgain, as_it_stands, reopened_calls
from flows.runs.execution import kept_summary
from flows.runs.folder import home_folder
from flows.runs.run import Progress, Run, Step, direct, never
from flows.runs.signals import goes_on_with, stopped_by_signal
from flows.runs.stopping import CalledOff, watched
from flows.runs.waiting import Waiting
from flows.settings import load_pipeline

GROUP = 50  # answers kept in one transaction: what a crash asks again
NOT_VISIBLE = "not visible"
ASKED = "asked"  # in the summary that the ledger keeps: requests of the command that last looked after the calls
_NEXT_ROUND = "The calls have time to go on before they are asked about again"
SETTLED = frozenset({"completed", "failed", "expired", "cancelled", NOT_VISIBLE})


class Teller(Protocol):
    """The part of the Verboice client that tells where a call stands."""

    def call_status(self, call_id: int) -> CallStatus: ...


@dataclass(frozen=True, slots=True)
class TrackingPace:
    """Seconds between rounds: from `first`, growing by `growth` up to `longest` while nothing happens.

    share: at most this part of the time is spent asking, so that a long list never keeps the server busy.
    """

    first: float = 2.0
    growth: float = 2.0
    longest: float = 300.0
    share: float = 0.1

    def wait(self, quiet_rounds: int, asked_for: float) -> float:
        """The pause after a round that took `asked_for` seconds, when nothing has changed in the last rounds."""
        backed_off = min(self.longest, self.first * self.growth**quiet_rounds)
        return max(backed_off, asked_for * (1 / self.share - 1))


@dataclass(frozen=True, slots=True)
class Tracked:
    """The run's reports as they are now, how many calls are not settled yet, what stopped the asking, and what to tell
    beside it."""

    report: Report
    open_calls: int
    error: VerboiceSyncError | None = None
    notes: tuple[str, ...] = ()


def track_calls(  # noqa: PLR0913 - one parameter per thing that a flow run does otherwise
    run_id: str,
    *,
    until_done: bool = False,
    progress: Progress | None = None,
    step: Step = direct,
    pace: TrackingPace | None = None,
    is_cancelled: Callable[[], bool] = never,
    home: Path | None = None,
) -> Tracked:
    """Ask for every call of the run that is not settled, once or until all are. Answers already known are kept.

    step, is_cancelled: as in `Run`. home: where the run lies (`flows.runs.reopen.reopened`).
    """
    with reopened_calls(run_id, progress, step=step, home=home) as run, goes_on_with(f"track {run_id}"):
        as_it_stands(run)  # raises for a run that asked for no calls, before anything is asked of the server
        with stopped_by_signal() as stop, watched(is_cancelled, stop):
            run.client.stop_when(stop)
            error = run.step("track", lambda: ask(run, stop, until_done=until_done, pace=pace))
            if error is not None and stop.is_set() and is_cancelled():
                error = CalledOff(
                    "Stopped, as was asked; what was learned so far is kept.", hint="`verboice-sync track` goes on."
                )
            known = as_it_stands(run)
            known, notes = read_answers(run, known) if error is None else (known, ())
        return Tracked(keep_reports(run, known, notes), len(open_calls(known.calls.values())), error, notes)


def ask(
    run: Run, stop: threading.Event, *, until_done: bool = False, pace: TrackingPace | None = None
) -> VerboiceSyncError | None:
    """Ask about the run's calls that may still change, once or until none may; what ended that early."""
    return _Rounds(run, stop, pace or TrackingPace()).run(until_done=until_done)


def runs_to_look_after(pipeline: str, *, since: datetime | None = None) -> list[str]:
    """The pipeline's runs with calls that may still change, that are uncertain, or that were asked for since then; the
    oldest first."""
    settings = load_pipeline(pipeline)
    with wiring.open_ledger(settings, home_folder(settings.folder)) as ledger:
        return ledger.runs_to_look_after(settings.verboice.url, settings.name, settled=SETTLED, since=since)


def keep_reports(run: Run, known: CallsAgain, notes: tuple[str, ...] = ()) -> Report:
    """The run's reports and its record, with what is known now, and with notes on that.

    The files tell the requests of the run; the report that is given back those of the command that has just looked
    after its calls, which the record keeps too.
    """
    told = known.finished()
    report = finished.report(run, replace(told, notes=(*told.notes, *notes))).report
    asked = run.client.tally.as_dict()
    summary = {**kept_summary(report.summary), ASKED: asked}
    run.ledger.note_run(run.run_id, counts=report.summary["rows"], summary=summary)
    if known.record.status not in ("running", "interrupted"):
        run.ledger.note_run(run.run_id, status=report.summary["status"])
    keep_results(run.pipeline, report, at=run.clock())
    return replace(report, summary={**report.summary, "requests": asked})


def open_calls(calls: Iterable[Call]) -> list[Call]:
    """Accepted calls that may still change."""
    return [c for c in calls if c.state == "queued" and c.call_id is not None and c.call_state not in SETTLED]


def in_words(states: Mapping[str, int]) -> str:
    """`153 completed, 73 failed`"""
    return ", ".join(f"{number:,} {state}" for state, number in states.items()) or "no call was accepted"


@dataclass(slots=True)
class _Rounds:
    """Round after round over the open calls, one request at a time."""

    run_: Run
    stop: threading.Event
    pace: TrackingPace
    _quiet: int = field(default=0)
    _ends: EndsSeen = field(default_factory=EndsSeen)

    def run(self, *, until_done: bool) -> VerboiceSyncError | None:
        try:
            return self._rounds(until_done=until_done)
        finally:
            keep_ends(self.run_, self._ends)

    def _rounds(self, *, until_done: bool) -> VerboiceSyncError | None:
        while True:
            every = self.run_.ledger.calls_of_run(self.run_.run_id)
            calls = open_calls(every)
            self.run_.progress.begin(f"Asking what became of the calls ({in_words(call_states(every))})", len(calls))
            began = time.monotonic()
            try:
                changed = self._round(calls)
            except VerboiceSyncError as error:
                return error
            left = open_calls(self.run_.ledger.calls_of_run(self.run_.run_id))
            last = max((call.tracked_at for call in calls if call.tracked_at is not None), default=None)
            self._ends.looked(last, self.run_.clock(), ended=len(calls) - len(left), left=len(left))
            if not left:
                return None
            self._quiet = 0 if changed else self._quiet + 1
            if until_done:
                Waiting(self.run_, self.stop).pause(_NEXT_ROUND, self.pace.wait(self._quiet, time.monotonic() - began))
            if self.stop.is_set():
                return CouldNotBeDone(
                    "Interrupted; what was learned so far is kept.",
                    hint=f"Go on with `verboice-sync track {self.run_.run_id}`.",
                )
            if not until_done:
                return None

    def _round(self, calls: Sequence[Call]) -> bool:
        changed = False
        for start in range(0, len(calls), GROUP):
            group = []
            try:
                for call in calls[start : start + GROUP]:
                    if self.stop.is_set():
                        break
                    news = _news(call, self.run_.client)
                    if news is not None:
                        group.append(news)
                        changed = changed or (news.call_state, news.fail_reason) != (call.call_state, call.fail_reason)
            finally:
                self.run_.ledger.track_calls(group, self.run_.clock())
            self.run_.progress.advance(start + GROUP)
        return changed


def _news(call: Call, teller: Teller) -> CallNews | None:
    """What the server says about a call; None where it gave no usable answer this time."""
    try:
        status = teller.call_status(call.call_id or 0)
    except CallNotVisible as fault:
        return CallNews(call.run_id, call.row, NOT_VISIBLE, fail_reason=fault.message)
    except RowFault:
        return None
    return as_news(call, status)


def as_news(call: Call, status: CallStatus) -> CallNews:
    """A status as the ledger keeps it. Times that a server without details does not tell stay as they were known."""
    if not status.detailed:
        return CallNews(
            call.run_id,
            call.row,
            status.state,
            fail_reason=call.fail_reason if status.state == call.call_state else "",
            started_at=call.started_at,
            finished_at=call.finished_at,
        )
    details = {"fail_code": status.fail_code, "fail_details": status.fail_details}
    return CallNews(
        call.run_id,
        call.row,
        status.state,
        fail_reason=": ".join(filter(None, (status.fail_reason, status.fail_details))),
        details={name: text for name, text in details.items() if text} or None,
        started_at=_moment(status.started_at),
        finished_at=None if status.will_retry else _moment(status.finished_at),
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
