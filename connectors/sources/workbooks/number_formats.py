"""Format codes of spreadsheet programs, taken apart (ECMA-376 part 1, 18.8.31)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

NumberKind = Literal["digit", "point", "comma", "percent", "exponent", "general", "date", "text", "literal"]

_SECTIONS = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*)(?:;|$)', re.DOTALL)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<space>_.)|(?P<fill>\*.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<exponent>E[+-]0+)|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)"
    r"|(?P<date>AM/PM|A/P|y+|m+|d+|h+|s+|g+|e+)|(?P<text>@)|(?P<literal>.)",
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_CURRENCY = re.compile(r"\$([^-]*)(?:-[0-9A-Fa-f]+)?")
PLAIN = frozenset({"General", "GENERAL", "general", "@"})
"""Codes that show a number as it is."""
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a code. `digit` is a place (`0`, `#` or `?`); `literal` stands as it is."""

    kind: NumberKind
    text: str


@dataclass(frozen=True, slots=True)
class FormatSection:
    """What a code says for some numbers; `condition` (sign, limit) which, where the code says so itself."""

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None

    def has(self, kind: NumberKind) -> bool:
        return any(token.kind == kind for token in self.tokens)


def says_more(codes: Mapping[int, str]) -> dict[int, str]:
    """The codes by number, with those that are built in, except those that show a number as it is."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    return {number: code for number, code in (BUILTIN_FORMATS | dict(codes)).items() if code not in PLAIN}


@lru_cache(maxsize=256)
def sections_of(code: str) -> tuple[FormatSection, ...]:
    """The sections of a code: one, or those for positive numbers, negative ones, zero and text."""
    found = _SECTIONS.findall(code)
    # Behind a last section that is not closed by a semicolon, the end of the code is found once more.
    return tuple(map(_section, found if code.endswith(";") else found[:-1] or [code]))


def quoted(text: str) -> str:
    """The code that shows this text, whatever the number: of programs that keep what they show beside the value."""
    return '"' + text.replace('"', "”") + '"'


def is_date(code: str) -> bool:
    """Whether numbers of this format are shown as dates or times."""
    return any(section.has("date") for section in sections_of(code))


def pads(code: str) -> bool:
    """Whether whole numbers of this format are codes: filled up with zeros to a length."""
    section = sections_of(code)[0]
    kinds = [token.kind for token in section.tokens]
    whole = section.tokens[: kinds.index("point")] if "point" in kinds else section.tokens
    is_plain = not {"percent", "exponent", "comma", "date"} & set(kinds) and not any(
        unicodedata.category(c) == "Sc" for token in section.tokens for c in token.text
    )
    return is_plain and [token for token in whole if token.kind == "digit"][-2:-1] == [Token("digit", "0")]


def shows_exponent(code: str) -> bool:
    """Whether numbers of this format are shown like `8.55E+11`."""
    text = _QUOTED.fullmatch(code)
    return bool(re.search(r"\d[eE][+-]?\d", text[1])) if text else any(s.has("exponent") for s in sections_of(code))


def hides_part(value: dt.date | dt.time, code: str) -> bool:
    """Whether the format leaves out a part of the date or time that the cell holds."""
    text = _QUOTED.fullmatch(code)
    shows_time, shows_date = _shown_of(value, text[1]) if text else _shown_by(code)
    if isinstance(value, dt.time):
        return not shows_time
    has_time = isinstance(value, dt.datetime) and value.time() != dt.time()
    return not shows_date or (has_time and not shows_time)


def _shown_of(value: dt.date | dt.time, text: str) -> tuple[bool, bool]:
    """Whether a text shows the time and the date of a value."""
    if isinstance(value, dt.time):
        return ":" in text, False
    has_day = re.search(rf"(?<!\d)0?{value.day}(?!\d)", text) is not None
    return ":" in text, has_day and f"{value.year % 100:02d}" in text


@lru_cache(maxsize=256)
def _shown_by(code: str) -> tuple[bool, bool]:
    """Whether a code shows hours, and all of day, month and year."""
    letters = [token.text[0].lower() for token in sections_of(code)[0].tokens if token.kind == "date"]
    months = [at for at, letter in enumerate(letters) if letter == "m" and not _is_minute(letters, at)]
    return "h" in letters, bool(months) and {"y", "d"} <= set(letters)


def _is_minute(letters: list[str], at: int) -> bool:
    """An `m` behind hours or before seconds."""
    return letters[max(at - 1, 0)] == "h" or letters[at + 1 : at + 2] == ["s"]


def _section(text: str) -> FormatSection:
    tokens: list[Token] = []
    condition = None
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "bracket":
            compared = _CONDITION.fullmatch(found[kind])
            condition = (compared[1], float(compared[2])) if compared else condition
            tokens += _bracket(found[kind])
        elif kind in {"quoted", "escaped", "literal"}:
            tokens.append(Token("literal", found[kind]))
        elif kind == "space":
            tokens.append(Token("literal", " "))
        elif kind != "fill":
            tokens.append(Token(kind, found[kind]))  # type: ignore[arg-type]  # the groups are named like the kinds
    return FormatSection(tuple(tokens), condition)


def _bracket(text: str) -> list[Token]:
    """Currencies and lengths of time; colours and languages show nothing."""
    currency = _CURRENCY.fullmatch(text)
    if currency:
        return [Token("literal", currency[1])]
    return [Token("date", text)] if re.fullmatch(r"h+|m+|s+", text, re.IGNORECASE) else []
