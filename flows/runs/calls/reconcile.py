"""The ledger against Verboice, call by call; what evidence settles is settled, the rest is left to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from connectors.errors import VerboiceSyncError
from connectors.ledger.values import Call
from connectors.values import CallLogEntry, CallRequest
from connectors.verboice.errors import CallNotVisible, UnexpectedReply
from flows.calls import evidence
from flows.calls.evidence import MOST_NUMBERS, found_under, possible_numbers
from flows.reports.report import Report
from flows.runs.calls.answers import read_answers
from flows.runs.calls.reopen import CallsAgain, as_it_stands, reopened_calls
from flows.runs.calls.track import NOT_VISIBLE, ask, keep_reports
from flows.runs.run import Progress, Run, Step, direct, never
from flows.runs.signals import goes_on_with, stopped_by_signal
from flows.runs.stopping import watched

COUNTS = ("asked", "accepted", "rang", "answered", "failed", "never_seen", "not_ours")
_RANG = frozenset({"active", "completed", "failed"})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The run's report as it is now, its calls counted as `COUNTS` names them, those that are still uncertain, how many
    were settled, and what ended the asking early."""

    report: Report
    counts: Mapping[str, int]
    uncertain: Sequence[Call]
    settled: int
    error: VerboiceSyncError | None = None


def reconcile_calls(
    run_id: str,
    *,
    progress: Progress | None = None,
    step: Step = direct,
    is_cancelled: Callable[[], bool] = never,
    home: Path | None = None,
) -> Reconciled:
    """Ask for the state of every call of the run that may still change, and look for the uncertain ones in Verboice's
    own log. Raises ConfigurationError for a run that asked for no calls.

    step, is_cancelled: as in `Run`. home: where the run lies (`flows.runs.reopen.reopened`).
    """
    with reopened_calls(run_id, progress, step=step, home=home) as run, goes_on_with(f"reconcile {run_id}"):
        known = as_it_stands(run)
        search = _Search(run, known)
        with stopped_by_signal() as stop, watched(is_cancelled, stop):
            run.client.stop_when(stop)
            error = run.step("track", lambda: ask(run, stop))
            error = error or run.step("reconcile", search.settle_all)
            known = as_it_stands(run)
            known, notes = read_answers(run, known) if error is None else (known, ())
        calls = list(known.calls.values())
        left = [call for call in calls if call.state == "uncertain"]
        return Reconciled(keep_reports(run, known, notes), _counted(calls, search.foreign), left, search.settled, error)


def _counted(calls: Sequence[Call], foreign: int) -> dict[str, int]:
    accepted = [call for call in calls if call.state == "queued"]
    states = Counter(call.call_state for call in accepted)
    never_seen = states[NOT_VISIBLE] + sum(call.state in {"uncertain", "not_placed"} for call in calls)
    return {
        "asked": len(calls),
        "accepted": len(accepted),
        "rang": sum(states[state] for state in _RANG),
        "answered": states["completed"],
        "failed": states["failed"],
        "never_seen": never_seen,
        "not_ours": foreign,
    }


class _Search:
    """The uncertain calls of one run, looked for one after the other."""

    def __init__(self, run: Run, known: CallsAgain) -> None:
        self._run = run
        self._requests = {call.row: call.request for call in known.batch.calls}
        self._logs: dict[int, Sequence[CallLogEntry] | None] = {}
        self._calls = known.calls
        self._seen: set[int] = set()
        self._found: set[int] = set()
        self.settled = 0

    @property
    def foreign(self) -> int:
        """How many calls were seen, on the way, that nobody asked for by this ledger."""
        return len(self._seen - self._found)

    def settle_all(self) -> VerboiceSyncError | None:
        """Settles what can be settled; the error that ended the search."""
        lost = [call for call in self._calls.values() if call.state == "uncertain"]
        self._run.progress.begin("Looking for uncertain calls in Verboice's log", len(lost))
        try:
            for done, call in enumerate(lost, start=1):
                self._settle(call)
                self._run.progress.advance(done)
        except VerboiceSyncError as fault:
            return fault
        return None

    def _settle(self, call: Call) -> None:
        ledger, server = self._run.ledger, self._run.pipeline.verboice.url
        where = possible_numbers(*ledger.call_ids_around(server, call.asked_at, call.asked_at + evidence.LATE))
        ours = ledger.numbered(server, where.numbers)
        unknown = [number for number in where.numbers if number not in ours]
        logs = {number: log for number in unknown[:MOST_NUMBERS] if (log := self._log(number)) is not None}
        found = found_under(call.address, call.asked_at, logs)
        self._seen |= logs.keys()
        self._found |= {*found}
        if len(found) == 1:
            told = f"Found in Verboice's log by its address and time: call {found[0]}."
            self._conclude(call, "queued", told, call_id=found[0])
        elif not found and where.is_closed and len(unknown) <= MOST_NUMBERS and self._would_be_seen(call):
            told = f"Not placed: of the {len(where.numbers):,} calls that Verboice took then, none was this one."
            self._conclude(call, "not_placed", told)

    def _conclude(
        self, call: Call, state: Literal["queued", "not_placed"], told: str, *, call_id: int | None = None
    ) -> None:
        self._run.ledger.settle_call(call.run_id, call.row, state, self._run.clock(), call_id=call_id, reason=told)
        self.settled += 1

    def _would_be_seen(self, call: Call) -> bool:
        """Whether Verboice shows the account a call that says the same over the same channel: what belongs to the owner
        of a shared flow it does not (API sheet 8.11)."""
        request = self._requests[call.row]
        alike = (
            other.call_id
            for other in self._calls.values()
            if other.call_id is not None and self._says_the_same(self._requests[other.row], request)
        )
        number = next(alike, None)
        return number is not None and self._log(number) is not None

    def _says_the_same(self, one: CallRequest, other: CallRequest) -> bool:
        return (one.channel, one.call_flow_id, one.project_id) == (other.channel, other.call_flow_id, other.project_id)

    def _log(self, number: int) -> Sequence[CallLogEntry] | None:
        """What Verboice wrote down about the call of this number; None where it does not show it."""
        if number not in self._logs:
            try:
                self._logs[number] = self._run.client.call_log(number)
            except (CallNotVisible, UnexpectedReply):
                self._logs[number] = None
        return self._logs[number]
