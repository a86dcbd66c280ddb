"""The records of a CSV file as columns of text, with their row numbers.

Two ways give the same rows: pyarrow's reader, for files whose quotes are in order, and Python's, which is ten times
slower and reads what spreadsheet programs would still make sense of.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as pacsv

from connectors.errors import ConfigurationError
from connectors.sources.csv.dialect import Dialect

_CHUNK = 50_000
# More odd rows than this, and reading everything the slow way is the quicker one.
_MOST_IRREGULAR = 10_000


@dataclass(frozen=True, slots=True)
class Records:
    """The records under a header, cut or filled up to its width; blank ones included.

    table: a string column per header cell, named by its position. numbers: the row number of each record, ascending.
    longer: row → cells found, where more cells were filled than the header has; shorter: rows with fewer cells.
    """

    table: pa.Table
    numbers: npt.NDArray[np.int64]
    longer: Mapping[int, int]
    shorter: Sequence[int]

    def down_to(self, last: int) -> Records:
        """The same, with nothing said of the rows below the last one that counts."""
        longer = {row: cells for row, cells in self.longer.items() if row <= last}
        return replace(self, longer=longer, shorter=[row for row in self.shorter if row <= last])


def records_under(dialect: Dialect, content: bytes, where: str) -> Records:
    """Everything below the header. Raises ConfigurationError naming the row of a quote that is never closed."""
    body = memoryview(content)[dialect.header.end :]
    if len(dialect.delimiter.encode()) == 1 and len(body) and _quotes_are_tidy(body, dialect.delimiter):
        try:
            return _read_by_arrow(dialect, body)
        except pa.ArrowInvalid:  # a text longer than pyarrow's blocks, or too many irregular rows
            pass
    return _read_by_python(dialect, body, where)


def _quotes_are_tidy(body: memoryview, delimiter: str) -> bool:
    """Whether every quote opens or closes a whole cell, or is doubled inside one: then all readers agree."""
    content = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(content == ord('"'))
    if len(quotes) == 0 or len(quotes) % 2:
        return len(quotes) == 0
    borders = np.zeros(256, bool)
    borders[[ord(delimiter), ord("\n"), ord("\r"), ord('"')]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = borders[content[opening - 1]] | (opening == 0)
    after = borders[content[np.minimum(closing + 1, len(content) - 1)]]
    return bool(before.all() and after.all())


def _read_by_arrow(dialect: Dialect, body: memoryview) -> Records:
    names = _names(dialect)
    irregular: list[pacsv.InvalidRow] = []

    def keep(row: pacsv.InvalidRow) -> str:
        irregular.append(row)
        return "skip" if len(irregular) <= _MOST_IRREGULAR else "error"

    table = pacsv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        # One thread: only then are rows numbered, and it costs less processor time, too.
        read_options=pacsv.ReadOptions(use_threads=False, column_names=names),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    numbers = np.arange(1, table.num_rows + len(irregular) + 1) + dialect.header.number
    if not irregular:
        return Records(table, numbers, {}, ())
    rows = {row.number + dialect.header.number: _cells(row.text, dialect.delimiter) for row in irregular}
    spliced = pa.concat_tables([table, _table(list(rows.values()), names)])
    regular = np.setdiff1d(numbers, list(rows))
    order = np.argsort(np.concatenate([regular, np.fromiter(rows, np.int64)]), kind="stable")
    return Records(spliced.take(order), numbers, *_widths(rows, len(names)))


def _read_by_python(dialect: Dialect, body: memoryview, where: str) -> Records:
    names = _names(dialect)
    chunks = [_table([], names)]
    odd: dict[int, Sequence[str]] = {}
    rows: list[Sequence[str]] = []
    number = dialect.header.number
    for cells in _lenient(dialect, body, where):
        number += 1
        rows.append(cells)
        if len(cells) != len(names):
            odd[number] = cells
        if len(rows) >= _CHUNK:
            chunks.append(_table(rows, names))
            rows = []
    table = pa.concat_tables([*chunks, _table(rows, names)])
    return Records(table, np.arange(dialect.header.number + 1, number + 1), *_widths(odd, len(names)))


def _lenient(dialect: Dialect, body: memoryview, where: str) -> Iterator[Sequence[str]]:
    """Records as Python's reader cuts them. A record of several lines has to be quoted properly, or it has run on.

    A blank between delimiter and quote is left out, so that `1, "Takeo, Kirivong"` has two cells; with it, those before
    other cells.
    """
    lines: list[str] = []
    blanks = re.search(rb'(?:^|%b) +"' % re.escape(dialect.delimiter.encode()), body, re.MULTILINE) is not None

    def remembered() -> Iterator[str]:
        for line in io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""):
            lines.append(line)
            yield line

    number = dialect.header.number + 1
    try:
        for cells in csv.reader(remembered(), delimiter=dialect.delimiter, skipinitialspace=blanks):
            if len(lines) > 1:
                list(csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=blanks, strict=True))
            lines.clear()
            yield cells
            number += 1
    except csv.Error:
        raise ConfigurationError(
            f"{where}: row {number} has a quotation mark that is never closed properly, or a text of over "
            f"{csv.field_size_limit():,} characters.",
            hint="Correct that row, or save the file again from a spreadsheet program.",
        ) from None


def _names(dialect: Dialect) -> list[str]:
    return [str(position) for position in range(len(dialect.header.cells))]


def _cells(text: str, delimiter: str) -> Sequence[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _table(rows: Sequence[Sequence[str]], names: Sequence[str]) -> pa.Table:
    """Rows of any width as columns of text, missing cells as empty ones."""
    width = len(names)
    level = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in rows]
    columns = zip(*level, strict=True) if level else [()] * width
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(names))


def _widths(rows: Mapping[int, Sequence[str]], width: int) -> tuple[Mapping[int, int], Sequence[int]]:
    """Rows whose cells beyond the header's are filled, and rows that are shorter without being blank."""
    longer = {number: len(cells) for number, cells in rows.items() if any(cell.strip() for cell in cells[width:])}
    return longer, [number for number, cells in rows.items() if 0 < len(cells) < width]
