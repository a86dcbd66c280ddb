"""Whom a list of people means: every row of it keeps somebody from being called, or is told.

A row whose number may mean several people keeps all of them from being called. One that means nobody could stand for
anybody, so nobody is called before it is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Listing
from connectors.values import RemoteContacts, Rows
from flows.contacts.people.address import AddressKeys, address_keys, collation_key, stored_keys
from flows.contacts.people.reading.number import NO_ADDRESS, AddressRules
from flows.contacts.people.reading.signs import plain

# What was written down once need not be in today's plan, and may be an extension.
_LAX = AddressRules(numbers="possible", short_numbers=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list says.

    people: keys (`flows.contacts.people.address`) of those not to be called, with where it says so.
    unreadable: row and reason of rows that mean nobody. nobody: rows with something in them, but no address.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    unreadable: Sequence[tuple[int, str]] = ()
    nobody: Sequence[int] = ()


def listed_in(rows: Rows, *, address: str, region: str | None, name: str) -> Listed:
    """Whom a table of people lists; `name` is what the list is called. Raises KeyError without the column."""
    cells = pc.utf8_trim_whitespace(rows.table.column(address).combine_chunks())
    # What is read for a call, and what was written down once: a row bars whomever it can mean by either.
    found = address_keys(cells, region, _LAX, header=address)
    strict, plainly = address_keys(cells, region, header=address), address_keys(cells, None, _LAX, header=address)
    people: dict[str, str] = {}
    unreadable: list[tuple[int, str]] = []
    nobody: list[int] = []
    damaged = {problem.row: problem.reason for problem in rows.problems if problem.column in (address, "")}
    columns = (rows.numbers, cells, found.problems, plainly.keys, *_meant(found, strict))
    for row, text, problem, digits, *meant in zip(*(column.to_pylist() for column in columns), strict=True):
        keys = [key for one in meant for key in ([one] if isinstance(one, str) else one or [])]
        if row in damaged:
            unreadable.append((row, damaged[row]))
        elif keys:
            names = {*keys, collation_key(plain(text)[0])} | ({digits} if digits else set())
            people |= dict.fromkeys(names, f"On the list {name}, row {row}.")
        elif problem in (NO_ADDRESS, None):
            nobody.append(row)
        else:
            unreadable.append((row, problem))
    return Listed(people, unreadable, nobody)


def _meant(*readings: AddressKeys) -> Iterator[pa.Array]:
    for reading in readings:
        yield reading.keys
        yield reading.candidates


def listed_by_answers(
    contacts: RemoteContacts, variable: str, values: Sequence[str], *, region: str | None, name: str
) -> Listed:
    """People of whom the variable says one of the values, by all of their addresses; capitals do not count."""
    wanted = {value.strip().casefold() for value in values}
    said = contacts.variables[variable].to_pylist()
    meant = [text is not None and text.strip().casefold() in wanted for text in said]
    theirs = pc.take(pa.array(meant, pa.bool_()), contacts.address_owner)
    addresses = contacts.addresses.filter(theirs)
    owners = contacts.address_owner.filter(theirs).to_pylist()
    people: dict[str, str] = {}
    for address, key, owner in zip(
        addresses.to_pylist(), stored_keys(addresses, region).to_pylist(), owners, strict=True
    ):
        people |= dict.fromkeys(filter(None, (key, collation_key(address))), f"{name}: {variable} is “{said[owner]}”.")
    return Listed(people)


def listed_here(listing: Listing) -> str:
    """Why somebody who is on the ledger's own list is not called."""
    why = f": {listing.reason}" if listing.reason else ""
    return f"Never to be called, since {listing.listed_at:%Y-%m-%d} (verboice-sync never{why})."
