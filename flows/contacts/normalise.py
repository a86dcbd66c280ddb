"""Rows of text become statements about contacts: who is meant, and what each variable should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.contacts.address import address_keys
from flows.contacts.rules import ContactRules, VariableRule

LONGEST_VALUE = (
    255  # characters; longer ones fail or are cut silently, depending on the server's database (API sheet 5.15)
)

_FOUR_BYTES = r"[\x{10000}-\x{10FFFF}]"  # the server's tables hold three-byte UTF-8 (API sheet 5.16)
_CONTROL = r"\p{Cc}"
_VALUE_FAULTS = (
    (_FOUR_BYTES, "The value has an emoji or another character that Verboice's database cannot store."),
    (_CONTROL, "The value has a line break or another control character."),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """What the rows say, column by column, as long as the rows.

    numbers: int64, the spreadsheet row of each.
    texts: string, the address as typed, without surrounding blanks.
    keys: string, null where the address cannot be used (see `flows.contacts.address`).
    desired: variable -> string column; null = the row says nothing about it (a blank that keeps), "" = clear it.
    raw: variable -> the cell before blanks were trimmed, null where `desired` is; a value that Verboice already
        stores like this is left alone.
    problems: string, null for a usable row; problem_columns: the column to look at.
    notes: string, mostly null: what was repaired.
    """

    numbers: pa.Array
    texts: pa.Array
    keys: pa.Array
    desired: Mapping[str, pa.Array]
    raw: Mapping[str, pa.Array]
    problems: pa.Array
    problem_columns: pa.Array
    notes: pa.Array

    def __len__(self) -> int:
        return len(self.numbers)


def normalise(rows: Rows, rules: ContactRules) -> Statements:
    """Every row as a statement about one contact. Raises KeyError where a column of the rules is missing."""
    addresses = _column(rows, rules.address)
    found = address_keys(addresses, rules.region)
    problems = _Problems(len(rows))
    problems.add(found.problems, rules.address)
    _add_cell_problems(problems, rows, rules)
    desired, raw = {}, {}
    for rule in rules.variables:
        cells = _cells(rows, rule)
        desired[rule.name], raw[rule.name] = _desired(cells, rule, rules.clear_marker)
        for fault in _value_faults(desired[rule.name]):
            problems.add(fault, rule.column or rule.name)
    return Statements(
        numbers=_one(rows.numbers),
        texts=pc.utf8_trim_whitespace(addresses),
        keys=found.keys,
        desired=desired,
        raw=raw,
        problems=pa.array(problems.reasons, pa.string()),
        problem_columns=pa.array(problems.columns, pa.string()),
        notes=found.notes,
    )


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _column(rows: Rows, name: str) -> pa.Array:
    return _one(rows.table.column(name))


def _cells(rows: Rows, rule: VariableRule) -> pa.Array:
    if rule.column is not None:
        return _column(rows, rule.column)
    return pa.repeat(pa.scalar(rule.constant or "", pa.string()), len(rows))


def _desired(cells: pa.Array, rule: VariableRule, clear_marker: str) -> tuple[pa.Array, pa.Array]:
    """The value each cell asks for, and the cell as it stood. Surrounding blanks never matter in a call flow's
    comparisons; Verboice's own importer drops them too (API sheet 11.11)."""
    trimmed = pc.utf8_trim_whitespace(cells)
    cleared = pc.equal(trimmed, clear_marker) if clear_marker else pa.repeat(pa.scalar(False), len(cells))
    blank = pc.equal(trimmed, "")
    if rule.column is None:
        return trimmed, cells  # a constant means what it says, an empty one too
    silence = pa.scalar("" if rule.blank == "clear" else None, pa.string())
    empty = pa.scalar("", pa.string())
    desired = pc.if_else(blank, silence, pc.if_else(cleared, empty, trimmed))
    return desired, pc.if_else(pc.or_(cleared, blank), desired, cells)


def _value_faults(values: pa.Array) -> list[pa.Array]:
    """For each kind of unusable value a column of reasons, null where the value is fine."""
    too_long = pc.greater(pc.utf8_length(values), LONGEST_VALUE)
    faults = []
    if pc.any(too_long).as_py():
        lengths = pc.cast(pc.utf8_length(values), pa.string())
        reason = pc.binary_join_element_wise(
            "The value has ", lengths, f" characters; Verboice stores at most {LONGEST_VALUE}.", ""
        )
        faults.append(pc.if_else(too_long, reason, pa.scalar(None, pa.string())))
    for pattern, text in _VALUE_FAULTS:
        hit = pc.match_substring_regex(values, pattern)
        if pc.any(hit).as_py():
            faults.append(pc.if_else(hit, pa.scalar(text), pa.scalar(None, pa.string())))
    return faults


class _Problems:
    """The first problem of each row wins; later ones of the same row would only repeat that it cannot be used."""

    def __init__(self, length: int) -> None:
        self.reasons: npt.NDArray[np.object_] = np.full(length, None, dtype=object)
        self.columns: npt.NDArray[np.object_] = np.full(length, None, dtype=object)

    def add(self, reasons: pa.Array, column: str) -> None:
        for position in np.flatnonzero(pc.is_valid(reasons).to_numpy(zero_copy_only=False)).tolist():
            self.add_at(position, reasons[position].as_py(), column)

    def add_at(self, position: int, reason: str, column: str) -> None:
        if self.reasons[position] is None:
            self.reasons[position] = reason
            self.columns[position] = column


def _add_cell_problems(problems: _Problems, rows: Rows, rules: ContactRules) -> None:
    """Cells the source could not read faithfully count where the pipeline uses their column."""
    if not rows.problems:
        return
    wanted = set(rules.columns) | {""}
    position_of = {number: position for position, number in enumerate(_one(rows.numbers).to_pylist())}
    for problem in rows.problems:
        if problem.column in wanted and problem.row in position_of:
            problems.add_at(position_of[problem.row], problem.reason, problem.column)
