"""Cells a spreadsheet program has damaged, told from their type and format. The text itself is judged elsewhere.

Reasons never repeat the number: they end in logs and reports, and the row shows it anyway.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import EXACT_FLOAT
from connectors.sources.number_formats import shown, shows_exponent
from connectors.sources.sheet import Cell
from connectors.values import CellProblem

_RETYPE = "Format the column as Text and type the number again from where it came from."
_KEEP_TEXT = "Keep phone numbers in a text column."
_EXPONENT_TEXT = r"^\s*[+-]?\d+([.,]\d+)?[eE][+-]?\d+\s*$"
_ERROR_TEXT = re.compile(r"#(N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|SPILL!|CALC!)|Err:5\d\d")
EXPONENT = f"The number is written with an exponent (like 8.55E+11), so its last digits are lost. {_RETYPE}"
EXPONENT_IN_DATABASE = (
    f"The number is written with an exponent (like 8.55E+11), so its last digits are lost. {_KEEP_TEXT}"
)
_ROUNDED = (
    "The number has at most six digits before its zeros, as is left of one that was once saved in the form 8.55E+11: "
    f"its last digits are probably lost. If it is right, keep it as text. {_RETYPE}"
)
_TOO_LONG = f"The number has more than 15 digits; a spreadsheet keeps 15 and puts zeros for the rest. {_RETYPE}"
_FRACTION = f"The cell holds a number with a fraction, which no phone number has. {_RETYPE}"
_DATE = f"The cell holds a date or time: what was typed was taken for one. {_RETYPE}"
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
    if shows_exponent(code):
        return EXPONENT
    if abs(number) >= EXACT_FLOAT:
        return _TOO_LONG
    if number != int(number):
        return _FRACTION
    return _ROUNDED if number >= 1e9 and number % 1e6 == 0 and _significant_digits(number) <= 6 else ""


def _significant_digits(number: float) -> int:
    return len(str(int(number)).rstrip("0"))


def error_texts(texts: pa.Array | pa.ChunkedArray) -> dict[int, str]:
    """Position → reason of texts that are what an error cell shows: a spreadsheet saved as CSV holds nothing else of
    it, nor does a result of ours, which is dropped in again."""
    suspects = pc.indices_nonzero(pc.or_(pc.starts_with(texts, "#"), pc.starts_with(texts, "Err:5")))
    found = zip(suspects.to_pylist(), texts.take(suspects).to_pylist(), strict=True)
    return {position: error_reason(text) for position, text in found if _ERROR_TEXT.fullmatch(text)}


def exponent_texts(texts: pa.Array | pa.ChunkedArray) -> list[int]:
    """Positions of texts like `8.55E+11`."""
    found = pc.indices_nonzero(pc.match_substring_regex(texts, _EXPONENT_TEXT))
    return [int(position) for position in found.to_pylist()]


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


@dataclass(frozen=True, slots=True)
class AddressCells:
    """The address column once looked at: its texts as people see them, damaged cells, and what is to be told."""

    texts: pa.Array
    problems: tuple[CellProblem, ...]
    notes: tuple[str, ...]


def examine_addresses(
    name: str, values: Sequence[Cell], texts: pa.Array, *, numbers: Sequence[int], formats: Mapping[int, str]
) -> AddressCells:
    """Looks at every cell of an address column. `formats`: row → number format, where it is more than a plain one."""
    reasons = dict.fromkeys(exponent_texts(texts), EXPONENT)
    as_shown: dict[int, str] = {}
    shortened: dict[int, str] = {}
    for position, value in enumerate(values):
        if type(value) is str:
            continue
        code = formats.get(numbers[position], "")
        reason = number_damage(value, code)
        if reason:
            reasons[position] = reason
            if reason == EXPONENT:  # plain digits would pass for a whole number once they are dropped in again
                shortened[position] = f"{value:.2E}"
        elif code and isinstance(value, int | float):
            text = shown(value, code)
            if text is not None and text != str(int(value)):
                as_shown[position] = text
    lone = _lone_round_number(reasons, len(values))
    if lone is not None:
        del reasons[lone]
    problems = tuple(CellProblem(numbers[i], name, reason) for i, reason in sorted(reasons.items()))
    notes = []
    if as_shown:
        notes.append(f'Column "{name}": {len(as_shown):,} numbers were read as their cell format shows them.')
    if lone is not None:
        notes.append(
            f'Row {numbers[lone]}, column "{name}": the number ends in six zeros or more; check that it is whole.'
        )
    return AddressCells(_with(texts, as_shown | shortened), problems, tuple(notes))


def _with(texts: pa.Array, others: Mapping[int, str]) -> pa.Array:
    """`texts` with others at some positions."""
    if not others:
        return texts
    return pa.array([others.get(position, text) for position, text in enumerate(texts.to_pylist())], pa.string())


def _lone_round_number(reasons: Mapping[int, str], cells: int) -> int | None:
    """The only round number of a column of several: a chance, not the mark of a file once saved in short form, which
    leaves many. It is told, but not refused."""
    rounded = [position for position, reason in reasons.items() if reason == _ROUNDED]
    return rounded[0] if len(rounded) == 1 and cells > 1 else None
