"""Sends the one request for the whole project (all.json), and believes only what every contact shows afterwards.

A lost answer is expected here: the request may take minutes, a front end gives up earlier, and the server goes on and
commits (API sheet 6.8). Then a few contacts are looked at until they show it, the list is read again, and what has not
arrived is done contact by contact. The request itself is never repeated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import VerboiceSyncError
from connectors.ledger.outage import LedgerAway
from connectors.values import Contact, RemoteContacts
from connectors.verboice.errors import RowFault, ServerUnreachable, UnknownVariable, VerboiceFault
from flows.contacts.plan import group_starts
from flows.contacts.recheck import Standing, standings
from flows.runs.contacts.journal import Everyone, PushJournal, puts_of
from flows.runs.contacts.push import LOST
from flows.runs.contacts.write import CONFIRMED, GONE, MOVED, Write, WriteOutcome
from flows.runs.run import Patience
from flows.runs.stopping import interrupted
from flows.runs.waiting import Stopped, Waiting

_SPLIT = "The request for everybody was not confirmed; what became of it was settled contact by contact."
_NO_ADDRESS = "The contact has no address, so it cannot be updated by itself."
_LOST = "The answer to the request for everybody was lost; Verboice may still be at work on it, so it is looked after"
_GROWTH = 0.25  # of what was waited already: so much later than it could have been, it is seen that all is done
LONGEST = 7.0  # times as long as the server needs by experience: after that nothing more is expected of it


class BulkWriter(Protocol):
    """The part of the Verboice client that is needed; raises what `connectors.verboice.errors` lists."""

    def contacts(self, project_id: int, *, variables: Sequence[str] | None = None) -> RemoteContacts: ...
    def contact_by_address(self, project_id: int, address: str) -> Contact | None: ...
    def update_all(self, project_id: int, variables: Mapping[str, str]) -> RemoteContacts: ...


@dataclass(frozen=True, slots=True)
class BulkVerdict:
    """What became of it.

    arrived: the writes it has made superfluous; known: outcomes of
    contacts that it did not reach and nothing else may, or of which nobody knows yet whether it did.
    leftover: requests for single contacts that have to be sent in its place. contacts: all of them as last read, None
    where they could not be. stopped: what ends the run. seconds: how long the server took, where it answered.
    """

    arrived: tuple[Write, ...] = ()
    known: tuple[tuple[Write, WriteOutcome], ...] = ()
    leftover: tuple[Write, ...] = ()
    contacts: RemoteContacts | None = None
    stopped: VerboiceSyncError | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BulkPatience:
    """How a lost answer is waited for, in seconds: `first` before the first look, later a quarter of what was waited
    already, and no longer than `longest`."""

    first: float
    longest: float

    @classmethod
    def of(cls, patience: Patience, *, expected: float) -> BulkPatience:
        """`expected`: what the server needs for the request, by experience."""
        return cls(patience.waits[0], max(sum(patience.waits), LONGEST * expected))

    def pauses(self, stop: threading.Event) -> Iterator[None]:
        """Yields after each pause, until the time is over or `stop` is set."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < self.longest:
            if stop.wait(min(max(self.first, waited * _GROWTH), self.longest - waited)):
                return
            yield


@dataclass(frozen=True, slots=True)
class BulkPush:
    """`contacts`: all of them as last read, which is how an earlier run's request is judged first."""

    writer: BulkWriter
    journal: PushJournal
    project_id: int
    contacts: RemoteContacts
    patience: BulkPatience
    waiting: Waiting

    def run(self, everyone: Everyone) -> BulkVerdict:
        """Send it, or find out what became of it if an earlier run has sent it. What the server says never raises.

        Raises LedgerAway where what became of it cannot be recorded.
        """
        if everyone.is_withdrawn or (everyone.was_sent and _is_there(everyone, self.contacts)):
            return self._judge(everyone, self.contacts)
        if everyone.was_sent:
            return self._judged_by_reading(everyone)
        try:
            self.journal.sending([everyone.seq])
        except LedgerAway as away:
            return BulkVerdict(stopped=away)
        return self._sent(everyone)

    def _sent(self, everyone: Everyone) -> BulkVerdict:
        began = time.monotonic()
        try:
            now = self.writer.update_all(self.project_id, everyone.values)
        except UnknownVariable as fault:  # those before it may have been written for everybody
            return replace(self._judged_at_once(everyone), stopped=fault)
        except (RowFault, *LOST):
            return self._judged_by_reading(everyone)
        except VerboiceSyncError as fault:
            self.journal.settle([WriteOutcome(everyone.seq, "unsent", f"Not sent: {fault}")])
            return BulkVerdict(stopped=fault)
        return replace(self._judge(everyone, now), seconds=time.monotonic() - began)

    def _judged_by_reading(self, everyone: Everyone) -> BulkVerdict:
        """Wait until the request has arrived, or it surely has not."""
        try:
            now = self._awaited(everyone)
        except VerboiceSyncError as fault:
            return self._unknown(everyone, fault)
        return self._judge(everyone, now)

    def _judged_at_once(self, everyone: Everyone) -> BulkVerdict:
        """What a refused request has stored; nothing more may be sent."""
        try:
            now = self._read(everyone)
        except VerboiceSyncError as fault:
            return self._unknown(everyone, fault)
        return self._judge(everyone, now, is_final=True)

    def _awaited(self, everyone: Everyone) -> RemoteContacts:
        """All contacts, once some of them show the request's values or there is no use in waiting any longer.

        To look at a few costs the server milliseconds, the list costs it as much as the request itself. Raises Stopped,
        and what keeps the list from being read.
        """
        few = _samples(everyone.changes)
        with self.waiting.told(_LOST, self.patience.longest):
            for _ in self.patience.pauses(self.waiting.stop):
                now = self._looked_at(everyone, few)
                if now is not None and _is_there(everyone, now):
                    return now
        return self._read(everyone)

    def _looked_at(self, everyone: Everyone, few: Sequence[Write]) -> RemoteContacts | None:
        """All contacts, if some show the request's values; None if not, or if the server cannot tell just now."""
        try:
            is_shown = self.waiting.unless_stopped(lambda: self._shown_by(few))
            return self._read(everyone) if is_shown else None
        except VerboiceFault as fault:
            if isinstance(fault, ServerUnreachable) and not fault.again:  # the client has given the server up
                raise
            return None

    def _shown_by(self, few: Sequence[Write]) -> bool:
        found = ((write, self.writer.contact_by_address(self.project_id, write.address)) for write in few)
        return not few or any(contact is not None and write.is_shown_by(contact) for write, contact in found)

    def _read(self, everyone: Everyone) -> RemoteContacts:
        names = tuple(everyone.values)
        return self.waiting.unless_stopped(lambda: self.writer.contacts(self.project_id, variables=names))

    def _unknown(self, everyone: Everyone, fault: VerboiceSyncError) -> BulkVerdict:
        """Sent, and nobody knows yet what became of it: a resumed run finds out."""
        stopped = interrupted(self.waiting.run) if isinstance(fault, Stopped) else fault
        told = f"Sent, but not answered: {fault}"
        self.journal.settle([WriteOutcome(everyone.seq, "uncertain", told)])
        return unknown(everyone, told, stopped)

    def _judge(self, everyone: Everyone, now: RemoteContacts, *, is_final: bool = False) -> BulkVerdict:
        standing = standings(everyone.changes, now)
        if (standing == Standing.ARRIVED).all():
            self.journal.settle([WriteOutcome(everyone.seq, "done")])
            return BulkVerdict(arrived=tuple(puts_of(everyone.changes, first=0)), contacts=now)
        return replace(self._split(everyone, standing, is_final=is_final), contacts=now)

    def _split(self, everyone: Everyone, standing: npt.NDArray[np.int8], *, is_final: bool) -> BulkVerdict:
        """Put a request per contact in its place in the ledger, settled where nothing has to be sent any more."""
        writes = tuple(puts_of(everyone.changes, first=self.journal.next_seq()))
        self.journal.intend(writes)
        self.journal.pass_over([everyone.seq], _SPLIT)
        judged = [(write, _outcome(write, own, is_final=is_final)) for write, own in _each(writes, everyone, standing)]
        self.journal.settle([outcome for _, outcome in judged if outcome is not None])
        return BulkVerdict(
            arrived=tuple(write for write, outcome in judged if outcome and outcome.state == "done"),
            known=tuple((write, outcome) for write, outcome in judged if outcome and outcome.state == "failed"),
            leftover=tuple(write for write, outcome in judged if outcome is None),
        )


def unknown(everyone: Everyone, told: str, stopped: VerboiceSyncError) -> BulkVerdict:
    """Nobody knows of anybody what has become of the request."""
    writes = puts_of(everyone.changes, first=0)
    outcomes = ((write, WriteOutcome(write.seq, "uncertain", told)) for write in writes)
    return BulkVerdict(known=tuple(outcomes), stopped=stopped)


def _is_there(everyone: Everyone, now: RemoteContacts) -> bool:
    """Whether every contact has the values of the request."""
    return bool((standings(everyone.changes, now) == Standing.ARRIVED).all())


def _samples(changes: pa.Table) -> Sequence[Write]:
    """Up to three contacts that can be asked for one by one: the first, one in the middle and the last, who gets the
    value last where it had none (API sheet 6.2)."""
    starts = [*pairwise(group_starts(changes).tolist())]
    chosen = dict.fromkeys(starts[at] for at in (0, len(starts) // 2, -1))
    writes = (write for start, end in chosen for write in puts_of(changes.slice(start, end - start), first=0))
    return [write for write in writes if write.address]


def _each(
    writes: Sequence[Write], everyone: Everyone, standing: npt.NDArray[np.int8]
) -> Iterator[tuple[Write, Sequence[int]]]:
    """Each contact's request with the standings of its values."""
    for write, (start, end) in zip(writes, pairwise(group_starts(everyone.changes).tolist()), strict=True):
        yield write, standing[start:end].tolist()


def _outcome(write: Write, own: Sequence[int], *, is_final: bool) -> WriteOutcome | None:
    """What is known of a contact; None = its values have not arrived, and may be sent."""
    stored = frozenset(name for name, one in zip(write.after, own, strict=True) if one == Standing.ARRIVED)
    if len(stored) == len(own):
        return WriteOutcome(write.seq, "done", CONFIRMED, write.contact_id)
    if Standing.GONE in own:
        return WriteOutcome(write.seq, "failed", GONE)
    if Standing.MOVED in own:
        return WriteOutcome(write.seq, "failed", MOVED, stored=stored)
    if is_final and stored:
        reason = f"Already stored: {', '.join(sorted(stored))}. The rest was refused."
        return WriteOutcome(write.seq, "failed", reason, write.contact_id, stored)
    return None if write.address else WriteOutcome(write.seq, "failed", _NO_ADDRESS)


def newcomers(before: RemoteContacts, after: RemoteContacts) -> int:
    """Contacts that appeared between two readings."""
    return int(pc.sum(pc.invert(pc.is_in(after.ids, value_set=before.ids))).as_py() or 0)
