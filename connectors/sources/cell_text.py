"""How a cell of any source becomes text: the same value gives the same text, whichever file or database it came from.

| value | text |
| --- | --- |
| text | itself, untrimmed |
| 38.0, 38 | `38`; no exponent below 1e21 |
| 0.1 | `0.1`, the shortest decimal that is the same number; no exponent from 1e-7 on; of a sheet at most 15 digits |
| date, date-time, time | `2026-11-03`, `2026-11-03 14:30:00`, `14:30:00`; parts of a second only where there are any |
| length of time | `26:30:00` |
| yes/no | `true`, `false` |
| nothing | the empty text |
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UNREADABLE = "\ufdd0"
"""Stands where a byte is no text: a code point that Unicode keeps free for use inside a program."""

# Every integer below is one float and nothing else; above it a spreadsheet has already lost digits.
EXACT_FLOAT = 10**15
_DIGITS = 15


def number_text(value: float) -> str:
    """`38.0` → `38`, `1e-05` → `0.00001`; outside 1e-7…1e21 the exponent stays, as in JavaScript."""
    if value.is_integer() and abs(value) < EXACT_FLOAT:
        return str(int(value))
    if not math.isfinite(value) or not 1e-7 <= abs(value) < 1e21:
        return repr(value)
    plain = format(Decimal(repr(value)), "f")
    return plain.removesuffix(".0")


def sheet_number_text(value: float) -> str:
    """A number of a spreadsheet, which counts 15 digits: `0.30000000000000004` is shown, and meant, as `0.3`."""
    if value.is_integer() or not math.isfinite(value):
        return number_text(value)
    return number_text(float(f"{value:.15g}"))


def date_time_text(value: dt.datetime) -> str:
    """ISO with a blank between date and time, and the offset where the value has one."""
    text = value.isoformat(sep=" ")
    return _without_zero_fraction(text)


def time_text(value: dt.time) -> str:
    return _without_zero_fraction(value.isoformat())


def length_text(value: dt.timedelta) -> str:
    """Hours may exceed 24, as in a spreadsheet's `[h]:mm:ss`."""
    sign = "-" if value < dt.timedelta(0) else ""
    whole = abs(value)
    minutes, seconds = divmod(whole.days * 86_400 + whole.seconds, 60)
    fraction = f".{whole.microseconds:06d}".rstrip("0") if whole.microseconds else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{fraction}"


def _without_zero_fraction(text: str) -> str:
    """`14:30:00.120000+07:00` → `14:30:00.12+07:00`."""
    head, dot, tail = text.partition(".")
    return f"{head}.{tail[:6].rstrip('0')}{tail[6:]}" if dot else text


TEXT_OF: dict[type, Callable[..., str]] = {
    str: str,
    float: number_text,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.date: dt.date.isoformat,
    dt.datetime: date_time_text,
    dt.time: time_text,
    dt.timedelta: length_text,
    type(None): lambda _: "",
}


def _sheet_moment_text(value: dt.datetime) -> str:
    """A sheet keeps one number for a day and for its midnight."""
    return value.date().isoformat() if value.time() == dt.time() else date_time_text(value)


_OF_SHEET: dict[type, Callable[..., str]] = {**TEXT_OF, float: sheet_number_text, dt.datetime: _sheet_moment_text}


def cell_text(value: object) -> str:
    """The text of one cell of a sheet; see the table above."""
    return _OF_SHEET[type(value)](value)


def text_column(values: Sequence[object], kinds: AbstractSet[type]) -> pa.Array:
    """The texts of a column of a sheet, given the types of its values; one type alone takes a much faster shortcut."""
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {dt.date}:
        return pa.array(values, pa.date32()).cast(pa.string())
    if kinds == {float}:
        try:
            return _rounded(values, plain_floats(pa.array(values, pa.float64())))
        except pa.ArrowInvalid:
            pass
    return pa.array([_OF_SHEET[type(value)](value) for value in values], pa.string())


def _rounded(values: Sequence[Any], texts: pa.Array) -> pa.Array:
    """The texts with those of more digits than a spreadsheet counts made anew."""
    long = pc.indices_nonzero(pc.greater(pc.binary_length(texts), _DIGITS)).to_pylist()
    return with_texts(texts, {position: sheet_number_text(values[position]) for position in long})


def plain_floats(numbers: pa.Array) -> pa.Array:
    """`number_text` of many numbers, null of null. Raises pa.ArrowInvalid where pyarrow writes one differently."""
    numbers = pc.add(numbers, 0.0)  # turns -0.0 into 0.0
    size = pc.abs(numbers)
    if pc.all(pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(size, float(EXACT_FLOAT)))).as_py():
        return numbers.cast(pa.int64()).cast(pa.string())
    # In these bounds pyarrow writes the shortest decimal without an exponent, as Python does.
    if pc.all(pc.or_(pc.equal(size, 0.0), pc.and_(pc.greater(size, 1e-3), pc.less(size, 1e9)))).as_py():
        return pc.replace_substring_regex(numbers.cast(pa.string()), r"\.0$", "")
    raise pa.ArrowInvalid("a number that needs an exponent in one notation and not in the other")


def with_texts(column: pa.Array | pa.ChunkedArray, others: Mapping[int, str]) -> pa.Array | pa.ChunkedArray:
    """A column of texts with others at some positions."""
    if not others:
        return column
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    changed = np.zeros(len(whole), dtype=np.bool_)
    changed[list(others)] = True
    return pc.replace_with_mask(whole, pa.array(changed), pa.array([others[at] for at in sorted(others)], pa.string()))
