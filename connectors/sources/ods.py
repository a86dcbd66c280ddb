"""Sheets of ods files, from their XML: calamine loses tabs and line breaks, and takes layout and drawings for text."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from xml.etree import ElementTree as ET

from connectors.errors import ConfigurationError
from connectors.sources.number_formats import quoted
from connectors.sources.ods_cells import TABLE, Odd, read_cell
from connectors.sources.places import CellPlace
from connectors.sources.sheet import (
    MOST_COLUMNS,
    Cell,
    Facts,
    Range,
    Sheet,
    Wanted,
    check_extent,
    chosen_sheet,
    filled_rows,
)

_VISIBILITY = f"{TABLE}visibility"
_REPEATED_ROWS, _REPEATED_COLUMNS = f"{TABLE}number-rows-repeated", f"{TABLE}number-columns-repeated"
_SPANNED_ROWS, _SPANNED_COLUMNS = f"{TABLE}number-rows-spanned", f"{TABLE}number-columns-spanned"
_CELLS = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})
_SHEET_TAG = re.compile(rb"<table:table\s[^>]*>")
_SHEET_END = b"</table:table>"
_ROW_XML = re.compile(rb"<table:table-row(?=[\s/>])(?:[^>]*/>|.*?</table:table-row>)", re.DOTALL)
_PREFIX = re.compile(rb'xmlns:[\w.-]+="[^"]*"')
_HIDDEN_STYLE = re.compile(
    rb'<style:style\s[^>]*style:name="([^"]*)"[^>]*>\s*<style:table-properties\s[^>]*table:display="false"'
)
_AT_ONCE = 50
_MOST_REPEATED = 10_000


def read_sheet(archive: zipfile.ZipFile, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    """The wanted sheet, and the names of the visible ones.

    Raises ConfigurationError when the sheet is not there or mostly repetitions, and whatever zipfile and ElementTree
    raise when the file is damaged.
    """
    content = archive.read("content.xml")
    sheets = list(_sheets(content))
    name = chosen_sheet([(sheet.name, sheet.is_visible) for sheet in sheets], wanted, where)
    table = _Table(f'{where}, sheet "{name}"')
    for row in _rows(content, next(sheet for sheet in sheets if sheet.name == name)):
        table.add(row)
    return table.sheet(name), [sheet.name for sheet in sheets if sheet.is_visible]


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet's name, whether it is shown, and where in the XML it stands."""

    name: str
    is_visible: bool
    first: int
    last: int


def _sheets(content: bytes) -> Iterator[_Part]:
    hidden = set(_HIDDEN_STYLE.findall(content))
    tags = list(_SHEET_TAG.finditer(content))
    for tag, following in zip_longest(tags, tags[1:]):
        name, style = (re.search(rb'\btable:%s="([^"]*)"' % key, tag[0]) for key in (b"name", b"style-name"))
        last = content.rfind(_SHEET_END, 0, following.start() if following else len(content)) + len(_SHEET_END)
        if name:
            is_visible = not (style and style[1] in hidden)
            yield _Part(html.unescape(name[1].decode()), is_visible, tag.start(), last)


def _rows(content: bytes, part: _Part) -> Iterator[ET.Element]:
    """The rows of one sheet, some hundred parsed at a time: neither an event for each element nor all of the tree."""
    prefixes = b" ".join(dict.fromkeys(_PREFIX.findall(content, 0, part.first)))
    rows = _ROW_XML.finditer(content, part.first, part.last)
    while some := b"".join(row[0] for row in islice(rows, _AT_ONCE)):
        yield from ET.fromstring(b"<rows %b>%b</rows>" % (prefixes, some))  # noqa: S314 - no document type, no entities


@dataclass(slots=True)
class _Table:
    """The rows so far, and what is known of their cells."""

    where: str
    rows: list[Sequence[Cell]] = field(default_factory=list)
    width: int = 0
    shown: dict[int, dict[int, str]] = field(default_factory=dict)
    errors: dict[CellPlace, str] = field(default_factory=dict)
    unreadable: dict[CellPlace, str] = field(default_factory=dict)
    uncalculated: set[CellPlace] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)
    hidden: int = 0
    filtered: bool = False
    blanks: int = 0

    def add(self, row: ET.Element) -> None:
        """Take a row in, as often as it is said to be there."""
        times = int(row.get(_REPEATED_ROWS, 1))
        values, odd = self._cells(row)
        if not values and not odd:
            self.blanks += times  # those after the last row with content are never made
            return
        if times >= _MOST_REPEATED:
            raise self._too_large("row")
        self.rows += [[]] * self.blanks
        self.blanks = 0
        visibility = row.get(_VISIBILITY, "visible")
        self.hidden += times * (visibility != "visible")
        self.filtered = self.filtered or visibility == "filter"
        for _ in range(times):
            self.rows.append(values)
            for column, cell in odd.items():
                self._note((len(self.rows), column), cell)
        self.width = max(self.width, len(values))
        check_extent(len(self.rows), self.width, where=self.where)

    def _cells(self, row: ET.Element) -> tuple[list[Cell], Mapping[int, Odd]]:
        """The values up to the last cell with content, and the cells of which more is known."""
        values, odd, column = list[Cell](), dict[int, Odd](), 0
        for element in row:
            attributes = element.attrib
            times = int(attributes.get(_REPEATED_COLUMNS, 1))
            cell = read_cell(element, attributes) if element.tag in _CELLS else None
            if cell is not None:
                if column + times > MOST_COLUMNS:
                    raise self._too_large("cell")
                if column > len(values):
                    values += [""] * (column - len(values))
                values += [cell[0]] * times
                if cell[1] is not None:
                    odd.update(dict.fromkeys(range(column, column + times), cell[1]))
                if _SPANNED_COLUMNS in attributes:
                    self._merge(attributes, column)
            column += times
        return values, odd

    def _merge(self, attributes: Mapping[str, str], column: int) -> None:
        rows, columns = int(attributes.get(_SPANNED_ROWS, 1)), int(attributes[_SPANNED_COLUMNS])
        if rows > 1 or columns > 1:
            top = len(self.rows) + self.blanks + 1
            self.merged.append(((top, column), (top + rows - 1, column + columns - 1)))

    def _note(self, place: CellPlace, cell: Odd) -> None:
        if cell.shown:
            self.shown.setdefault(place[1], {})[place[0]] = quoted(cell.shown)
        if cell.error:
            self.errors[place] = cell.error
        if cell.unreadable:
            self.unreadable[place] = cell.unreadable
        if cell.uncalculated:
            self.uncalculated.add(place)

    def _too_large(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.where} repeats one {what} ten thousand times and more, and is too large to read.",
            hint="Select the rows and columns after the table, delete them and save the file again.",
        )

    def sheet(self, name: str) -> Sheet:
        facts = Facts(
            errors=self.errors,
            uncalculated=frozenset(self.uncalculated),
            unreadable=self.unreadable,
            number_formats=lambda column, _: self.shown.get(column, {}),
            hidden_rows=self.hidden,
            filtered=self.filtered,
        )
        level = ([*row, *[""] * (self.width - len(row))] for row in self.rows)
        rows, numbers = filled_rows(level, kept=facts.rows())
        return Sheet(name, rows, numbers, merged=tuple(self.merged), facts=facts)
