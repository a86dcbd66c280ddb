"""Rows of text become call requests: who is rung, with what variables, when. A row that cannot says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import CallRequest, Rows
from flows.calls.coercion import check_value
from flows.calls.identity import Who, former_identity_of, identity_of
from flows.calls.parameters import Parameters
from flows.calls.rules import NEEDED, CallRules, Given, NotUsable
from flows.contacts.address import address_keys


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A row that asks for a call. `key` is the person (`flows.contacts.address`), `note` tells of a repair.

    former: identities that earlier versions knew the same call by.
    """

    row: int
    key: str
    identity: str
    request: CallRequest
    note: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that cannot be used as it stands, with the column to look at ("" = the row as a whole)."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The address column: `texts` as typed without surrounding blanks; keys and problems exclude each other."""

    texts: tuple[str, ...]
    keys: tuple[str | None, ...]
    problems: tuple[str | None, ...]
    notes: tuple[str | None, ...]


def read_addresses(rows: Rows, rules: CallRules) -> Addresses:
    """Who is meant by each row."""
    cells = rows.table.column(rules.address).combine_chunks()
    found = address_keys(cells, rules.region)
    columns = (pc.utf8_trim_whitespace(cells), found.keys, found.problems, found.notes)
    return Addresses(*(tuple(column.to_pylist()) for column in columns))


def select(
    addresses: Addresses, *, only: Sequence[str] = (), limit: int | None = None, region: str | None = None
) -> list[int]:
    """Positions of the rows of a careful first try: those of the addresses in `only`, and the first `limit` of them."""
    wanted = [text.strip() for text in only]
    keys = set(address_keys(pa.array(wanted, pa.string()), region).keys.drop_null().to_pylist())
    chosen = [
        position
        for position, (text, key) in enumerate(zip(addresses.texts, addresses.keys, strict=True))
        if not only or key in keys or text in wanted
    ]
    return chosen if limit is None else chosen[:limit]


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
    key = addresses.keys[position]
    if key is None:
        return Unusable(row, rules.address, addresses.problems[position] or "There is no address in this row.")
    # A phone number that Verboice does not have yet is dialled as its digits, with a region those of E.164, as its own
    # importer stores them (API sheet 11.6); anything else goes as it was typed.
    dialled = key if key.isdigit() else addresses.texts[position]
    try:
        texts = dict(_parameters(position, cells, rules))
        request = parameters.request(texts, dialled, dict(_variables(position, cells, rules)))
    except NotUsable as fault:
        return Unusable(row, column_of(rules, fault.column), fault.reason)
    channel_flow = parameters.channel(texts["channel"]).call_flow_id
    who = Who(parameters.catalogue.project_id, batch.campaign, key)
    identity = identity_of(who, request, channel_flow=channel_flow)
    former = tuple(former_identity_of(name, who, request, channel_flow=channel_flow) for name in batch.former)
    return WantedCall(row, key, identity, request, addresses.notes[position] or "", former)


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
    named: Mapping[str, str | None] = {given.name: given.column for given in rules.parameters} | {
        f"vars.{given.name}": given.column for given in rules.variables
    }
    return named.get(name) or ""
