"""Sends exactly a plan: one request per contact, recorded before it leaves and settled after it is answered.

A lost answer is not a lost write: the contact is read again until it shows what became of the request, and only then is
it sent once more. Nothing here decides what should change.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from connectors.errors import VerboiceSyncError
from connectors.ledger.outage import LedgerAway
from connectors.values import Contact
from connectors.verboice.errors import (
    AlreadyExists,
    NoAnswer,
    NotStored,
    NotWanted,
    Reached,
    RowFault,
    ServerBroken,
    StoredDifferently,
    UnexpectedReply,
    UnknownVariable,
    VerboiceFault,
)
from connectors.verboice.sending import ONCE, Turn
from flows.runs.contacts.write import Write, WriteOutcome, altered_by, compared
from flows.runs.run import Patience
from flows.runs.threads import begun

GROUP = 50  # requests recorded as "sending" in one durable transaction: what a crash leaves to be read again
AHEAD = 8  # requests that wait for a worker: enough to bridge the recording of the next group
MOMENT = 0.2  # seconds between looks at what the workers have finished
LONGEST_UNSETTLED = 1.0  # seconds an answer may wait to be recorded
MOST_BROKEN = 20  # contacts in a row that the server fails on, before it is taken to be the server and not the values
LOST = (NoAnswer, UnexpectedReply, ServerBroken)  # the request may have been carried out


class Writer(Protocol):
    """The part of the Verboice client that a push needs; raises what `connectors.verboice.errors` lists."""

    def contact_by_address(self, project_id: int, address: str) -> Contact | None: ...
    def update_contact(
        self, project_id: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact: ...
    def create_contact(
        self, project_id: int, address: str, variables: Mapping[str, str], *, turn: Turn = ONCE
    ) -> Contact: ...


class WriteJournal(Protocol):
    """The write-ahead record. `sending` is durable before it returns. Both raise LedgerAway."""

    def sending(self, seqs: Sequence[int]) -> None: ...
    def settle(self, outcomes: Sequence[WriteOutcome]) -> None: ...


@dataclass(slots=True)
class PushResult:
    """Outcomes in the order they came in, and what stopped the push early, if anything did."""

    outcomes: list[WriteOutcome] = field(default_factory=list)
    stopped: VerboiceSyncError | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a push goes and how wide it is: the client's pacer lets through as many `workers` as the server bears."""

    project_id: int
    workers: int = 1
    patience: Patience = field(default_factory=Patience)


class Push:
    """One push of one plan, on as many threads as the lane has. One that is used up cannot be used again.

    `stop` may be set from a signal: requests in flight are finished, and neither do new ones begin nor those that wait
    for their turn. `progress` is told how many writes are settled.
    """

    def __init__(
        self,
        writer: Writer,
        journal: WriteJournal,
        lane: Lane,
        *,
        stop: threading.Event | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._writer = writer
        self._journal = journal
        self._project_id = lane.project_id
        self._workers = lane.workers
        self._patience = lane.patience
        self._stop = stop or threading.Event()
        self._progress = progress or (lambda _done: None)
        self._todo: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._answered: queue.SimpleQueue[WriteOutcome | None] = queue.SimpleQueue()  # None: see `_fault`
        self._under_way = 0  # handed to the workers and not taken from `_answered` yet
        self._unsettled: list[WriteOutcome] = []
        self._settled_at = time.monotonic()
        self._result = PushResult()
        self._broken = 0  # contacts in a row that the server failed on
        self._fault: BaseException | None = None  # of our own: nothing that a server could have said

    def run(self, writes: Sequence[Write]) -> PushResult:
        """Send all writes. Returns when each that was begun has an outcome; what the server says never raises here.

        Raises LeaseLost once requests in flight are finished. A ledger that has gone away stops the push, and what was
        answered is told all the same. In the ledger what could not be recorded stays `sending`, to be read again by a
        resumed run; so does all that is in flight at a KeyboardInterrupt.
        """
        workers = [begun(self._work, "push") for _ in range(self._workers)]
        try:
            self._feed(writes)
            while self._under_way:
                self._await_answer()
        except BaseException as fault:
            self._abandon()
            self._dismiss(workers, wait=isinstance(fault, Exception))  # an interruption waits for nobody
            raise
        self._dismiss(workers)
        self._settle()
        if self._fault is not None:
            raise self._fault
        return self._result

    def _dismiss(self, workers: Sequence[threading.Thread], *, wait: bool = True) -> None:
        """Let every worker go, once it has finished what it has begun."""
        for _ in workers:
            self._todo.put(None)
        for worker in workers if wait else ():
            worker.join()

    def _abandon(self) -> None:
        """Take back what no worker has begun, without waiting for the journal, which may be what failed."""
        self._stop.set()
        with suppress(queue.Empty):
            while True:
                self._todo.get_nowait()

    def _feed(self, writes: Sequence[Write]) -> None:
        for group in _groups(writes):
            if self._stop.is_set():
                return
            try:
                self._journal.sending([write.seq for write in group])
            except LedgerAway as away:
                self._stop_for(away)
                return
            for write in group:
                while self._under_way >= self._workers + AHEAD:
                    self._await_answer()
                self._todo.put(write)
                self._under_way += 1

    def _await_answer(self) -> None:
        """Take what the workers have finished, waiting a moment for the first of it, and record it when it is due."""
        with suppress(queue.Empty):
            outcome = self._answered.get(timeout=MOMENT)
            while True:
                self._under_way -= 1
                if outcome is not None:
                    self._unsettled.append(outcome)
                outcome = self._answered.get_nowait()
        if len(self._unsettled) >= GROUP or time.monotonic() - self._settled_at > LONGEST_UNSETTLED:
            self._settle()

    def _settle(self) -> None:
        if not self._unsettled:
            return
        outcomes, self._unsettled = self._unsettled, []
        try:
            self._journal.settle(outcomes)
        except LedgerAway as away:
            self._stop_for(away)
        self._settled_at = time.monotonic()
        self._result.outcomes.extend(outcomes)
        self._progress(len(self._result.outcomes))

    def _work(self) -> None:
        while (write := self._todo.get()) is not None:
            outcome = None
            try:
                outcome = self._outcome(write)
            except BaseException as fault:  # noqa: BLE001 - raised by `run`; a worker that died would leave it waiting
                self._stop.set()
                self._fault = fault
            self._answered.put(outcome)

    def _outcome(self, write: Write) -> WriteOutcome:
        if self._stop.is_set():
            return WriteOutcome(write.seq, "unsent", "Not sent: the run was stopped before.")
        try:
            outcome = self._sent(write)
        except NotWanted as fault:
            return WriteOutcome(write.seq, "unsent", fault.message)
        except RowFault as fault:
            is_general = isinstance(fault, NotStored | StoredDifferently) and write.kind == "put"
            self._broken = self._broken + 1 if is_general else 0
            if self._broken >= MOST_BROKEN:
                self._stop_broken(fault)
            return WriteOutcome(write.seq, "failed", str(fault), altered=altered_by(fault))
        except VerboiceSyncError as fault:
            return self._stopped_by(write, fault)
        self._broken = 0
        return outcome

    def _stop_broken(self, fault: RowFault) -> None:
        """A full disk lets every write fail, a database of another alphabet loses every letter: no more of them."""
        what = "did not store" if isinstance(fault, NotStored) else "altered the values of"
        broken = ServerBroken(
            f"Verboice {what} {MOST_BROKEN} contacts in a row, so no more is sent.",
            hint="Its administrator can look into its log and its database; what was done is kept, and can be undone.",
            request_id=fault.request_id,
        )
        self._stop_for(broken)

    def _stop_for(self, fault: VerboiceSyncError) -> None:
        """Nothing more is sent; what is told is the first fault that stopped the push."""
        self._stop.set()
        self._result.stopped = self._result.stopped or fault

    def _stopped_by(self, write: Write, fault: VerboiceSyncError) -> WriteOutcome:
        """What a fault that concerns the whole run says of the request that met it."""
        self._stop_for(fault)
        if isinstance(fault, UnknownVariable):
            return self._half_written(write, fault)
        if isinstance(fault, VerboiceFault) and fault.reached is Reached.MAYBE:
            return WriteOutcome(write.seq, "uncertain", f"Sent, but not answered: {fault}")
        return WriteOutcome(write.seq, "unsent", f"Not sent: {fault}")

    def _half_written(self, write: Write, fault: UnknownVariable) -> WriteOutcome:
        """Variables before the unknown one were stored although the server answered 500 (API sheet 5.4): say which."""
        with suppress(VerboiceSyncError):
            contact = self._writer.contact_by_address(self._project_id, write.address)
            written = [n for n, value in write.after.items() if contact and contact.vars.get(n) == value]
            if contact and written:
                reason = f"{fault.message} Already stored: {', '.join(written)}."
                return WriteOutcome(write.seq, "failed", reason, contact.id, frozenset(written))
        return WriteOutcome(write.seq, "failed", str(fault))

    def _sent(self, write: Write) -> WriteOutcome:
        """Send until answered, reading the contact again whenever an answer was lost."""
        last = ""
        for attempt in range(1, self._patience.sends + 1):
            try:
                contact = self._send(write, again=attempt > 1)
            except NotStored:
                if attempt == self._patience.sends or write.kind == "post":
                    raise
                time.sleep(self._patience.waits[0])
            except LOST as fault:
                verdict = self._read_again(write, fault)
                if verdict is not None:
                    return verdict
                last = str(fault)
            else:
                return WriteOutcome(write.seq, "done", contact_id=contact.id if write.kind == "post" else None)
        told = f"Sent {self._patience.sends} times without a usable answer; look at the contact. The last time: {last}"
        return WriteOutcome(write.seq, "uncertain", told)

    def _send(self, write: Write, *, again: bool) -> Contact:
        send = self._writer.update_contact if write.kind == "put" else self._writer.create_contact
        turn = Turn(again=again, unless=None if again else self._stop)  # what may have arrived is followed to its end
        try:
            return send(self._project_id, write.address, write.after, turn=turn)
        except AlreadyExists as fault:
            return self._created_before(write, fault)

    def _created_before(self, write: Write, fault: AlreadyExists) -> Contact:
        """A duplicate is read, never sent again. If it has our values it is our own: an earlier answer was lost."""
        found = self._writer.contact_by_address(self._project_id, write.address)
        if found is not None and write.is_shown_by(found):
            return found
        who = f" (contact {found.id})" if found is not None else ""
        raise AlreadyExists(
            f"Somebody else created this contact meanwhile{who}; its values were left alone.",
            hint="The next run compares them with the source.",
            request_id=fault.request_id,
        ) from fault

    def _read_again(self, write: Write, fault: VerboiceSyncError) -> WriteOutcome | None:
        """What became of a request whose answer was lost; None = not carried out, so it may be sent again.

        A late write may still land after the server has shown the old values (API sheet 6.8, 12.4), hence the waits.
        """
        for seconds in self._patience.waits:
            time.sleep(seconds)
            try:
                contact = self._writer.contact_by_address(self._project_id, write.address)
            except (RowFault, ServerBroken, UnexpectedReply):
                continue
            except VerboiceSyncError as stopped:
                self._stop_for(stopped)
                return WriteOutcome(write.seq, "uncertain", f"Sent, but not answered ({fault}) and not readable since.")
            verdict = compared(write, contact)
            if verdict is not None:
                return verdict
        return None


def _groups(writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
    for start in range(0, len(writes), GROUP):
        yield writes[start : start + GROUP]
