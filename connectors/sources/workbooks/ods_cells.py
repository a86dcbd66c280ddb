"""One cell of an ods sheet: its value, and what the screen shows of it (OpenDocument 1.3 part 3, 9.1.4 and 6.1.2).

Only the cell's own paragraphs are its text: comments, drawings and notes inside it are not, nor is the white space by
which somebody laid out the XML. Nearly all cells are one plain paragraph, and are read without parsing any XML.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree as ET

from connectors.sources.workbooks.sheet import Cell

_ATTRIBUTE = re.compile(r"""([\w.-]+:[\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PREFIX = re.compile(r"[</\s]([A-Za-z_][\w.-]*):")
_PARAGRAPH, _BLANK, _TAB, _LINE_BREAK = "{text}p", "{text}s", "{text}tab", "{text}line-break"
_NOT_SHOWN = frozenset({"{text}note", "{text}ruby-text"})

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


@lru_cache(maxsize=10_000)
def attributes_of(tag: str) -> Mapping[str, str]:
    """The attributes of a start tag by their usual names (`office:value`). Most tags of a sheet are alike."""
    return {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}


def read_cell(attributes: Mapping[str, str], content: str) -> tuple[Cell, Odd | None] | None:
    """The cell's value, and what else is known of it; None for a cell without content."""
    kind = attributes.get("office:value-type", "")
    if attributes.get("calcext:value-type") == "error":
        shown = cell_text(content) or "#N/A"
        return shown, Odd(error=shown)
    value_of = _VALUE_OF.get(kind)
    if value_of is not None:
        return _typed(attributes, cell_text(content), *value_of)
    text = attributes.get("office:string-value") or cell_text(content)
    if not text and kind != "string":
        return ("", Odd(uncalculated=True)) if "table:formula" in attributes and not kind else None
    return text, None


def _typed(
    attributes: Mapping[str, str], shown: str, name: str, value_of: Callable[[str], Cell]
) -> tuple[Cell, Odd | None]:
    raw = attributes.get(name, "")
    try:
        return value_of(raw), None if shown == raw else Odd(shown)
    except (ValueError, OverflowError):
        kind = attributes["office:value-type"]
        return raw, Odd(unreadable=OUTSIDE_YEARS.format(raw) if kind == "date" else NO_VALUE.format(kind, raw))


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
    total, rest = divmod(length // dt.timedelta(microseconds=1), 1_000_000)
    return dt.time(total // 3600, total // 60 % 60, total % 60, rest)


def _boolean(raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise ValueError(raw)
    return raw == "true"


_VALUE_OF: Mapping[str, tuple[str, Callable[[str], Cell]]] = {
    **dict.fromkeys(("float", "percentage", "currency"), ("office:value", float)),
    "date": ("office:date-value", _date),
    "time": ("office:time-value", _time),
    "boolean": ("office:boolean-value", _boolean),
}


def cell_text(content: str) -> str:
    """The paragraphs of a cell's XML, one a line."""
    if content.startswith("<text:p>") and content.endswith("</text:p>") and content.count("<") == 2:
        plain = content[8:-9]
        return _laid_out(html.unescape(plain) if "&" in plain else plain).lstrip(" ")
    if "<" not in content:
        return ""
    # What prefixes stand for is said far above the cell, and it is always the same; here they stand for themselves.
    names = " ".join(f'xmlns:{prefix}="{prefix}"' for prefix in set(_PREFIX.findall(content)) - {"xml", "xmlns"})
    cell = ET.fromstring(f"<cell {names}>{content}</cell>")  # noqa: S314 - without a document type are no entities
    return "\n".join(_paragraph(part) for part in cell if part.tag == _PARAGRAPH)


def _paragraph(paragraph: ET.Element) -> str:
    """White space is one blank and none at the beginning; blanks, tabs and line breaks that count are elements."""
    # Blanks that count are a sign of their own until those of the layout are gone.
    return "".join(_runs(paragraph)).removeprefix(" ").replace("\x00", " ")


def _runs(element: ET.Element) -> Iterator[str]:
    yield _laid_out(element.text or "")
    for part in element:
        if part.tag == _BLANK:
            blanks = int(part.get("{text}c", 1))
            if blanks > _MOST_BLANKS:
                raise ValueError(f"{blanks:,} blanks in one cell")
            yield "\x00" * blanks
        elif part.tag in {_TAB, _LINE_BREAK}:
            yield "\t" if part.tag == _TAB else "\n"
        elif part.tag.startswith("{text}") and part.tag not in _NOT_SHOWN:
            yield from _runs(part)
        yield _laid_out(part.tail or "")


def _laid_out(text: str) -> str:
    """One blank for every run of white space; none for one at the end that begins another line of the XML."""
    if not _LAYOUT.search(text):
        return text
    return _BLANKS.sub(" ", _LAST_LINE.sub("", text))
