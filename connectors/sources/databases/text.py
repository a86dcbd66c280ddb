"""Values of database drivers as text: the same rules as for spreadsheets, and what only databases have.

Decimals lose the zeros after their last digit (`38.00` → `38`), as a spreadsheet shows them; lists, objects and arrays
become JSON; UUIDs and other values their usual text; NULL nothing; bytes have no text.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import TEXT_OF, plain_floats
from connectors.sources.databases.lenient import NotText, OutOfRange


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


_BYTES = "The cell holds bytes (a file or picture), which have no text. Leave the column out of the query."
_OUT_OF_RANGE = "The cell holds a date or time that no calendar here has ({}). Correct it in the database."
_NOT_TEXT = "The cell has a byte that is no text (shown as \ufffd). Correct it in the database."
_NO_NUMBER = "The cell holds what is no number ({}). Correct it in the database."


# Kinds of values of which each has a text.
_SOUND = frozenset({str, int, bool, dt.date, dt.datetime, dt.time, dt.timedelta, type(None)})
_NO_NUMBERS = pa.array(["nan", "inf", "-inf", "NaN", "sNaN", "Infinity", "-Infinity"])


def may_be_unreadable(kinds: AbstractSet[type], texts: pa.Array) -> bool:
    """Whether values of these kinds have to be looked at one by one."""
    odd = kinds - _SOUND
    if odd <= {float, Decimal}:
        return bool(odd) and bool(pc.any(pc.is_in(texts, value_set=_NO_NUMBERS)).as_py())
    return True


def unreadable(values: Sequence[object]) -> dict[int, str]:
    """Position → reason of the values that have no text, or one that means nothing."""
    found = ((position, _reason(value)) for position, value in enumerate(values))
    return {position: reason for position, reason in found if reason}


def _reason(value: object) -> str:
    match value:
        case OutOfRange():
            return _OUT_OF_RANGE.format(value)
        case NotText():
            return _NOT_TEXT
        case bytes() | bytearray() | memoryview():
            return _BYTES
        case float() | Decimal() if not math.isfinite(value):
            return _NO_NUMBER.format(value)
    return ""


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
