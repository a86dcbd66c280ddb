"""Sends the one request for the whole project (all.json), and believes only what every contact shows afterwards.

A lost answer is expected here: the request may take minutes, a front end gives up earlier, and the server goes on and
commits (API sheet 6.8). Then the list is read again, several times, and what has not arrived is done contact by
contact. The request itself is never repeated.
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
import pyarrow.compute as pc

from connectors.errors import VerboiceSyncError
from connectors.values import RemoteContacts
from connectors.verboice.errors import RowFault, UnknownVariable
from flows.contacts.plan import group_starts
from flows.contacts.recheck import Standing, standings
from flows.runs.contacts.journal import Everyone, PushJournal, puts_of
from flows.runs.contacts.push import LOST
from flows.runs.contacts.write import Write, WriteOutcome

_SPLIT = "The request for everybody was not confirmed; what became of it was settled contact by contact."
_MOVED = "Somebody else changed this contact at the same time; nothing was sent again."
_GONE = "The contact is gone from Verboice."
_NO_ADDRESS = "The contact has no address, so it cannot be updated by itself."
_CONFIRMED = "The answer was lost; read back and confirmed."


class BulkWriter(Protocol):
    """The part of the Verboice client that is needed; raises what `connectors.verboice.errors` lists."""

    def contacts(self, project_id: int, *, variables: Sequence[str] | None = None) -> RemoteContacts: ...
    def update_all(self, project_id: int, variables: Mapping[str, str]) -> RemoteContacts: ...


@dataclass(frozen=True, slots=True)
class BulkVerdict:
    """What became of it.

    arrived: the writes it has made superfluous; failed: outcomes of contacts it did not reach and nothing else may.
    leftover: requests for single contacts that have to be sent in its place. contacts: all of them as last read, None
    where they could not be. stopped: what ends the run. seconds: how long the server took, where it answered.
    """

    arrived: tuple[Write, ...] = ()
    failed: tuple[tuple[Write, WriteOutcome], ...] = ()
    leftover: tuple[Write, ...] = ()
    contacts: RemoteContacts | None = None
    stopped: VerboiceSyncError | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BulkPush:
    """`waits`: seconds before each reading of the list after a lost answer."""

    writer: BulkWriter
    journal: PushJournal
    project_id: int
    waits: Sequence[float]
    stop: threading.Event

    def run(self, everyone: Everyone) -> BulkVerdict:
        """Send it, or find out what became of it if an earlier run has sent it. What the server says never raises."""
        if everyone.was_sent:
            return self._judged_by_reading(everyone, self.waits)
        self.journal.sending([everyone.seq])
        began = time.monotonic()
        try:
            now = self.writer.update_all(self.project_id, everyone.values)
        except UnknownVariable as fault:  # those before it may have been written for everybody
            return replace(self._judged_by_reading(everyone, (0.0,), is_final=True), stopped=fault)
        except (RowFault, *LOST):
            return self._judged_by_reading(everyone, self.waits)
        except VerboiceSyncError as fault:
            self.journal.settle([WriteOutcome(everyone.seq, "unsent", f"Not sent: {fault}")])
            return BulkVerdict(stopped=fault)
        return replace(self._judge(everyone, now), seconds=time.monotonic() - began)

    def _judged_by_reading(self, everyone: Everyone, waits: Sequence[float], *, is_final: bool = False) -> BulkVerdict:
        """Read the list until the request has arrived, or it surely has not. `is_final`: nothing more may be sent."""
        now: RemoteContacts | None = None
        for seconds in waits:
            self.stop.wait(seconds)
            try:
                now = self.writer.contacts(self.project_id, variables=tuple(everyone.values))
            except VerboiceSyncError as fault:
                unread = fault
                continue
            if (standings(everyone.changes, now) == Standing.ARRIVED).all():
                break
        if now is None:
            self.journal.settle([WriteOutcome(everyone.seq, "uncertain", f"Sent, but not answered: {unread}")])
            return BulkVerdict(stopped=unread)
        return self._judge(everyone, now, is_final=is_final)

    def _judge(self, everyone: Everyone, now: RemoteContacts, *, is_final: bool = False) -> BulkVerdict:
        standing = standings(everyone.changes, now)
        if (standing == Standing.ARRIVED).all():
            self.journal.settle([WriteOutcome(everyone.seq, "done")])
            return BulkVerdict(arrived=tuple(puts_of(everyone.changes, first=0)), contacts=now)
        return replace(self._split(everyone, standing, is_final=is_final), contacts=now)

    def _split(self, everyone: Everyone, standing: npt.NDArray[np.int8], *, is_final: bool) -> BulkVerdict:
        """Put a request per contact in its place in the ledger, settled where nothing has to be sent any more."""
        writes = tuple(puts_of(everyone.changes, first=self.journal.next_seq()))
        self.journal.intend_writes(writes)
        self.journal.pass_over([everyone.seq], _SPLIT)
        judged = [(write, _outcome(write, own, is_final=is_final)) for write, own in _each(writes, everyone, standing)]
        self.journal.settle([outcome for _, outcome in judged if outcome is not None])
        return BulkVerdict(
            arrived=tuple(write for write, outcome in judged if outcome and outcome.state == "done"),
            failed=tuple((write, outcome) for write, outcome in judged if outcome and outcome.state == "failed"),
            leftover=tuple(write for write, outcome in judged if outcome is None),
        )


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
        return WriteOutcome(write.seq, "done", _CONFIRMED, write.contact_id)
    if Standing.GONE in own:
        return WriteOutcome(write.seq, "failed", _GONE)
    if Standing.MOVED in own:
        return WriteOutcome(write.seq, "failed", _MOVED, stored=stored)
    if is_final and stored:
        reason = f"Already stored: {', '.join(sorted(stored))}. The rest was refused."
        return WriteOutcome(write.seq, "failed", reason, write.contact_id, stored)
    return None if write.address else WriteOutcome(write.seq, "failed", _NO_ADDRESS)


def newcomers(before: RemoteContacts, after: RemoteContacts) -> int:
    """Contacts that appeared between two readings."""
    return int(pc.sum(pc.invert(pc.is_in(after.ids, value_set=before.ids))).as_py() or 0)
