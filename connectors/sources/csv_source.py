"""CSV files as rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError
from connectors.sources.blank_rows import filled_positions
from connectors.sources.csv_dialect import DELIMITERS, Dialect, recognised
from connectors.sources.csv_encoding import as_utf8
from connectors.sources.csv_records import Records, records_under
from connectors.sources.damage import EXPONENT, error_texts, exponent_texts
from connectors.sources.files import read_bytes
from connectors.sources.headers import named_columns
from connectors.values import CellProblem, Rows

_END_OF_FILE = b"\x1a"  # what programs from the days of DOS close a text file with


class CsvSource:
    """A CSV file in any usual encoding and with any usual delimiter.

    address: the header of the column with the phone numbers; it helps to find the header and the delimiter, and its
    cells are checked for numbers that a spreadsheet program has rounded.
    """

    def __init__(self, path: Path | str, *, address: str | None = None) -> None:
        self._path = Path(path)
        self._address = address

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
        content, encoding_note = as_utf8(content.removesuffix(_END_OF_FILE), where)
        _refuse_zero_bytes(content, where)
        dialect = recognised(content, self._address, where)
        records = records_under(dialect, content, where)
        _refuse_mostly_longer(records, dialect, where)
        table, numbers = _without_blank_rows(records)
        names = named_columns(dialect.header.cells, lambda position: _is_filled(table.column(position)), where)
        table = pa.table({name: table.column(position) for position, name in names.items()})
        problems = [
            *_longer(records.longer, len(dialect.header.cells)),
            *_errors(table, numbers),
            *self._rounded(table, numbers),
        ]
        notes = [note for note in (encoding_note, *_notes(dialect, records)) if note]
        problems.sort(key=lambda problem: problem.row)
        return Rows(table, pa.array(numbers), self.stem, tuple(problems), tuple(notes))

    def _rounded(self, table: pa.Table, numbers: npt.NDArray[np.int64]) -> Iterator[CellProblem]:
        if self._address is not None:
            name = self._address.strip()
            for position in exponent_texts(table.column(name)):
                yield CellProblem(int(numbers[position]), name, EXPONENT)


def _errors(table: pa.Table, numbers: npt.NDArray[np.int64]) -> Iterator[CellProblem]:
    """Cells that showed an error when the file was saved from a spreadsheet."""
    for name in table.column_names:
        for position, reason in error_texts(table.column(name)).items():
            yield CellProblem(int(numbers[position]), name, reason)


def _refuse_workbooks(content: bytes, where: str) -> None:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ConfigurationError(f"{where} is a workbook, not CSV.", hint="Give it its own suffix, such as .xlsx.")


def _refuse_zero_bytes(content: bytes, where: str) -> None:
    zero = content.find(b"\x00")
    if zero >= 0:
        line = content.count(b"\n", 0, zero) + 1
        raise ConfigurationError(
            f"{where} has a zero byte in line {line}: it is damaged, or not text.", hint="Export or copy it again."
        )


def _refuse_mostly_longer(records: Records, dialect: Dialect, where: str) -> None:
    """One row with a cell too many is that row's problem; most rows with one are the header's."""
    if 2 * len(records.longer) > len(records.numbers):
        width = len(dialect.header.cells)
        raise ConfigurationError(
            f"{where} names {width} column{'s' if width > 1 else ''} in row {dialect.header.number}, "
            "but most rows have more cells than that.",
            hint="Name every column in the header row.",
        )


def _without_blank_rows(records: Records) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    filled = filled_positions(records.table)
    if len(filled) == len(records.numbers):
        return records.table, records.numbers
    return records.table.take(filled), records.numbers[filled]


def _is_filled(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py())


def _longer(longer: Mapping[int, int], width: int) -> Iterator[CellProblem]:
    for row, cells in longer.items():
        yield CellProblem(
            row,
            "",
            f"The row has {cells} cells, the header {width}: is a text with the delimiter in it not in quotes?",
        )


def _notes(dialect: Dialect, records: Records) -> Iterator[str]:
    """What was decided on the user's behalf."""
    if dialect.delimiter != ",":
        yield f"The columns are separated by {DELIMITERS.get(dialect.delimiter, dialect.delimiter)}."
    if dialect.header.number != 1:
        yield f"The header is in row {dialect.header.number}; what stands above it was left out."
    if records.shorter:
        listed = ", ".join(map(str, records.shorter[:5])) + (", …" if len(records.shorter) > 5 else "")
        yield f"Rows with fewer cells than the header were read with blanks at their end: {listed}."
