"""Rows of text become statements about contacts: who is meant, and what each variable should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import CellProblem, Rows
from flows.contacts.columns import Flags, Labels, flags, one
from flows.contacts.people.address import AddressKeys, address_keys
from flows.contacts.rules import ContactRules, VariableRule

LONGEST_VALUE = (
    255  # characters; longer ones fail or are cut silently, depending on the server's database (API sheet 5.15)
)

_FOUR_BYTES = r"[\x{10000}-\x{10FFFF}]"  # the server's tables hold three-byte UTF-8 (API sheet 5.16)
# Line breaks and tabs are stored as they are (API sheet 5.9).
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]"
CONTROL_REASON = "The value has a control character, which nobody sees. Type it again."
_VALUE_FAULTS = (
    (_FOUR_BYTES, "The value has an emoji or another character that Verboice's database cannot store."),
    (CONTROL, CONTROL_REASON),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """What the rows say, column by column, as long as the rows.

    numbers: int64, the spreadsheet row of each.
    texts: string, the address as typed, without surrounding blanks.
    addresses: what they mean. A problem there is dismissed where Verboice turns out to have the address.
    desired: variable -> string column; null = the row says nothing about it (a blank that keeps), "" = clear it.
    raw: variable -> the cell before blanks were trimmed, null where `desired` is; a value that Verboice already
        stores like this is left alone.
    problems: string, null where there is nothing else to keep the row from being used; problem_columns: the column to
        look at.
    """

    numbers: pa.Array
    texts: pa.Array
    addresses: AddressKeys
    desired: Mapping[str, pa.Array]
    raw: Mapping[str, pa.Array]
    problems: pa.Array
    problem_columns: pa.Array

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def keys(self) -> pa.Array:
        """The person each row means; null where its address cannot be used by itself."""
        return self.addresses.keys

    @property
    def may_match(self) -> Flags:
        """Rows that mean somebody, or would if Verboice had the address as it stands."""
        return flags(self.addresses.anybody)

    @property
    def unusable(self) -> Flags:
        """Rows that cannot be used, unless Verboice has their address as it stands."""
        return flags(pc.or_(pc.is_valid(self.problems), pc.is_valid(self.addresses.problems)))


def normalise(rows: Rows, rules: ContactRules) -> Statements:
    """Every row as a statement about one contact. Raises KeyError where a column of the rules is missing."""
    cells = _column(rows, rules.address)
    addresses = address_keys(cells, rules.region, rules.addresses, header=rules.address)
    problems = _Problems(len(rows))
    # What the source knows of a cell comes before what its text looks like: `#REF!` is no phone number, and why.
    if rows.problems:
        problems.add_cells(_problems_of_use(rows, rules), one(rows.numbers))
    damaged = pa.array(~problems.reasons.missing())
    addresses = replace(addresses, problems=pc.if_else(damaged, None, addresses.problems))
    desired, raw = {}, {}
    for rule in rules.variables:
        desired[rule.name], raw[rule.name] = _desired(_cells(rows, rule), rule, rules)
        for fault in _value_faults(desired[rule.name]):
            problems.add(fault, rule.column or rule.name)
    return Statements(
        numbers=one(rows.numbers),
        texts=pc.utf8_trim_whitespace(cells),
        addresses=addresses,
        desired=desired,
        raw=raw,
        problems=problems.reasons.column(),
        problem_columns=problems.columns.column(),
    )


def _column(rows: Rows, name: str) -> pa.Array:
    return one(rows.table.column(name))


def _cells(rows: Rows, rule: VariableRule) -> pa.Array:
    if rule.column is not None:
        return _column(rows, rule.column)
    return pa.repeat(rule.constant or "", len(rows))


def _problems_of_use(rows: Rows, rules: ContactRules) -> list[CellProblem]:
    """What the source says of the cells that are used, except those whose text counts as an empty cell."""
    used = {*rules.columns, ""}
    cells = [cell for cell in rows.problems if cell.column in used]
    if not rules.blanks:
        return cells
    places = pc.index_in(pa.array([cell.row for cell in cells], pa.int64()), value_set=one(rows.numbers)).to_pylist()
    return [cell for cell, at in zip(cells, places, strict=True) if not _is_blank(rows, rules, cell.column, at)]


def _is_blank(rows: Rows, rules: ContactRules, column: str, position: int | None) -> bool:
    if position is None or column in {"", rules.address}:
        return False
    return rows.table.column(column)[position].as_py().strip() in rules.blanks


def _desired(cells: pa.Array, rule: VariableRule, rules: ContactRules) -> tuple[pa.Array, pa.Array]:
    """The value each cell asks for, and the cell as it stood. Surrounding blanks never matter in a call flow's
    comparisons; Verboice's own importer drops them too (API sheet 11.11)."""
    trimmed = pc.utf8_trim_whitespace(cells)
    if trimmed.equals(cells):
        trimmed = cells  # one column instead of two, in memory and wherever they are compared
    if rule.column is None:
        return trimmed, cells  # a constant means what it says, an empty one too
    silence = "" if rule.blank == "clear" else None
    silent = _says_nothing(trimmed, rules.blanks)
    cleared = pc.equal(trimmed, rules.clear_marker)
    desired = trimmed
    if pc.any(cleared).as_py():
        desired = pc.if_else(cleared, "", desired)
    if pc.any(silent).as_py():
        desired = pc.if_else(silent, silence, desired)
    if trimmed is cells:
        return desired, desired
    return desired, pc.if_else(pc.or_(cleared, silent), desired, cells)


def _says_nothing(trimmed: pa.Array, blanks: tuple[str, ...]) -> pa.Array:
    if not blanks:
        return pc.equal(trimmed, "")
    return pc.is_in(trimmed, value_set=pa.array(["", *blanks]))


def _value_faults(values: pa.Array) -> list[pa.Array]:
    """For each kind of unusable value a column of reasons, null where the value is fine."""
    too_long = pc.greater(pc.utf8_length(values), LONGEST_VALUE)
    faults = []
    if pc.any(too_long).as_py():
        lengths = pc.cast(pc.utf8_length(values), pa.string())
        reason = pc.binary_join_element_wise(
            "The value has ", lengths, f" characters; Verboice stores at most {LONGEST_VALUE}.", ""
        )
        faults.append(pc.if_else(too_long, reason, None))
    if not _has_rare_bytes(values):
        return faults
    for pattern, text in _VALUE_FAULTS:
        hit = pc.match_substring_regex(values, pattern)
        if pc.any(hit).as_py():
            faults.append(pc.if_else(hit, text, None))
    return faults


def _has_rare_bytes(values: pa.Array) -> bool:
    """Whether a byte occurs that a control or four-byte character has in UTF-8 and ordinary text has not; in a tenth
    of the time of looking for the characters. It may be found in values that are null now, or in harmless ones."""
    _, offsets, data = values.buffers()
    if data is None:
        return False
    first, last = np.frombuffer(offsets, dtype=np.int32)[[values.offset, values.offset + len(values)]]
    found = np.frombuffer(data, dtype=np.uint8)[first:last]
    lowest, highest = found.min(initial=0x20), found.max(initial=0)
    return bool(lowest < 0x20 or highest >= 0xF0 or (found == 0x7F).any() or (found == 0xC2).any())


def value_problem(value: str) -> str | None:
    """What keeps Verboice from storing one value, or None."""
    faults = _value_faults(pa.array([value]))
    return str(faults[0][0]) if faults else None


class _Problems:
    """The first problem of each row wins; later ones of the same row would only repeat that it cannot be used."""

    def __init__(self, length: int) -> None:
        self.reasons = Labels(length)
        self.columns = Labels(length)

    def add(self, reasons: pa.Array, column: str) -> None:
        """Reasons as long as the rows, null where there is none."""
        positions = np.flatnonzero(flags(pc.is_valid(reasons)) & self.reasons.missing())
        self.reasons.put_each(positions, pc.take(reasons, pa.array(positions)))
        self.columns.put(positions, column)

    def add_cells(self, cells: Iterable[CellProblem], numbers: pa.Array) -> None:
        """Cells the source could not read faithfully; `numbers` are the rows'."""
        first: dict[int, CellProblem] = {}
        for cell in cells:
            first.setdefault(cell.row, cell)
        places = pc.index_in(pa.array(list(first), pa.int64()), value_set=numbers).to_pylist()
        for position, cell in zip(places, first.values(), strict=True):
            if position is not None:
                self.reasons.put(position, cell.reason)
                self.columns.put(position, cell.column)
