"""Values of database drivers as text: the same rules as for spreadsheets, and what only databases have.

Decimals lose the zeros after their last digit (`38.00` → `38`), as a spreadsheet shows them; lists, objects and arrays
become JSON; UUIDs and other values their usual text; NULL nothing; bytes have no text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import TEXT_OF, text_column


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


def values_column(values: Sequence[object]) -> pa.Array:
    """The texts of a column's values; columns of one kind, NULLs aside, take a shortcut."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return pc.fill_null(pa.array(values, pa.string()), "")
    if kinds == {int}:
        try:
            return pc.fill_null(pa.array(values, pa.int64()).cast(pa.string()), "")
        except pa.ArrowInvalid:  # integers of more than 64 bits
            pass
    if kinds == {dt.datetime} and not any(value is not None and value.tzinfo for value in values):
        stamps = pa.array(values, pa.timestamp("us")).cast(pa.string())
        return pc.fill_null(pc.replace_substring_regex(stamps, r"\.?0+$", ""), "")
    if None not in values and kinds <= {float, dt.date}:
        return text_column(values)
    return pa.array([value_text(value) for value in values], pa.string())
