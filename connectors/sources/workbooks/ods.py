"""Sheets of ods files, from their XML: calamine loses tabs and line breaks, and takes layout and drawings for text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from connectors.errors import ConfigurationError
from connectors.sources.places import CellPlace
from connectors.sources.workbooks.number_formats import quoted
from connectors.sources.workbooks.ods_cells import Odd, attributes_of, read_cell
from connectors.sources.workbooks.sheet import (
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

_ATTRIBUTES = r"""((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*"""
_SHEET = re.compile(rf"<table:table{_ATTRIBUTES}>")
_ROW = re.compile(rf"<(table:table-row){_ATTRIBUTES}(/?)>")
_CELL = re.compile(rf"<(table:(?:covered-)?table-cell){_ATTRIBUTES}(/?)>")
_STYLE = re.compile(rf"<style:style{_ATTRIBUTES}>\s*<style:table-properties{_ATTRIBUTES}/?>")
_MOST_REPEATED = 10_000


def read_sheet(archive: zipfile.ZipFile, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    """The wanted sheet, and the names of the visible ones.

    Raises ConfigurationError when the sheet is not there or mostly repetitions, and what zipfile, decoding and
    ElementTree raise when the file is damaged.
    """
    content = archive.read("content.xml").decode("utf-8-sig")
    sheets = list(_sheets(content))
    name = chosen_sheet([(sheet.name, sheet.is_visible) for sheet in sheets], wanted, where)
    part = next(sheet for sheet in sheets if sheet.name == name)
    table = _Table(f'{where}, sheet "{name}"')
    for attributes, cells in _elements(content, _ROW, part.first, part.last):
        table.add(attributes_of(attributes), cells)
    return table.sheet(name), [sheet.name for sheet in sheets if sheet.is_visible]


def _elements(text: str, start: re.Pattern[str], first: int = 0, last: int | None = None) -> Iterator[tuple[str, str]]:
    """Attributes and content of elements that do not hold each other. Raises ParseError for one without an end."""
    position, last = first, len(text) if last is None else last
    while tag := start.search(text, position, last):
        name, attributes, is_empty = tag.groups()
        position = end = tag.end()
        if not is_empty:
            end = text.find(f"</{name}>", position, last)
            if end < 0:
                raise ParseError(f"{name} without its end")
        yield attributes, text[position:end]
        position = end


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet's name, whether it is shown, and where in the XML it stands."""

    name: str
    is_visible: bool
    first: int
    last: int


def _sheets(content: str) -> Iterator[_Part]:
    hidden = {
        attributes_of(style[1]).get("style:name")
        for style in _STYLE.finditer(content)
        if attributes_of(style[2]).get("table:display") == "false"
    }
    tags = [tag for tag in _SHEET.finditer(content) if "table:name" in attributes_of(tag[1])]
    for tag, last in zip(tags, [*(tag.start() for tag in tags[1:]), len(content)], strict=True):
        about = attributes_of(tag[1])
        yield _Part(about["table:name"], about.get("table:style-name", "") not in hidden, tag.end(), last)


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

    def add(self, attributes: Mapping[str, str], cells: str) -> None:
        """Take a row in, as often as it is said to be there."""
        times = int(attributes.get("table:number-rows-repeated", 1))
        values, odd = self._cells(cells)
        if not values and not odd:
            self.blanks += times  # those after the last row with content are never made
            return
        if times >= _MOST_REPEATED:
            raise self._too_large("row")
        self.rows += [[]] * self.blanks
        self.blanks = 0
        visibility = attributes.get("table:visibility", "visible")
        self.hidden += times * (visibility != "visible")
        self.filtered = self.filtered or visibility == "filter"
        for _ in range(times):
            self.rows.append(values)
            for column, cell in odd.items():
                self._note((len(self.rows), column), cell)
        self.width = max(self.width, len(values))
        check_extent(len(self.rows), self.width, where=self.where)

    def _cells(self, cells: str) -> tuple[list[Cell], Mapping[int, Odd]]:
        """The values up to the last cell with content, and the cells of which more is known."""
        values, odd, column = list[Cell](), dict[int, Odd](), 0
        for tag, content in _elements(cells, _CELL):
            attributes = attributes_of(tag)
            times = int(attributes.get("table:number-columns-repeated", 1))
            cell = read_cell(attributes, content)
            if cell is not None:
                if column + times > MOST_COLUMNS:
                    raise self._too_large("cell")
                if column > len(values):
                    values += [""] * (column - len(values))
                values += [cell[0]] * times
                if cell[1] is not None:
                    odd.update(dict.fromkeys(range(column, column + times), cell[1]))
                if "table:number-columns-spanned" in attributes:
                    self._merge(attributes, column)
            column += times
        return values, odd

    def _merge(self, attributes: Mapping[str, str], column: int) -> None:
        rows = int(attributes.get("table:number-rows-spanned", 1))
        columns = int(attributes["table:number-columns-spanned"])
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
