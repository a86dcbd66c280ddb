"""What is odd about the cells of a column that is used, told once for all of them.

The source knows how a cell was shown (`Rows.oddities`); what the texts of a column tell beside each other is seen here.
Nothing is repaired: an odd value is stored as it was read, and said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Oddity, OddityKind, Rows
from flows.contacts.columns import Flags, Positions, flags, matching, one

# Texts by which people and programs say that nothing is known. Words that can be an answer (none, unknown) count where
# they are written as programs write them.
_WORDS = (
    "n/a",
    "na",
    "n.a.",
    "nan",
    "null",
    "nil",
    "undefined",
    "#n/a",
    "#null!",
    "<na>",
    "(null)",
    "(blank)",
    "blank",
)
_SIGNS = (
    "-",
    "---",
    "----",
    "-----",
    "–",
    "—",
    "?",
    "??",
    "???",
    ".",
    "..",
    "...",
    "…",
    "*",
    "**",
    "/",
    "_",
    "__",
    "\\N",
)
PLACEHOLDERS = frozenset(
    {*_SIGNS, "None", "NONE", "NaN", *(spelled for word in _WORDS for spelled in (word, word.upper(), word.title()))}
)
_LONGEST_PLACEHOLDER = max(len(text.encode()) for text in PLACEHOLDERS)

ISO_DATE = r"^\s*\d{4}-\d{2}-\d{2}([ T].*)?$"
# The letters of month names are put in: pyarrow and Python spell "any letter" differently.
_DATE_AS_WRITTEN = (
    r"^\s*(\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}[./]\d{1,2}[./]\d{1,2}"
    r"|\d{1,2}[ .-]*LETTER{3,9}[., -]+\d{2,4}|LETTER{3,9}\.? \d{1,2},? \d{4})\s*$"
)
OTHER_DATE = _DATE_AS_WRITTEN.replace("LETTER", r"\pL")
_DAY_FIRST, _MONTH_FIRST = r"^\s*(1[3-9]|2\d|3[01])[./-]\d{1,2}[./-]\d", r"^\s*\d{1,2}[./-](1[3-9]|2\d|3[01])[./-]\d"
_SERIAL = r"^\s*[1-6]\d{4}(\.\d+)?\s*$"
_EXPONENT = r"^\s*[+-]?\d+([.,]\d+)?[eE]\+?\d+\s*$"
_LOST_LETTER = "\ufffd"
_FIRST_DAY = date(1899, 12, 30)  # the day 0 of spreadsheet programs

_SAMPLE = 1_000
_LONGEST_EXAMPLE = 40
# Of padded numbers, so many times as many may have lost their zeros; more are numbers of another kind.
_MOST_SHORT = 4
# Fixed-length codes: so many digits at least, this share of them of full length, few of them ending in 0 as amounts do.
_CODE_DIGITS, _CODE_SHARE, _ROUND_SHARE, _ENOUGH_CODES = 5, 0.8, 0.3, 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Cells of one column that are odd in one way: how many, the first one's row, and what there is to say."""

    column: str
    count: int
    row: int
    told: str

    @property
    def sentence(self) -> str:
        """For the notes of a plan."""
        where = f"row {self.row}" if self.count == 1 else f"{self.count:,} cells, from row {self.row} on"
        return f"Column “{self.column}”: {self.told} ({where})."


_AS_READ: Mapping[OddityKind, str] = {
    "as_shown": "numbers are read as they are shown, such as “{shown}”",
    "percent": "percentages are read as the numbers behind them, “{shown}” as “{read}”",
    "money": "amounts of money are read as plain numbers, “{shown}” as “{read}”",
    "exponent": "numbers shown in short form are read in full, “{shown}” as “{read}”",
    "rounded": "numbers are shown rounded and read in full, “{shown}” as “{read}”",
    "dressed": "numbers are read without what they are shown with, “{shown}” as “{read}”",
    "partly_shown": "dates and times are shown only in part and read in full, such as “{read}”",
    "too_long": "numbers have more than 15 digits, and a spreadsheet keeps no more: the last ones of “{read}” are lost",
    "guarded": "signs that guard a text against spreadsheet programs are taken off, “{shown}” is read as “{read}”",
}


def findings(rows: Rows, columns: Collection[str], *, address: str, silent: Collection[str] = ()) -> list[Finding]:
    """What is odd in the columns that are used, in their order.

    The texts of the address column are judged one by one elsewhere. `silent` are texts that have a meaning of their
    own in this pipeline: those that count as blank, and the one that clears.
    """
    by_column: dict[str, list[Finding]] = {name: [] for name in columns if name in rows.columns}
    for oddity in rows.oddities:
        if oddity.column in by_column:
            by_column[oddity.column].append(_of_source(oddity))
    numbers = one(rows.numbers)
    for name in by_column.keys() - {address}:
        sound = ~np.isin(numbers, [cell.row for cell in rows.problems if cell.column == name])
        by_column[name] += _Column(name, one(rows.table.column(name)), numbers, sound).findings(silent)
    return [finding for found in by_column.values() for finding in found]


def with_damage_told(rows: Rows, columns: Collection[str], *, address: str, silent: Collection[str] = ()) -> Rows:
    """The rows with a note for everything that is odd in the columns that are used."""
    found = findings(rows, columns, address=address, silent=silent)
    return replace(rows, notes=(*rows.notes, *(finding.sentence for finding in found))) if found else rows


def _of_source(oddity: Oddity) -> Finding:
    told = _AS_READ[oddity.kind].format(shown=_brief(oddity.shown), read=_brief(oddity.read))
    return Finding(oddity.column, oddity.count, oddity.row, told)


@dataclass(frozen=True, slots=True)
class _Column:
    """The texts of one column and their rows; `sound` are those whose row is not refused for this cell anyway.

    A sample tells what the column is about before all of it is looked at.
    """

    name: str
    texts: pa.Array
    numbers: pa.Array
    sound: Flags

    def findings(self, silent: Iterable[str]) -> Iterator[Finding]:
        yield from self._placeholders(PLACEHOLDERS.difference(silent))
        lost = flags(pc.match_substring(self.texts, _LOST_LETTER))
        yield from self._finding(lost, f"{_LOST_LETTER} stands for letters that were lost")
        shares = _shares(self._sample())
        if shares["date"] >= 0.25:
            yield from self._dates()
        if shares["digits"] >= 0.5:
            yield from self._lost_zeros()
        if shares["number"] > 0:
            lettered = pc.or_(pc.match_substring(self.texts, "E"), pc.match_substring(self.texts, "e"))
            short = matching(self.texts, _EXPONENT, flags(lettered))
            yield from self._finding(short, "a number was shortened to “{}”, so its last digits are lost")

    def _sample(self) -> list[str]:
        """Cells from everywhere in the column, without blank ones."""
        places = np.linspace(0, len(self.texts) - 1, min(_SAMPLE, len(self.texts))).astype(np.int64)
        return [text for text in pc.take(self.texts, pa.array(places)).to_pylist() if text.strip()]

    def _finding(self, where: Flags, told: str, *more: str) -> Iterator[Finding]:
        """One finding for the sound cells at these places, if there are any; `told` takes the first one's text."""
        where = where & self.sound
        if where.any():
            first = int(np.argmax(where))
            text = _brief(self.texts[first].as_py())
            yield Finding(self.name, int(where.sum()), self.numbers[first].as_py(), told.format(text, *more))

    def _example(self, where: Flags) -> str:
        return _brief(self.texts[int(np.argmax(where))].as_py())

    def _placeholders(self, words: Collection[str]) -> Iterator[Finding]:
        short = flags(pc.less_equal(pc.binary_length(self.texts), _LONGEST_PLACEHOLDER + 2))
        positions = np.flatnonzero(short)
        trimmed = pc.utf8_trim_whitespace(pc.take(self.texts, pa.array(positions)))
        where = np.zeros(len(self.texts), dtype=np.bool_)
        where[positions] = flags(pc.is_in(trimmed, value_set=pa.array(sorted(words), pa.string())))
        where &= self.sound
        if where.any():
            texts = pc.unique(pc.utf8_trim_whitespace(self.texts.filter(pa.array(where)))).to_pylist()
            listed = ", ".join(f"“{text}”" for text in texts[:3]) + (", …" if len(texts) > 3 else "")
            are = "is" if len(texts) == 1 else "are"
            yield from self._finding(where, f"{listed} {are} taken for a value, not for an empty cell")

    def _dates(self) -> Iterator[Finding]:
        filled = flags(pc.not_equal(pc.utf8_trim_whitespace(self.texts), ""))
        iso = matching(self.texts, ISO_DATE, filled)
        other, serial = matching(self.texts, OTHER_DATE, ~iso), matching(self.texts, _SERIAL, ~iso)
        if 2 * (iso.sum() + other.sum()) < filled.sum():
            return
        yield from self._two_ways(iso, other, "among dates like “{1}” there are others like “{0}”")
        day_first, month_first = matching(self.texts, _DAY_FIRST, other), matching(self.texts, _MONTH_FIRST, other)
        yield from self._two_ways(day_first, month_first, "days and months stand in both orders, in “{1}” and in “{0}”")
        if serial.any():
            day = _FIRST_DAY + timedelta(days=int(float(self._example(serial))))
            yield from self._finding(serial, "among dates there are bare numbers, “{}” for {}", day.isoformat())

    def _two_ways(self, one_way: Flags, other: Flags, told: str) -> Iterator[Finding]:
        """The rarer of two ways to write the same, if both occur."""
        rarer, usual = (other, one_way) if other.sum() <= one_way.sum() else (one_way, other)
        yield from self._finding(rarer, told, self._example(usual))

    def _lost_zeros(self) -> Iterator[Finding]:
        """Whole numbers shorter than their neighbours, where those have zeros in front or all have one length."""
        texts = pc.utf8_trim_whitespace(self.texts)
        lengths = np.where(flags(pc.ascii_is_decimal(texts)), pc.binary_length(texts).to_numpy(), 0)
        padded = flags(pc.starts_with(texts, "0")) & (lengths > 1)
        usual = _usual(lengths[padded] if padded.any() else lengths)
        short = (lengths > 0) & (lengths < usual) & ~padded
        full = lengths == usual
        if padded.any():
            are_codes, neighbours = short.sum() <= _MOST_SHORT * padded.sum(), padded & full
        else:
            are_codes, neighbours = _are_codes(lengths, full, flags(pc.ends_with(texts, "0")) & full), full
        if are_codes:
            told = "“{}” is shorter than its neighbours such as “{}”: zeros in front of it may be lost"
            yield from self._finding(short, told, self._example(neighbours))


def _brief(text: str) -> str:
    """A text for a sentence: in one line, and not all of a long one."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_EXAMPLE else line[: _LONGEST_EXAMPLE - 1] + "…"


def _usual(lengths: Positions) -> int:
    """The commonest length there is."""
    counts = np.bincount(lengths)
    counts[0] = 0
    return int(counts.argmax())


def _are_codes(lengths: Positions, full: Flags, round_ones: Flags) -> bool:
    """Whether numbers look like codes of one length rather than amounts."""
    longest = int(lengths.max())
    return bool(
        longest >= _CODE_DIGITS
        and (lengths[full] == longest).all()
        and full.sum() >= max(_ENOUGH_CODES, _CODE_SHARE * np.count_nonzero(lengths))
        and round_ones.sum() <= _ROUND_SHARE * full.sum()
    )


_KINDS = {
    "date": re.compile(f"{ISO_DATE}|{_DATE_AS_WRITTEN}".replace("LETTER", r"[^\W\d_]")),
    "digits": re.compile(r"\s*\d+\s*"),
    "number": re.compile(r"\s*[+-]?\d+(?:[.,]\d+)?(?:[eE]\+?\d+)?\s*"),
}


def _shares(sample: Collection[str]) -> dict[str, float]:
    """How much of a sample is of each kind."""
    return {
        kind: sum(1 for text in sample if pattern.fullmatch(text)) / max(len(sample), 1)
        for kind, pattern in _KINDS.items()
    }
