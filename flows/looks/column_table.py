"""How a pipeline reads the columns it uses: as what, how many cells of which kind, and the odd ones with an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows import wiring
from flows.contacts.address import AddressKeys, address_keys
from flows.contacts.columns import flags, one
from flows.contacts.normalise import Statements, normalise
from flows.contacts.reading.number import AddressRules
from flows.contacts.reading.plan import plan_of_region
from flows.contacts.regions import region_advice
from flows.settings import Pipeline

_LOOKED_AT = 1_000  # rows by which a region is judged
_MOST_ODD = 5  # kinds of odd cells told per column


@dataclass(frozen=True, slots=True)
class Odd:
    """Cells of one kind: how many, what is odd about them, and the row of the first."""

    count: int
    what: str
    row: int


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """One column: what it is used as, what its cells are read as, and those that are odd."""

    column: str
    used_as: str
    read_as: str
    odd: tuple[Odd, ...]


@dataclass(frozen=True, slots=True)
class SourceReading:
    """All columns that are used. unusable: rows that cannot be used. advice: about the region, "" for none."""

    columns: tuple[ColumnReading, ...]
    unusable: int
    advice: str


def read_source(pipeline: Pipeline, rows: Rows) -> SourceReading:
    """The source as the pipeline reads it."""
    column, region = pipeline.source.address, pipeline.source.region
    statements = None if pipeline.contacts is None else normalise(rows, wiring.contact_rules(pipeline))
    read = _addresses(rows, column, region, wiring.address_rules(pipeline))
    address = ColumnReading(column, "address", _kinds(read, region), tuple(_odd_addresses(read, rows)))
    unusable = flags(pc.is_valid(read.problems)) if statements is None else statements.unusable
    texts = one(rows.table.column(column)).slice(0, _LOOKED_AT).to_pylist()
    variables = () if statements is None else _variables(pipeline, statements)
    return SourceReading((address, *variables), int(unusable.sum()), region_advice(texts, region))


def _addresses(rows: Rows, column: str, region: str | None, rules: AddressRules) -> AddressKeys:
    return address_keys(one(rows.table.column(column)), region, rules, header=column)


def _kinds(read: AddressKeys, region: str | None) -> str:
    """How many numbers of the country, of others, and SIP addresses there are."""
    numbers = pc.drop_null(read.numbers)
    digits = flags(pc.match_substring_regex(numbers, "^[0-9]+$"))
    home = digits if region is None else flags(pc.starts_with(numbers, plan_of_region(region).code)) & digits
    counted = (
        (int(home.sum()), "numbers as they stand" if region is None else f"numbers of {region}"),
        (int((digits & ~home).sum()), "numbers of other countries"),
        (int((~digits).sum()), "SIP addresses"),
    )
    return _told(counted)


def _told(counted: Iterable[tuple[int, str]]) -> str:
    return "; ".join(f"{what}: {count:,}" for count, what in counted if count) or "nothing"


def _odd_addresses(read: AddressKeys, rows: Rows) -> Iterator[Odd]:
    yield from _grouped(read.problems, rows.numbers)
    yield from _grouped(read.notes, rows.numbers)


def _variables(pipeline: Pipeline, statements: Statements) -> Iterator[ColumnReading]:
    for rule in wiring.contact_rules(pipeline).variables:
        if rule.column is not None:
            said = statements.desired[rule.name]
            cleared = pc.sum(pc.equal(said, "")).as_py() or 0
            filled = len(said) - said.null_count - cleared
            read_as = _told(((filled, "texts"), (said.null_count, "blank, kept"), (cleared, "cleared")))
            mine = pc.equal(statements.problem_columns, rule.column)
            problems = pc.if_else(mine, statements.problems, pa.scalar(None, pa.string()))
            odd = tuple(_grouped(problems, statements.numbers))
            yield ColumnReading(rule.column, f"variable {rule.name}", read_as, odd)


def _grouped(texts: pa.Array, numbers: pa.Array) -> Iterator[Odd]:
    """The most frequent of the texts that are not null, each with the row it stands in first."""
    encoded = pc.dictionary_encode(texts)
    rows = np.flatnonzero(flags(pc.is_valid(texts)))
    codes = encoded.indices.take(pa.array(rows)).to_numpy()
    kinds, first, counts = np.unique(codes, return_index=True, return_counts=True)
    for place in np.argsort(-counts, kind="stable")[:_MOST_ODD].tolist():
        row = numbers[int(rows[first[place]])].as_py()
        yield Odd(int(counts[place]), encoded.dictionary[int(kinds[place])].as_py(), row)


def lines(readings: Sequence[ColumnReading]) -> Iterator[str]:
    """The table as text, the columns aligned."""
    listed = [("column", "used as", "read as"), *((one.column, one.used_as, one.read_as) for one in readings)]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    odd: list[tuple[Odd, ...]] = [(), *(reading.odd for reading in readings)]
    for cells, strange in zip(listed, odd, strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        yield from (f"  {one.count:,} × {one.what} (first in row {one.row})" for one in strange)
