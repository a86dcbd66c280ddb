"""One cell of an ods sheet: its value, and what the screen shows of it (OpenDocument 1.3 part 3, 9.1.4 and 6.1.2).

Only the cell's own paragraphs are its text: comments, drawings and notes inside it are not, nor is the white space by
which somebody laid out the XML.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from connectors.sources.sheet import Cell

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

_KIND, _STRING, _CALC_KIND = f"{_OFFICE}value-type", f"{_OFFICE}string-value", f"{_CALC}value-type"
_FORMULA = f"{TABLE}formula"
_PARAGRAPH, _BLANK, _TAB, _LINE_BREAK = f"{_TEXT}p", f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"
_NOT_SHOWN = frozenset({f"{_TEXT}note", f"{_TEXT}ruby-text"})

_LENGTH = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_LAYOUT = re.compile(r"[\t\r\n]|  ")
_BLANKS = re.compile(r"[ \t\r\n]+")
_LAST_LINE = re.compile(r"[ \t\r]*\n[ \t\r\n]*\Z")
_MOST_BLANKS = 100_000  # more than any program puts into a cell

NO_VALUE = "The cell holds a {} that is none ({}). Type it again."
OUTSIDE_YEARS = "The cell holds a date before the year 1 or after 9999 ({}), or none at all. Type the date again."


@dataclass(slots=True)
class Odd:
    """What is known of a cell beside its value.

    shown: what the screen shows, where that is another text than the value's own. error: the error that is shown.
    unreadable: why there is no value. uncalculated: whether a formula has no result.
    """

    shown: str = ""
    error: str = ""
    unreadable: str = ""
    uncalculated: bool = False


def read_cell(cell: ET.Element, attributes: Mapping[str, str]) -> tuple[Cell, Odd | None] | None:
    """The cell's value, and what else is known of it; None for a cell without content."""
    kind = attributes.get(_KIND, "")
    if kind == "string" and _STRING not in attributes and _CALC_KIND not in attributes:
        return cell_text(cell), None
    if attributes.get(_CALC_KIND) == "error":
        shown = cell_text(cell) or "#N/A"
        return shown, Odd(error=shown)
    value_of = _VALUE_OF.get(kind)
    if value_of is not None:
        return _typed(cell, *value_of)
    if kind != "string" and _FORMULA not in attributes and len(cell) == 0:
        return None
    text = attributes.get(_STRING) or cell_text(cell)
    return text, Odd(uncalculated=True) if _FORMULA in attributes and not kind and not text else None


def _typed(cell: ET.Element, name: str, value_of: Callable[[str], Cell]) -> tuple[Cell, Odd | None]:
    raw = cell.attrib.get(name, "")
    shown = cell_text(cell)
    try:
        return value_of(raw), None if shown == raw else Odd(shown)
    except (ValueError, OverflowError):
        reason = OUTSIDE_YEARS.format(raw) if value_of is _date else NO_VALUE.format(cell.attrib[_KIND], raw)
        return raw, Odd(unreadable=reason)


def _date(raw: str) -> dt.date | dt.datetime:
    if "T" not in raw:
        return dt.date.fromisoformat(raw)
    moment = dt.datetime.fromisoformat(raw)
    return moment if moment.time() != dt.time() else moment.date()


def _time(raw: str) -> dt.time | dt.timedelta:
    """A time of day, or a length of a day and more."""
    found = _LENGTH.fullmatch(raw)
    if found is None:
        raise ValueError(raw)
    sign, days, hours, minutes, seconds, fraction = (part or "" for part in found.groups())
    whole, rest = (int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0), int((fraction + "000000")[:6])
    length = dt.timedelta(minutes=whole, seconds=int(seconds or 0), microseconds=rest)
    if sign or length >= dt.timedelta(days=1):
        return -length if sign else length
    seconds, rest = divmod(length // dt.timedelta(microseconds=1), 1_000_000)
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest)


def _boolean(raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise ValueError(raw)
    return raw == "true"


_NUMBER = (f"{_OFFICE}value", float)
_VALUE_OF: Mapping[str, tuple[str, Callable[[str], Cell]]] = {
    "float": _NUMBER,
    "percentage": _NUMBER,
    "currency": _NUMBER,
    "date": (f"{_OFFICE}date-value", _date),
    "time": (f"{_OFFICE}time-value", _time),
    "boolean": (f"{_OFFICE}boolean-value", _boolean),
}


def cell_text(cell: ET.Element) -> str:
    """The cell's paragraphs, one a line."""
    for only in cell if len(cell) == 1 else ():
        return _paragraph(only) if only.tag == _PARAGRAPH else ""
    return "\n".join(_paragraph(part) for part in cell if part.tag == _PARAGRAPH)


def _paragraph(paragraph: ET.Element) -> str:
    """White space is one blank and none at the beginning; blanks, tabs and line breaks that count are elements."""
    if len(paragraph) == 0:
        return _laid_out(paragraph.text or "").lstrip(" ")
    # Blanks that count are a sign of their own until those of the layout are gone.
    return "".join(_runs(paragraph)).removeprefix(" ").replace("\x00", " ")


def _runs(element: ET.Element) -> Iterator[str]:
    yield _laid_out(element.text or "")
    for part in element:
        if part.tag == _BLANK:
            blanks = int(part.get(f"{_TEXT}c", 1))
            if blanks > _MOST_BLANKS:
                raise ValueError(f"{blanks:,} blanks in one cell")
            yield "\x00" * blanks
        elif part.tag in {_TAB, _LINE_BREAK}:
            yield "\t" if part.tag == _TAB else "\n"
        elif part.tag.startswith(_TEXT) and part.tag not in _NOT_SHOWN:
            yield from _runs(part)
        yield _laid_out(part.tail or "")


def _laid_out(text: str) -> str:
    """One blank for every run of white space; none for one at the end that begins another line of the XML."""
    if not _LAYOUT.search(text):
        return text
    return _BLANKS.sub(" ", _LAST_LINE.sub("", text))
