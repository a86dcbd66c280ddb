"""Text columns made to fit what a spreadsheet can hold: 32,767 characters in a cell, 16,384 columns, 1,048,576 rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

MOST_ROWS = 1_048_575
"""Rows below a header."""

MOST_COLUMNS = 16_384
_LONGEST_CELL = 32_767
_CUT_MARK = " … [cut here: too long for a cell]"
_NARROWEST = 9
_KINDS = (
    (r"^(0|-?[1-9]\d{0,6})$", pa.int64()),
    (r"^(0|-?[1-9]\d{0,6}|-?(0|[1-9]\d{0,6})\.\d{0,5}[1-9])$", pa.float64()),
    (r"^(19[1-9]|20\d)\d-\d\d-\d\d$", pa.date32()),
)
_ROWS_MEASURED = 200


def fitted(table: pa.Table) -> pa.Table:
    """`table` as plain text columns, with longer cells cut and visibly marked. Columns beyond the last are left out."""
    columns = [_fitted_column(column) for column in table.columns[:MOST_COLUMNS]]
    return pa.table(columns, names=[_cut(name) for name in table.column_names[:MOST_COLUMNS]])


def typed(table: pa.Table, *, but: str) -> pa.Table:
    """`table` with numbers and dates in the columns that hold nothing else, where a cell is read back as the very text
    it was. The column called `but` stays text, and so do codes: more than seven digits, or a zero before others."""
    columns = [
        column if name == but else _typed_column(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(columns, names=table.column_names)


def _typed_column(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    filled = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    for pattern, kind in _KINDS:
        if filled.null_count == len(filled) or not pc.all(pc.match_substring_regex(filled, pattern)).as_py():
            continue
        try:
            return filled.cast(kind)
        except pa.ArrowInvalid:  # the 30th of February
            continue
    return texts


def split_rows(table: pa.Table) -> Iterator[pa.Table]:
    """`table` in pieces of at most MOST_ROWS rows, without copying; one empty piece when it is empty."""
    for start in range(0, max(table.num_rows, 1), MOST_ROWS):
        yield table.slice(start, MOST_ROWS)


def widths(table: pa.Table, widest: int = 60) -> list[float]:
    """A readable width per column, in characters, judged by the header and the first rows."""
    first_rows = table.slice(0, _ROWS_MEASURED)
    longest = (pc.max(pc.utf8_length(column.cast(pa.string()))).as_py() or 0 for column in first_rows.columns)
    room_for_filter_button = 3
    return [
        float(min(max(_NARROWEST, len(name) + room_for_filter_button, length + 1), widest))
        for name, length in zip(table.column_names, longest, strict=True)
    ]


def well_formed(text: str) -> str:
    """`text` without the lone surrogates that stand for bytes of a file name that is not UTF-8; XML has no such."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _fitted_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    # Bytes are never fewer than the UTF-16 units that Excel counts, so this finds every candidate without decoding any.
    suspect = pc.greater(pc.binary_length(column), _LONGEST_CELL)
    if not pc.any(suspect).as_py():
        return column
    cut = [_cut(text) for text in column.filter(suspect).to_pylist()]
    return pc.replace_with_mask(column.combine_chunks(), suspect.combine_chunks(), pa.array(cut, column.type))


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST_CELL:
        return text
    return units[: 2 * (_LONGEST_CELL - len(_CUT_MARK))].decode("utf-16-le", "ignore") + _CUT_MARK
