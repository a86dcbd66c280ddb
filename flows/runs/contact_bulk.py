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
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import VerboiceSyncError
from connectors.values import RemoteContacts
from connectors.verboice.errors import RowFault, UnknownVariable
from flows.contacts.plan import group_starts
from flows.contacts.recheck import Standing, standings
from flows.runs.contact_journal import Errands, Everyone, PushJournal, puts_of
from flows.runs.push import LOST, Write, WriteOutcome

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
class Verdict:
    """What became of it.

    arrived: the writes it has made superfluous; failed: outcomes of contacts it did not reach and nothing else may.
    leftover: requests for single contacts that have to be sent in its place. known: the contacts as last read, None
    where they could not be. stopped: what ends the run. seconds: how long the server took, where it answered.
    """

    arrived: tuple[Write, ...] = ()
    failed: tuple[tuple[Write, WriteOutcome], ...] = ()
    leftover: tuple[Write, ...] = ()
    known: RemoteContacts | None = None
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

    def run(self, everyone: Everyone) -> Verdict:
        """Send it, or find out what became of it if an earlier run has sent it. What the server says never raises."""
        names = tuple(everyone.values)
        if everyone.was_sent:
            return self._read_until_arrived(everyone, names)
        self.journal.sending([everyone.seq])
        began = time.monotonic()
        try:
            now = self.writer.update_all(self.project_id, everyone.values)
        except UnknownVariable as fault:  # those before it may have been written for everybody
            return replace(self._read_until_arrived(everyone, names), stopped=fault)
        except (RowFault, *LOST):
            return self._read_until_arrived(everyone, names)
        except VerboiceSyncError as fault:
            self.journal.settle([WriteOutcome(everyone.seq, "unsent", f"Not sent: {fault}")])
            return Verdict(stopped=fault)
        return replace(self._judge(everyone, now), seconds=time.monotonic() - began)

    def _read_until_arrived(self, everyone: Everyone, names: Sequence[str]) -> Verdict:
        now: RemoteContacts | None = None
        for seconds in self.waits:
            self.stop.wait(seconds)
            try:
                now = self.writer.contacts(self.project_id, variables=names)
            except VerboiceSyncError as fault:
                unread = fault
                continue
            if (standings(everyone.changes, now) == Standing.ARRIVED).all():
                break
        if now is None:
            self.journal.settle([WriteOutcome(everyone.seq, "uncertain", f"Sent, but not answered: {unread}")])
            return Verdict(stopped=unread)
        return self._judge(everyone, now)

    def _judge(self, everyone: Everyone, now: RemoteContacts) -> Verdict:
        standing = standings(everyone.changes, now)
        if (standing == Standing.ARRIVED).all():
            self.journal.settle([WriteOutcome(everyone.seq, "done")])
            return Verdict(arrived=tuple(puts_of(everyone.changes, first=0)), known=now)
        return replace(self._split(everyone, standing), known=now)

    def _split(self, everyone: Everyone, standing: npt.NDArray[np.int8]) -> Verdict:
        """Put a request per contact in its place in the ledger, settled where nothing has to be sent any more."""
        writes = tuple(puts_of(everyone.changes, first=self.journal.next_seq()))
        self.journal.intend(Errands(writes))
        self.journal.pass_over([everyone.seq], _SPLIT)
        judged = list(zip(writes, _outcomes(writes, everyone.changes, standing), strict=True))
        self.journal.settle([outcome for _, outcome in judged if outcome is not None])
        return Verdict(
            arrived=tuple(write for write, outcome in judged if outcome and outcome.state == "done"),
            failed=tuple((write, outcome) for write, outcome in judged if outcome and outcome.state == "failed"),
            leftover=tuple(write for write, outcome in judged if outcome is None),
        )


def _outcomes(
    writes: Sequence[Write], changes: pa.Table, standing: npt.NDArray[np.int8]
) -> Iterator[WriteOutcome | None]:
    """What is known of each contact; None = its values have not arrived, and may be sent."""
    for write, (start, end) in zip(writes, pairwise(group_starts(changes).tolist()), strict=True):
        own = set(standing[start:end].tolist())
        if own == {Standing.ARRIVED}:
            yield WriteOutcome(write.seq, "done", _CONFIRMED, write.contact_id)
        elif Standing.GONE in own:
            yield WriteOutcome(write.seq, "failed", _GONE)
        elif Standing.MOVED in own:
            yield WriteOutcome(write.seq, "failed", _MOVED)
        else:
            yield None if write.address else WriteOutcome(write.seq, "failed", _NO_ADDRESS)


def newcomers(before: RemoteContacts, after: RemoteContacts) -> int:
    """Contacts that appeared between two readings."""
    return int(pc.sum(pc.invert(pc.is_in(after.ids, value_set=before.ids))).as_py() or 0)
