"""Values of database drivers as text: the same rules as for spreadsheets, and what only databases have.

Decimals lose the zeros after their last digit (`38.00` → `38`), as a spreadsheet shows them; lists, objects and arrays
become JSON; UUIDs and other values their usual text; NULL nothing; bytes have no text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import TEXT_OF, plain_floats


def decimal_text(value: Decimal) -> str:
    """Plain digits without trailing zeros; `NaN` and `Infinity` as they are."""
    if not value.is_finite():
        return str(value)
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def value_text(value: object) -> str:
    """The text of one value of a driver. Bytes are the caller's to refuse; here they are empty."""
    known = TEXT_OF.get(type(value))
    if known is not None:
        return known(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return ""
    if isinstance(value, list | dict | tuple):
        return orjson.dumps(value, default=value_text, option=orjson.OPT_NON_STR_KEYS).decode()
    return str(value)


def values_column(values: Sequence[object], kinds: AbstractSet[type]) -> pa.Array:
    """The texts of a column's values, given their types; columns of one kind, NULLs aside, take a shortcut."""
    shortcut = _SHORTCUTS.get(next(iter(kinds - {type(None)}), str)) if len(kinds - {type(None)}) < 2 else None
    if shortcut is not None:
        try:
            texts = shortcut(values)
            return pc.fill_null(texts, "") if texts.null_count else texts
        except (pa.ArrowInvalid, OverflowError):  # integers of more than 64 bits, date-times with a zone
            pass
    return pa.array([value_text(value) for value in values], pa.string())


def _date_times(values: Sequence[object]) -> pa.Array:
    known = next((value for value in values if isinstance(value, dt.datetime)), None)
    if known is not None and known.tzinfo is not None:
        raise pa.ArrowInvalid  # pyarrow would write all of them in one zone
    stamps = pa.array(values, pa.timestamp("us"))
    try:
        return stamps.cast(pa.timestamp("s")).cast(pa.string())
    except pa.ArrowInvalid:  # with parts of a second
        return pc.replace_substring_regex(stamps.cast(pa.string()), r"\.?0+$", "")


_SHORTCUTS: dict[type, Callable[[Sequence[object]], pa.Array]] = {
    str: lambda values: pa.array(values, pa.string()),
    int: lambda values: pa.array(values, pa.int64()).cast(pa.string()),
    bool: lambda values: pa.array(values, pa.bool_()).cast(pa.string()),
    dt.date: lambda values: pa.array(values, pa.date32()).cast(pa.string()),
    dt.datetime: _date_times,
    float: lambda values: plain_floats(pa.array(values, pa.float64())),
}
