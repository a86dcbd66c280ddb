"""The delimiter of a CSV file, and where its header is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.sources.headers import header_position
from connectors.sources.wanted_columns import without_case

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}

_START = 256 * 1024
_RECORDS = 100
# Excel's own first line that names the delimiter; spreadsheet programs do not show it as a row.
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: its number as a spreadsheet program counts rows, its cells, and the byte its successor begins at."""

    number: int
    cells: Sequence[str]
    end: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is to be cut, and its header record."""

    delimiter: str
    header: CsvRecord


def recognised(content: bytes, address: str | None, where: str) -> Dialect:
    """Delimiter and header of UTF-8 content, judged by its first records.

    Raises ConfigurationError when nothing is in the file, or no row has the address column.
    """
    start = content[:_START].decode(errors="ignore")
    named = _SEP_LINE.match(start)
    skipped = named.end() if named else 0
    candidates = [named[1]] if named else list(DELIMITERS)
    records = {d: list(_records(start, d, skipped)) for d in candidates}
    delimiter = max(candidates, key=lambda d: _fitness(records[d], address))
    at = header_position([r.cells for r in records[delimiter]], address, where)
    return Dialect(delimiter, records[delimiter][at])


def _records(text: str, delimiter: str, skipped: int) -> Iterator[CsvRecord]:
    """The first records that are not blank."""
    end = len(text[:skipped].encode())

    def lines() -> Iterator[str]:
        nonlocal end
        for line in io.StringIO(text[skipped:], newline=""):
            end += len(line.encode())
            yield line

    try:
        for number, cells in enumerate(csv.reader(lines(), delimiter=delimiter, skipinitialspace=True), 1):
            if any(cell.strip() for cell in cells):
                yield CsvRecord(number, cells, end)
            if number >= _RECORDS:
                return
    except csv.Error:  # a text too long for this delimiter's reading; what came before still tells
        return


def _fitness(records: Sequence[CsvRecord], address: str | None) -> tuple[bool, float, int]:
    """Better delimiters give the address column, then more records of one width, then more columns."""
    widths = [len(record.cells) for record in records]
    usual = max(widths, key=lambda width: (widths.count(width), width), default=1)
    has_address = address is not None and any(
        without_case(cell) == without_case(address) for record in records for cell in record.cells
    )
    return has_address, widths.count(usual) / len(widths) if usual > 1 else 0.0, usual
