"""CSV files as rows of text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.errors import ConfigurationError
from connectors.sources.blank_rows import filled_positions, told_end, until_blank
from connectors.sources.cell_text import UNREADABLE
from connectors.sources.csv.cells import CsvCells
from connectors.sources.csv.dialect import DELIMITERS, Dialect, recognised
from connectors.sources.csv.encoding import Decoded, as_utf8
from connectors.sources.csv.records import Records, records_under
from connectors.sources.files import read_bytes
from connectors.sources.guards import without_guard
from connectors.sources.headers import columns_under
from connectors.sources.wanted_columns import wanted_names
from connectors.values import Rows

_END_OF_FILE = b"\x1a"  # what programs from the days of DOS close a text file with
_MOST_ZERO = 0.1


class CsvSource:
    """A CSV file in any usual encoding and with any usual delimiter.

    address: the header of the column with the phone numbers; it helps to find the header and the delimiter, and its
    cells are checked for numbers that a spreadsheet program has rounded.
    columns: headers of all columns that are wanted; only their cells are looked at. None: every column's.
    ends_at_blank: whether a blank row ends the list, so that totals and legends may follow.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        address: str | None = None,
        columns: Collection[str] | None = None,
        ends_at_blank: bool = False,
    ) -> None:
        self._path = Path(path)
        self._address = address
        self._columns = columns
        self._wanted = wanted_names(address, columns)
        self._ends_at_blank = ends_at_blank

    @property
    def stem(self) -> str:
        return self._path.stem

    def describe(self) -> str:
        """The source for people: the file."""
        return str(self._path)

    def read(self) -> Rows:
        """All rows under the header. Raises ConfigurationError for any file or header that cannot be used.

        Row numbers are those a spreadsheet program shows: line ends inside quotes do not count, blank lines do.
        """
        where = str(self._path)
        content = read_bytes(self._path)
        _refuse_workbooks(content, where)
        decoded = as_utf8(content.removesuffix(_END_OF_FILE), where)
        _refuse_zero_bytes(decoded.content, where)
        dialect = recognised(decoded.content, self._address, where)
        records = records_under(dialect, decoded.content, where)
        _refuse_mostly_longer(records, dialect, where)
        table, below = _without_blank_rows(records)
        kept = until_blank(below) if self._ends_at_blank else len(below)
        table, numbers = table.slice(0, kept), below[:kept]
        records = records.down_to(int(numbers[-1]) if kept else 0)
        header = [without_guard(cell.replace(UNREADABLE, "\ufffd")) for cell in dialect.header.cells]
        columns = columns_under(header, table.column, self._wanted, where)
        named = {name: table.column(position) for position, name in columns.names.items()}
        cells = CsvCells(named, numbers)
        cells.tell_repeated_headers(table, header)
        cells.tell_longer(records.longer, len(header))
        cells.look_at([name for name in named if self._columns is None or name in self._wanted], decoded)
        if self._address is not None:
            cells.tell_rounded(self._address)
        return Rows(
            pa.table(cells.columns),
            pa.array(numbers),
            self.stem,
            tuple(sorted(cells.problems, key=lambda problem: problem.row)),
            (*columns.notes, *_notes(decoded, dialect, records), *told_end(below, kept)),
            oddities=tuple(cells.oddities),
            missing=columns.missing,
            form=columns.form,
        )


def _refuse_workbooks(content: bytes, where: str) -> None:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ConfigurationError(f"{where} is a workbook, not CSV.", hint="Give it its own suffix, such as .xlsx.")


def _refuse_zero_bytes(content: bytes, where: str) -> None:
    """A zero byte in a cell is that cell's problem; many of them are no text."""
    if b"\x00" in content and content.count(b"\x00") > _MOST_ZERO * len(content):
        raise ConfigurationError(f"{where} is mostly zero bytes: it is damaged, or not text.", hint="Export it again.")


def _refuse_mostly_longer(records: Records, dialect: Dialect, where: str) -> None:
    """One row with a cell too many is that row's problem; most rows with one are the header's."""
    if 2 * len(records.longer) > len(records.numbers):
        width = len(dialect.header.cells)
        raise ConfigurationError(
            f"{where} names {width} column{'s' if width > 1 else ''} in row {dialect.header.number}, "
            "but most rows have more cells than that.",
            hint="Name every column in the header row (R does with `col.names = NA`).",
        )


def _without_blank_rows(records: Records) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    filled = filled_positions(records.table)
    if len(filled) == len(records.numbers):
        return records.table, records.numbers
    return records.table.take(filled), records.numbers[filled]


def _notes(decoded: Decoded, dialect: Dialect, records: Records) -> Iterator[str]:
    """What was decided on the user's behalf."""
    if decoded.note:
        yield decoded.note
    if dialect.delimiter != ",":
        yield f"The columns are separated by {DELIMITERS.get(dialect.delimiter, dialect.delimiter)}."
    if dialect.header.number != 1:
        yield f"The header is in row {dialect.header.number}; what stands above it was left out."
    if records.shorter:
        listed = ", ".join(map(str, records.shorter[:5])) + (", …" if len(records.shorter) > 5 else "")
        yield f"Rows with fewer cells than the header were read with blanks at their end: {listed}."
