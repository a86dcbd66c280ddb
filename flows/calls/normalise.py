"""Rows of text become call requests: who is rung, with what variables, when. A row that cannot says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import CallRequest, Rows
from flows.calls.coercion import check_value
from flows.calls.hours import zones_of
from flows.calls.identity import Who, former_identity_of, identity_of
from flows.calls.parameters import Parameters
from flows.calls.rules import NEEDED, ZONE, CallRules, Given, NotUsable
from flows.calls.window import check_zone
from flows.contacts.people.address import Address, address_keys
from flows.contacts.people.pulling import Person
from flows.contacts.people.reading.number import NO_ADDRESS
from flows.contacts.people.reading.renumbered import aliases


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A row that asks for a call.

    key: the person (`flows.contacts.people.address`). note: tells of a repair.
    aliases: other keys under which an earlier run may have known the person.
    zones: time zones the person may be in, where the pipeline has hours.
    former: other identities that the same call may be known by: under an alias, or as earlier versions made them.
    """

    row: int
    key: str
    identity: str
    request: CallRequest
    note: str = ""
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the person, today's first."""
        return (self.key, *self.aliases)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that cannot be used as it stands, with the column to look at ("" = the row as a whole)."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoredAddress:
    """A contact's address that a row means: the person's key, the address as Verboice has it, and whose it is."""

    key: str
    spelling: str
    contact_id: int


@dataclass(frozen=True, slots=True)
class Addresses:
    """The address column: `texts` as typed without surrounding blanks, and what each means, property by property of
    `flows.contacts.people.address.Address`.

    stored: texts that mean somebody only because Verboice has the address.
    """

    texts: tuple[str, ...]
    read: tuple[Address, ...]
    stored: Mapping[str, StoredAddress] = field(default_factory=dict)

    def doubtful(self, positions: Iterable[int]) -> list[Person]:
        """The addresses of these rows that mean somebody only if Verboice has them."""
        chosen = ((self.texts[position], self.read[position]) for position in positions)
        people = (Person(text, None, one.candidates) for text, one in chosen if one.candidates is not None)
        return [person for person in dict.fromkeys(people) if person.can_be_stored]

    def at(self, position: int) -> Address:
        """What the address of a row means, given what Verboice has."""
        stored = self.stored.get(self.texts[position])
        if stored is None or self.read[position].key is not None:
            return self.read[position]
        return Address(stored.key, note=_KNOWN, number=stored.spelling)


_KNOWN = "The address is not a number by itself, or may mean more than one; it was taken for the one Verboice has."


def read_addresses(rows: Rows, rules: CallRules) -> Addresses:
    """Who is meant by each row."""
    cells = rows.table.column(rules.address).combine_chunks()
    found = address_keys(cells, rules.region, rules.addresses, header=rules.address)
    columns = (found.keys, found.problems, found.notes, found.numbers, found.candidates)
    read = tuple(
        Address(key, problem, note, number, None if candidates is None else tuple(candidates))
        for key, problem, note, number, candidates in zip(*(column.to_pylist() for column in columns), strict=True)
    )
    return Addresses(tuple(pc.utf8_trim_whitespace(cells).to_pylist()), read)


def select(addresses: Addresses, *, only: Sequence[str] = (), limit: int | None = None, rules: CallRules) -> list[int]:
    """Positions of the rows of a careful first try: those of the addresses in `only`, and the first `limit` of them."""
    wanted = [text.strip() for text in only]
    meant = address_keys(pa.array(wanted, pa.string()), rules.region, rules.addresses)
    keys = set(meant.keys.drop_null().to_pylist())
    chosen = [
        position
        for position, (text, one) in enumerate(zip(addresses.texts, addresses.read, strict=True))
        if not only or one.key in keys or text in wanted
    ]
    return chosen[:limit]


def normalise(
    rows: Rows, addresses: Addresses, parameters: Parameters, *, campaign: str, former: Sequence[str] = ()
) -> list[WantedCall | Unusable]:
    """One value per row, in order. `former` are names of pipelines that asked for calls by their former identities.

    Raises KeyError where a column of the rules is missing.
    """
    rules = parameters.rules
    batch = _Asked(parameters, campaign, tuple(former))
    cells = _Cells(rows, rules)
    return [_read(position, addresses, cells, batch) for position in range(len(rows))]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all rows have in common."""

    parameters: Parameters
    campaign: str
    former: tuple[str, ...]


class _Cells:
    """The cells that matter, by row position, and which of them the source could not read faithfully."""

    def __init__(self, rows: Rows, rules: CallRules) -> None:
        used = {column for column, _ in rules.used_columns()}
        self.numbers: list[int] = rows.numbers.to_pylist()
        self._columns = {name: pc.utf8_trim_whitespace(rows.table.column(name)).to_pylist() for name in used}
        self._problems: dict[int, Unusable] = {}
        for problem in rows.problems:
            if problem.column in used or not problem.column:
                self._problems.setdefault(problem.row, Unusable(problem.row, problem.column, problem.reason))

    def problem(self, position: int) -> Unusable | None:
        return self._problems.get(self.numbers[position])

    def text(self, position: int, given: Given) -> str:
        return given.value or "" if given.column is None else self._columns[given.column][position]


def _read(position: int, addresses: Addresses, cells: _Cells, batch: _Asked) -> WantedCall | Unusable:
    parameters = batch.parameters
    rules, row = parameters.rules, cells.numbers[position]
    damaged = cells.problem(position)
    if damaged is not None:  # first, because what the source knows of a cell explains what its text looks like
        return damaged
    address = addresses.at(position)
    if address.key is None or address.number is None:
        return Unusable(row, rules.address, address.problem or NO_ADDRESS)
    try:
        texts = dict(_parameters(position, cells, rules))
        request = parameters.request(texts, address.number, dict(_variables(position, cells, rules)))
        zones = _zones(position, cells, rules, address.key)
    except NotUsable as fault:
        return Unusable(row, column_of(rules, fault.column), fault.reason)
    channel_flow = parameters.channel(texts["channel"]).call_flow_id
    known = (address.key, *aliases(address.key))
    people = [Who(parameters.catalogue.project_id, batch.campaign, key) for key in known]
    identity, *others = (identity_of(who, request, channel_flow=channel_flow) for who in people)
    former = (
        former_identity_of(name, who, request, channel_flow=channel_flow) for who in people for name in batch.former
    )
    return WantedCall(row, address.key, identity, request, address.note or "", known[1:], (*others, *former), zones)


def _zones(position: int, cells: _Cells, rules: CallRules, key: str) -> tuple[str, ...]:
    """Where hours matter: the zone that the row says, else those of the number. Raises NotUsable."""
    if rules.timing.hours is None:
        return ()
    text = cells.text(position, rules.timing.zone) if rules.timing.zone is not None else ""
    if not text:
        return zones_of(key)
    try:
        return (check_zone(text),)
    except NotUsable as fault:
        raise NotUsable(fault.reason, ZONE) from None


def _parameters(position: int, cells: _Cells, rules: CallRules) -> Iterator[tuple[str, str]]:
    for given in rules.parameters:
        text = cells.text(position, given)
        if text:
            yield given.name, text
        elif given.name in NEEDED:
            raise NotUsable("This cell is empty, so nobody knows how to call.", given.name)


def _variables(position: int, cells: _Cells, rules: CallRules) -> Iterator[tuple[str, str]]:
    """A blank cell is left out: Verboice then takes the contact's own value, as it does for an empty one (8.13)."""
    for given in rules.variables:
        text = cells.text(position, given)
        if text:
            try:
                check_value(text)
            except NotUsable as fault:
                raise NotUsable(fault.reason, f"vars.{given.name}") from None
            yield given.name, text


def column_of(rules: CallRules, name: str) -> str:
    """The source column behind a parameter or `vars.NAME`; "" for what no column gives."""
    named: dict[str, str | None] = {given.name: given.column for given in rules.parameters} | {
        f"vars.{given.name}": given.column for given in rules.variables
    }
    if rules.timing.zone is not None:
        named[ZONE] = rules.timing.zone.column
    return named.get(name) or ""
