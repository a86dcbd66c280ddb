"""Reads contacts again before anything is sent to them, and sorts requests by what has become of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Contact, RemoteContacts
from connectors.verboice.errors import CannotAddress, NoAnswer, WrongContact
from connectors.verboice.sending import unreachable
from flows.contacts.outcome import RowResult
from flows.contacts.people.pulling import Way
from flows.contacts.plan import group_starts
from flows.contacts.recheck import Standing, standings
from flows.contacts.weighing import cheapest_again
from flows.runs.contacts import costs
from flows.runs.contacts.journal import changes_of
from flows.runs.contacts.write import CONFIRMED, GONE, Write
from flows.runs.pull import LOOKUP_WORKERS
from flows.runs.threads import mapped

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient
    from flows.runs.run import Run

_ARRIVED = RowResult("done", CONFIRMED)
_OVERTAKEN = RowResult(
    "failed", "Somebody else changed this contact while a request was under way; nothing was sent again."
)
ALREADY = RowResult("unchanged", "Verboice has had these values since; nothing had to be sent.")
_MOVED = RowResult("held", "The contact was changed in Verboice after the plan was made; the next run compares again.")
_GONE = RowResult("failed", GONE)
_TAKEN = RowResult("failed", "Somebody else created this contact meanwhile; the next run compares its values.")


@dataclass(frozen=True, slots=True)
class Sifted:
    """Requests that may be sent, and what is known of the others without sending them."""

    send: tuple[Write, ...]
    known: tuple[tuple[Write, RowResult], ...]


@dataclass(frozen=True, slots=True)
class Rereading:
    """Reads contacts of a project again, in the way that costs its server least."""

    run: Run
    project_id: int

    def contacts(self, changes: pa.Table) -> RemoteContacts:
        """The contacts of some changes as they are now."""
        names = pc.unique(changes["variable"]).to_pylist()
        addresses = pc.unique(changes["address"]).to_pylist()
        if self._way(len(addresses)) == "by_address" and "" not in addresses:
            try:
                return self._one_by_one(addresses, names)
            except CannotAddress:
                pass  # this server can list such a contact, but not be asked for it
        return self.run.client.contacts(self.project_id, variables=names)

    def _way(self, addresses: int) -> Way:
        counts = self.run.ledger.counts(self.run.scope(self.project_id))
        return cheapest_again(addresses, counts.contacts, costs.of_run(self.run))

    def _one_by_one(self, addresses: Sequence[str], names: Sequence[str]) -> RemoteContacts:
        def one(address: str) -> Contact | None:
            try:
                return self.run.client.contact_by_address(self.project_id, address)
            except WrongContact:  # whose address it is now has another contact
                return None

        try:
            found = list(mapped(one, addresses, workers=LOOKUP_WORKERS, name="look-up"))
        except NoAnswer as fault:
            raise unreachable(fault) from fault
        contacts: dict[int, Contact] = {contact.id: contact for contact in found if contact is not None}
        return RemoteContacts.of(list(contacts.values()), names, complete=False)

    def contacts_of(self, writes: Sequence[Write]) -> RemoteContacts:
        """The contacts of some requests as they are now; nothing is asked where all of them create theirs."""
        puts = [write for write in writes if write.kind == "put"]
        return self.contacts(changes_of(puts)) if puts else RemoteContacts.of([], complete=False)

    def sift(self, writes: Sequence[Write], *, was_sent: bool, now: RemoteContacts | None = None) -> Sifted:
        """Which requests may be sent as they were planned, judged by their contacts as they are now.

        was_sent: an earlier run may have sent them, so a value that is there may be its own. now: the contacts, where
        they have just been read.
        """
        puts = [write for write in writes if write.kind == "put"]
        judged: list[tuple[Write, RowResult | None]] = []
        if puts:
            present = self.contacts_of(puts) if now is None else now
            judged += zip(puts, _judged(changes_of(puts), present, was_sent=was_sent), strict=True)
        posts = [write for write in writes if write.kind == "post"]
        judged += [(write, _created(self.run.client, self.project_id, write) if was_sent else None) for write in posts]
        return Sifted(
            send=tuple(write for write, result in judged if result is None),
            known=tuple((write, result) for write, result in judged if result is not None),
        )


def _judged(changes: pa.Table, now: RemoteContacts, *, was_sent: bool) -> Iterator[RowResult | None]:
    standing = standings(changes, now).tolist()
    for start, end in pairwise(group_starts(changes).tolist()):
        own = set(standing[start:end])
        if Standing.GONE in own:
            yield _GONE
        elif own == {Standing.ARRIVED}:
            yield _ARRIVED if was_sent else ALREADY
        elif Standing.MOVED in own:
            yield _OVERTAKEN if was_sent else _MOVED
        else:
            yield None


def _created(client: VerboiceClient, project_id: int, write: Write) -> RowResult | None:
    """What became of a creation that may have been sent; None = nobody has the address."""
    found = client.contact_by_address(project_id, write.address)
    if found is None:
        return None
    return RowResult("done", CONFIRMED, found.id) if write.is_shown_by(found) else _TAKEN
