"""The ledger's own list of people who are never called: keyed hashes, with why, by whom and since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, added, fields, given, grouped
from connectors.ledger.people import kept_key, made_key
from connectors.ledger.values import Listing

_N = schema.never.c
_LISTING = sa.select(_N.person, *fields(schema.never, Listing))


class NeverCalled(Exception):  # noqa: N818 - what is known, rather than what went wrong
    """The person is on the ledger's list: nothing may be sent."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(f"never to be called since {listing.listed_at:%Y-%m-%d %H:%M} UTC")
        self.listing = listing


class NeverList(LedgerPart):
    def list_never(self, names: Collection[str], listing: Listing) -> bool:
        """Puts a person, known by these address keys, on the list; whether any of them is new. Who is on it stays
        there with the first reason."""
        with self._db.writing() as connection:
            key = made_key(connection)
            told = given(listing)
            new = [added(connection, schema.never, {"person": key.hashed(name)} | told) for name in sorted(names)]
        return any(new)

    def lift_never(self, names: Collection[str]) -> bool:
        """Takes a person off the list; whether they were on it."""
        with self._db.writing() as connection:
            key = made_key(connection)
            theirs = _N.person.in_([key.hashed(name) for name in names])
            return connection.execute(sa.delete(schema.never).where(theirs)).rowcount > 0

    def never_called(self, names: Collection[str]) -> Mapping[str, Listing]:
        """Who of these address keys is on the list."""
        with self._db.reading() as connection:
            return on_list(connection, names)


def on_list(connection: Connection, names: Collection[str]) -> dict[str, Listing]:
    """As `NeverList.never_called`, within a transaction."""
    key = kept_key(connection)
    if key is None:
        return {}
    found: dict[str, Listing] = {}
    by_hash = key.by_hash(names)
    for group in grouped(list(by_hash)):
        for person, *told in connection.execute(_LISTING.where(_N.person.in_(group))):
            found[by_hash[person]] = Listing(*told)
    return found


def check_never(connection: Connection, names: Collection[str]) -> None:
    """Raises NeverCalled where one of these address keys is on the list."""
    for listing in on_list(connection, names).values():
        raise NeverCalled(listing)


def forget_reasons(connection: Connection, names: Collection[str]) -> int:
    """Leaves of a person who is forgotten that they are not to be called, and not why; how many reasons there were."""
    key = kept_key(connection)
    if key is None:
        return 0
    theirs = _N.person.in_([key.hashed(name) for name in names])
    return connection.execute(sa.update(schema.never).where(theirs, _N.reason != "").values(reason="")).rowcount
