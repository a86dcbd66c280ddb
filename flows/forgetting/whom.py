"""Who is meant by the address that somebody typed, and all that this person is known by here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Trail
from flows.contacts.people.somebody import Somebody, somebody

if TYPE_CHECKING:
    from connectors.ledger import Ledger

KnownContact = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Whom:
    """A person, with what they are in Verboice (server, project id, contact id) as far as a ledger knows."""

    who: Somebody
    contacts: frozenset[KnownContact] = frozenset()

    def contact_ids(self, server: str | None, project_id: int | None) -> frozenset[int]:
        """The person's contacts in a project."""
        return frozenset(contact for *project, contact in self.contacts if project == [server, project_id])

    def trail_in(self, ledger: Ledger) -> Trail:
        """By what the person stands in a ledger."""
        kept = ledger.addresses()["address"].combine_chunks()
        names = pc.unique(kept.filter(pa.array(self.who.spelled(kept)))).to_pylist()
        return Trail(frozenset(names) | self.who.keys, self.contacts)


def find_whom(address: str, regions: Collection[str | None], ledgers: Collection[Ledger]) -> Whom:
    """The person, by every address of the contacts that one of the ledgers knows theirs to be of.

    Raises ConfigurationError as `flows.contacts.people.somebody` does.
    """
    whom = Whom(somebody(address, regions))
    kept = pa.concat_tables([ledger.addresses() for ledger in ledgers]).combine_chunks() if ledgers else None
    while kept is not None:
        wider = _wider(whom, kept)
        if wider == whom:
            break
        whom = wider
    return whom


def _wider(whom: Whom, kept: pa.Table) -> Whom:
    theirs = kept.filter(pa.array(whom.who.spelled(kept["address"].combine_chunks())))
    columns = [theirs[name].to_pylist() for name in ("server", "project_id", "contact_id")]
    contacts = whom.contacts | {contact for contact in zip(*columns, strict=True) if None not in contact}
    addresses = {text for contact in contacts for text in _addresses_of(contact, kept)}
    return Whom(whom.who.known_by(addresses), contacts)


def _addresses_of(contact: KnownContact, kept: pa.Table) -> list[str]:
    of_it = [pc.equal(kept[name], value) for name, value in zip(kept.column_names, contact, strict=False)]
    found: list[str] = pc.unique(kept.filter(pc.and_(pc.and_(of_it[0], of_it[1]), of_it[2]))["address"]).to_pylist()
    return found
