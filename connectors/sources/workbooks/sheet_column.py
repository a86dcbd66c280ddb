"""One column of a sheet, cell by cell: what is read as it is shown, what is not, and what cannot be read."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.sources.cell_text import EXACT_FLOAT, UNREADABLE, with_texts
from connectors.sources.damage import (
    EXPONENT,
    GAP,
    NOT_A_NUMBER,
    OUT_OF_CALENDAR,
    ROUNDED,
    exponent_texts,
    number_damage,
)
from connectors.sources.guards import guarded
from connectors.sources.places import CellPlace
from connectors.sources.workbooks.number_display import shown
from connectors.sources.workbooks.number_formats import hides_part, is_date, pads
from connectors.sources.workbooks.sheet import LAST_DAY, Cell, Facts
from connectors.values import CellProblem, Oddity, OddityKind

_MIDNIGHT = dt.time()
_ANY_DAY = dt.date(2026, 11, 30)
_PLACES_AND_SIGNS = re.compile(r"[-+/():\s\d]*")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:\s\d{3})+")
_PADDED = re.compile(r"-?0\d+(?:\.\d+)?")
_EXPONENT = re.compile(r"\d[eE][+-]?\d")


@dataclass(frozen=True, slots=True)
class Examined:
    """The column's texts as people see them, damaged cells, and what is to be told."""

    texts: pa.Array
    problems: tuple[CellProblem, ...]
    oddities: tuple[Oddity, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class SheetColumn:
    """A column while its cells are looked at.

    numbers: the row of each cell. kinds: the types of its values. at: its position in the sheet.
    """

    name: str
    values: Sequence[Cell]
    texts: pa.Array
    numbers: Sequence[int]
    kinds: AbstractSet[type]
    at: int
    facts: Facts
    _reasons: dict[int, str] = field(default_factory=dict)
    _others: dict[int, str] = field(default_factory=dict)
    _odd: dict[OddityKind, list[tuple[int, str]]] = field(default_factory=dict)

    def examined(self, *, is_address: bool) -> Examined:
        """Looks at every cell; those of an address column also for the damage that hides another number."""
        if is_address:
            self._reasons.update(dict.fromkeys(exponent_texts(self.texts), EXPONENT))
        self._look_at_texts()
        if self.kinds != {str}:
            self._look_at_values(_address_damage if is_address else _damage)
        notes = tuple(self._forgiven()) if is_address else ()
        texts = with_texts(self.texts, self._others)
        problems = tuple(CellProblem(self.numbers[i], self.name, reason) for i, reason in sorted(self._reasons.items()))
        return Examined(texts, problems, tuple(self._oddities(texts)), notes)

    def _look_at_texts(self) -> None:
        for position in pc.indices_nonzero(pc.match_substring(self.texts, UNREADABLE)).to_pylist():
            self._reasons[position] = GAP
            self._others[position] = self.texts[position].as_py().replace(UNREADABLE, "\ufffd")
        for position, text in guarded(self.texts).items():
            self._others[position] = text
            self._tell("guarded", position, self.texts[position].as_py())

    def _look_at_values(self, damage: Callable[[Cell, str], str]) -> None:
        others = self.kinds - {str}
        formats = self.facts.number_formats(self.at, self._tells(others))
        is_known = others <= {float, dt.date, dt.datetime} and _are_below(self.values, EXACT_FLOAT)
        if damage is _damage and not formats and is_known:
            return
        for position, value in enumerate(self.values):
            if type(value) is str:
                continue
            code = formats.get(self.numbers[position], "")
            reason = damage(value, code) or self._outside_calendar(position, value)
            if reason:
                self._reasons[position] = reason
                if reason == EXPONENT:  # plain digits would pass for a whole number once they are dropped in again
                    self._others[position] = f"{value:.2E}"
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._look_at_number(position, value, code)
            elif code and isinstance(value, dt.date | dt.time) and hides_part(value, code):
                self._tell("partly_shown", position, "")

    def _tells(self, kinds: AbstractSet[type]) -> Callable[[str], bool]:
        """Which codes tell something of these kinds of values."""
        if kinds == {dt.date}:
            return lambda code: hides_part(_ANY_DAY, code)
        if kinds == {float} and _are_below(self.values, LAST_DAY):  # a number formatted as a date is too far for one
            return lambda code: not is_date(code)
        return lambda _: True

    def _outside_calendar(self, position: int, value: Cell) -> str:
        """A negative number with a date format comes as midnight."""
        is_midnight = type(value) is dt.time and value == _MIDNIGHT
        return OUT_OF_CALENDAR if is_midnight and self.facts.is_negative(self._place(position)) else ""

    def _place(self, position: int) -> CellPlace:
        return self.numbers[position], self.at

    def _look_at_number(self, position: int, value: float, code: str) -> None:
        if abs(value) >= EXACT_FLOAT:
            self._tell("too_long", position, f"{value:.5E}")
            return
        display = shown(value, code) if code else None
        if display is None or display == self.texts[position].as_py():
            return
        if _is_the_number(display, value) or (pads(code) and _has_the_digits(display, value)):
            self._others[position] = display
            self._tell("as_shown", position, display)
        else:
            self._tell(_kind_of(display, value), position, display)

    def _tell(self, kind: OddityKind, position: int, display: str) -> None:
        self._odd.setdefault(kind, []).append((position, display))

    def _oddities(self, texts: pa.Array) -> Iterator[Oddity]:
        for kind, cells in self._odd.items():
            told = [(position, display) for position, display in cells if position not in self._reasons]
            if told:
                position, display = told[0]
                read = texts[position].as_py()
                yield Oddity(self.name, kind, len(told), self.numbers[position], display, read)

    def _forgiven(self) -> Iterator[str]:
        """The only round number of a column of several: a chance, not the mark of a file once saved in short form,
        which leaves many. It is told, but not refused."""
        rounded = [position for position, reason in self._reasons.items() if reason == ROUNDED]
        if len(rounded) == 1 and len(self.values) > 1:
            del self._reasons[rounded[0]]
            row = self.numbers[rounded[0]]
            yield f'Row {row}, column "{self.name}": the number ends in six zeros or more; check that it is whole.'


def _are_below(values: Sequence[Cell], limit: float) -> bool:
    """Whether all numbers of a column are finite and smaller than a limit."""
    numbers = np.array([value for value in values if type(value) is float])
    return bool((np.abs(numbers) < limit).all())


def _damage(value: Cell, code: str) -> str:
    """Why a value cannot be read whatever it stands for."""
    if not isinstance(value, float | int) or isinstance(value, bool):
        return ""
    if not math.isfinite(value):
        return NOT_A_NUMBER.format(value)
    return OUT_OF_CALENDAR if code and is_date(code) else ""


def _address_damage(value: Cell, code: str) -> str:
    return number_damage(value, code) or _damage(value, code)


def _is_the_number(display: str, value: float) -> bool:
    """Whether what is shown is the number with places filled and signs set between its digits, so that it is read as
    it is shown; thousands set apart by blanks are only an aid for the eye."""
    if _PADDED.fullmatch(display):
        return float(display) == value
    return (
        _PLACES_AND_SIGNS.fullmatch(display) is not None
        and _has_the_digits(display, value)
        and not _THOUSANDS.fullmatch(display)
    )


def _has_the_digits(display: str, value: float) -> bool:
    digits = re.sub(r"\D", "", display)
    return value >= 0 and digits != "" and int(digits) == value


def _kind_of(display: str, value: float) -> OddityKind:
    """In what way a number is shown as something else."""
    if "%" in display:
        return "percent"
    if _EXPONENT.search(display):
        return "exponent"
    if re.search(r"[^\W\d_]{3}|[$¢-¥₠-⃏]|[^\W\d_]\.?\s?\d", display):
        return "money"
    spelled = {re.sub(r"[^\d.]", "", text) for text in (display, display.replace(".", "").replace(",", "."))}
    numbers = [float(text) for text in spelled if re.fullmatch(r"\d+(\.\d*)?|\.\d+", text)]
    return "dressed" if abs(value) in numbers or not display else "rounded"
