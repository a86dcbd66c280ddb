"""Asks for the calls of a batch, one at a time, each at most once.

One request at a time because calls submitted together can be stranded by Verboice (API sheet 8.25). What the ledger
says is on disk before a request leaves; what provably never reached Verboice may be asked for by a later run, whatever
else has no clear answer is uncertain and is never repeated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Protocol

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.ledger.calls import AlreadyAsked, CalledLately
from connectors.ledger.never import NeverCalled
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import Call, Cap
from connectors.masking import mask_text
from connectors.values import CallRequest, QueuedCall
from connectors.verboice.errors import CallRefused, Reached, RowFault, UnexpectedReply, VerboiceFault
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.lists import listed_here
from flows.calls.refusals import concerns_all

AskedState = Literal["queued", "failed", "uncertain", "not_placed"]

MOST_LOST = 5  # answers lost in a row before the batch stops: each of them may be a telephone that rings
MOST_UNEXPECTED = 2  # of which so many that no Verboice would give
INTERRUPTED = "The program was interrupted while it asked for this call; nobody knows whether it was placed."


class Caller(Protocol):
    """The part of the Verboice client that rings; raises what `connectors.verboice.errors` lists."""

    def enqueue_call(self, call: CallRequest) -> QueuedCall: ...


class AskJournal(Protocol):
    """The write-ahead record. `begin` is durable before it returns; raises AlreadyAsked, CalledLately, NeverCalled.
    Both raise LedgerAway."""

    def begin(self, call: PlannedCall) -> None: ...
    def settle(self, row: int, state: AskedState, *, call_id: int | None = None, reason: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """How asking for one call ended, and the error if it concerns the whole batch."""

    state: AskedState
    reason: str = ""
    call_id: int | None = None
    stops: VerboiceSyncError | None = None
    is_unexpected: bool = False


@dataclass(slots=True)
class BatchProgress:
    """`earlier`: rows that turned out to have been asked for already, and `lately`: rows whose people were called
    meanwhile, as often as `caps` allow. `kept_back`: what became of rows that were not asked for after all. `asked`
    accepted calls took `seconds`."""

    earlier: dict[int, Call] = field(default_factory=dict)
    lately: dict[int, Call] = field(default_factory=dict)
    caps: dict[int, Cap] = field(default_factory=dict)
    kept_back: dict[int, RowOutcome] = field(default_factory=dict)
    stopped: VerboiceSyncError | None = None
    asked: int = 0
    seconds: float = 0.0


class CallPush:
    """One pass over a batch. `stop` may be set from a signal: the call under way is finished, no new one begins."""

    def __init__(
        self,
        caller: Caller,
        journal: AskJournal,
        *,
        constants: Collection[str] = (),
        gate: Callable[[PlannedCall], RowOutcome | None] | None = None,
        stop: threading.Event | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """`constants` are the parameters that are the same for every row: a refusal because of them stops the batch.
        `gate` says what becomes of a row instead of a call, if anything; what it raises stops the batch."""
        self._caller = caller
        self._journal = journal
        self._constants = frozenset(constants)
        self._gate = gate or (lambda _call: None)
        self._stop = stop or threading.Event()
        self._progress = progress or (lambda _done: None)
        self._lost: list[Answer] = []

    def run(self, calls: Sequence[PlannedCall]) -> BatchProgress:
        """Ask for all calls. What the server says never raises here; what the ledger says does. Where it has gone away
        nobody else is called."""
        pushed = BatchProgress()
        for done, call in enumerate(calls, start=1):
            if self._stop.is_set() or pushed.stopped is not None:
                break
            if self._is_kept_back(call, pushed):
                continue
            try:
                self._journal.begin(call)
            except AlreadyAsked as known:
                pushed.earlier[call.row] = known.earlier
                continue
            except CalledLately as known:
                pushed.lately[call.row], pushed.caps[call.row] = known.earlier, known.cap
                continue
            except NeverCalled as known:
                pushed.kept_back[call.row] = RowOutcome(call.row, "blocked", listed_here(known.listing))
                continue
            except LedgerAway as away:
                pushed.stopped = away
                break
            self._one(call, pushed)
            self._progress(done)
        return pushed

    def _is_kept_back(self, call: PlannedCall, pushed: BatchProgress) -> bool:
        try:
            outcome = self._gate(call)
        except VerboiceSyncError as error:
            pushed.stopped = error
            return True
        if outcome is not None:
            pushed.kept_back[call.row] = outcome
        return outcome is not None

    def _one(self, call: PlannedCall, pushed: BatchProgress) -> None:
        began = time.monotonic()
        answer = self._ask(call)
        if answer.state == "queued":
            pushed.asked += 1
            pushed.seconds += time.monotonic() - began
        pushed.stopped = answer.stops or self._too_many_lost(answer)
        try:
            self._journal.settle(call.row, answer.state, call_id=answer.call_id, reason=answer.reason)
        except LedgerAway as away:
            pushed.stopped = away

    def _ask(self, call: PlannedCall) -> Answer:
        try:
            queued = self._caller.enqueue_call(call.to_send)
        except CallRefused as fault:
            return Answer("failed", _told(fault), stops=self._stopped_by(fault))
        except VerboiceFault as fault:
            return _unanswered(fault)
        except BaseException:
            with suppress(LedgerAway):  # it stays `sending`, which comes to the same
                self._journal.settle(call.row, "uncertain", reason=INTERRUPTED)
            raise
        return Answer("queued", call_id=queued.call_id)

    def _stopped_by(self, fault: CallRefused) -> VerboiceSyncError | None:
        if not concerns_all(fault.reason, self._constants):
            return None
        return CouldNotBeDone(
            f"{mask_text(fault.message)}. Every other call would be refused as well, so the batch was stopped.",
            hint="Set it right in Verboice or in the pipeline.",
        )

    def _too_many_lost(self, answer: Answer) -> VerboiceSyncError | None:
        """A server that swallows one answer after another makes uncertain rows of everybody: better to stop."""
        self._lost = [*self._lost, answer] if answer.state == "uncertain" else []
        unexpected = sum(lost.is_unexpected for lost in self._lost)
        if len(self._lost) < MOST_LOST and unexpected < MOST_UNEXPECTED:
            return None
        return CouldNotBeDone(
            f"{len(self._lost)} answers in a row were lost, so the batch was stopped. "
            f"The last one: {mask_text(answer.reason)}",
            hint="Look at the server first.",
        )


def _unanswered(fault: VerboiceFault) -> Answer:
    """What a failed request means for its call: only what provably did not arrive may be asked for again."""
    if fault.reached is Reached.MAYBE:
        return Answer("uncertain", _told(fault), is_unexpected=isinstance(fault, UnexpectedReply))
    if isinstance(fault, RowFault) or (isinstance(fault, UnexpectedReply) and fault.reached is Reached.NO):
        return Answer("failed", _told(fault))
    return Answer("not_placed", f"Not asked for: {_told(fault)}", stops=fault)


def _told(fault: VerboiceFault) -> str:
    traced = f" (request id {fault.request_id})" if fault.request_id else ""
    return f"{fault.message}{traced}"
