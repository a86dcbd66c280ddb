"""Cells a spreadsheet program has damaged, told from their type and format. The text itself is judged elsewhere.

Reasons never repeat the number: they end in logs and reports, and the row shows it anyway.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import EXACT_FLOAT
from connectors.sources.workbooks.number_formats import shows_exponent
from connectors.sources.workbooks.sheet import Cell

_RETYPE = "Format the column as Text and type the number again from where it came from."
_KEEP_TEXT = "Keep phone numbers in a text column."
_EXPONENT_TEXT = r"^\s*[+-]?\d+([.,]\d+)?[eE][+-]?\d+\s*$"
# Errors in the languages spreadsheet programs speak: `#NAME?`, `#¡REF!`, `#ДЕЛ/0!`; those without a last sign by name.
_ERROR_TEXT = re.compile(
    r"#[¡¿]?[^\W\d_a-z]+(?:[/_][^\W_a-z]+)*[!?]|#(?:N/A(?: N/A)?|NV|N/D|N/DISP|Н/Д|GETTING_DATA)|Err:\d{3}"
)
_TOO_NARROW = re.compile(r"#{3,}")
EXPONENT = f"The number is written with an exponent (like 8.55E+11), so its last digits are lost. {_RETYPE}"
EXPONENT_IN_DATABASE = (
    f"The number is written with an exponent (like 8.55E+11), so its last digits are lost. {_KEEP_TEXT}"
)
ROUNDED = (
    "The number has at most six digits before its zeros, as is left of one that was once saved in the form 8.55E+11: "
    f"its last digits are probably lost. If it is right, keep it as text. {_RETYPE}"
)
_TOO_LONG = f"The number has more than 15 digits; a spreadsheet keeps 15 and puts zeros for the rest. {_RETYPE}"
_FRACTION = f"The cell holds a number with a fraction, which no phone number has. {_RETYPE}"
_DATE = f"The cell holds a date or time: what was typed was taken for one. {_RETYPE}"
NOT_A_NUMBER = "The cell holds what is no number ({}): a calculation failed. Correct it, or clear the cell."
NARROW = (
    "The cell shows nothing but number signs (###): its column was too narrow when the file was saved, and the value "
    "is lost. Widen the column and save the file again."
)
OUT_OF_CALENDAR = (
    "The cell is formatted as a date and holds a number that is none, which is shown as ###. Type the date again."
)
GAP = (
    "The cell has a byte that is no text (shown as \ufffd): the file is damaged there, or was put together from "
    "different ones. Type the cell again."
)
_LOGICAL = f"The cell holds a logical value (TRUE or FALSE), not a phone number. {_RETYPE}"


def error_reason(shows: str) -> str:
    """Why a cell that shows an error such as `#N/A` cannot be used."""
    return f"The cell shows the error {shows}. Correct its formula, or clear the cell."


UNCALCULATED = (
    "The cell has a formula whose result is not stored in the file. "
    "Open the file in a spreadsheet program, let it calculate, and save it again."
)


def number_damage(value: Cell, code: str = "") -> str:
    """What is wrong with a cell of an address column, given its number format; empty when nothing is."""
    if isinstance(value, bool):
        return _LOGICAL
    if isinstance(value, int | float):
        return _numeric_damage(value, code)
    return "" if isinstance(value, str) else _DATE


def _numeric_damage(number: float, code: str) -> str:
    if not math.isfinite(number):
        return NOT_A_NUMBER.format(number)
    if shows_exponent(code):
        return EXPONENT
    if abs(number) >= EXACT_FLOAT:
        return _TOO_LONG
    if number != int(number):
        return _FRACTION
    return ROUNDED if number >= 1e9 and number % 1e6 == 0 and _significant_digits(number) <= 6 else ""


def _significant_digits(number: float) -> int:
    return len(str(int(number)).rstrip("0"))


def error_texts(texts: pa.Array | pa.ChunkedArray) -> dict[int, str]:
    """Position → reason of texts that are what an error cell shows: a spreadsheet saved as CSV holds nothing else of
    it, nor does a result of ours, which is dropped in again."""
    suspects = pc.indices_nonzero(pc.or_(pc.starts_with(texts, "#"), pc.starts_with(texts, "Err:")))
    found = dict(zip(suspects.to_pylist(), texts.take(suspects).to_pylist(), strict=True))
    reasons = {at: error_reason(text) for at, text in found.items() if _ERROR_TEXT.fullmatch(text.strip())}
    return reasons | {at: NARROW for at, text in found.items() if _TOO_NARROW.fullmatch(text.strip())}


def exponent_texts(texts: pa.Array | pa.ChunkedArray) -> list[int]:
    """Positions of texts like `8.55E+11`."""
    suspects = pc.indices_nonzero(pc.or_(pc.match_substring(texts, "E"), pc.match_substring(texts, "e")))
    found = pc.match_substring_regex(texts.take(suspects), _EXPONENT_TEXT)
    return [int(position) for position in suspects.filter(found).to_pylist()]


def database_damage(values: Sequence[object], texts: pa.Array) -> dict[int, str]:
    """Position → what is wrong with values of an address column of a database; its integers and decimals are exact."""
    reasons = dict.fromkeys(exponent_texts(texts), EXPONENT_IN_DATABASE)
    if set(map(type, values)) <= {str, int, type(None)}:
        return reasons
    for position, value in enumerate(values):
        if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
            reasons[position] = f"The value is a {type(value).__name__}, not a phone number. {_KEEP_TEXT}"
        elif isinstance(value, float) and (not value.is_integer() or abs(value) >= EXACT_FLOAT):
            reasons[position] = f"The value is a floating-point number, which has lost digits. {_KEEP_TEXT}"
    return reasons
