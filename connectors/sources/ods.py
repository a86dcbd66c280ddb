"""What the XML of an ods sheet tells beside its values."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from xml.etree import ElementTree as ET

from connectors.errors import ConfigurationError
from connectors.sources.sheet import Cell, Facts

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

_LENGTH_OF_TIME = re.compile(r"^(-?)PT(\d+)H(\d+)M(\d+(?:\.\d+)?)S$")
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="\d{5,}+"')
_BLANKS_TO_THE_END = re.compile(rb"(?:<table:(?:covered-)?+table-cell[^<>]*+(?<=/)>)*+</table:table-row>")
_ODD = (b'calcext:value-type="error"', b"table:formula=", b'table:visibility="collapse"', b'table:visibility="filter"')


@dataclass(frozen=True, slots=True)
class _ShownRow:
    """A row with its filled cells: position → (attributes, the text on the screen)."""

    number: int
    visibility: str
    cells: Mapping[int, tuple[Mapping[str, str], str]] = field(default_factory=dict)


def facts_reader(archive: zipfile.ZipFile, where: str) -> Callable[[str], Facts]:
    """Looks at the file before anyone unfolds it, and gives what tells the facts of a sheet by its name.

    Raises ConfigurationError when the file is mostly repetitions. The reader raises what ElementTree does on damage.
    """
    content = archive.read("content.xml")
    if _repeats_content(content):
        raise ConfigurationError(
            f"{where} repeats one row or cell ten thousand times and more, and is too large to read.",
            hint="Select the rows and columns after the table, delete them and save the file again.",
        )
    return partial(_facts_of, content)


def _repeats_content(content: bytes) -> bool:
    """Whether a row or cell is said to be there ten thousand times and more, unless it is the blank filling up to the
    sheet's end. Each tag is looked at once."""
    end = 0
    for mark in _REPEATED.finditer(content):
        if mark.start() >= end:
            end = content.find(b">", mark.end()) + 1 or len(content)
            if content[end - 2 : end] != b"/>" and not _BLANKS_TO_THE_END.match(content, end):
                return True
    return False


def _facts_of(content: bytes, name: str) -> Facts:
    formats = partial(_number_formats, content, name)
    tidied = _with_lengths_of_time if b'office:time-value="PT' in content else None
    if not any(mark in content for mark in _ODD):
        return Facts(number_formats=formats, tidied=tidied)
    errors, uncalculated, hidden, filtered = {}, set(), 0, False
    for row in _rows(content, name):
        hidden += row.visibility != "visible"
        filtered = filtered or row.visibility == "filter"
        for column, (attributes, text) in row.cells.items():
            if attributes.get(f"{_CALC}value-type") == "error":
                errors[row.number, column] = text or "#N/A"
            elif f"{_TABLE}formula" in attributes and f"{_OFFICE}value-type" not in attributes:
                uncalculated.add((row.number, column))
    return Facts(errors, frozenset(uncalculated), formats, hidden, filtered, tidied)


def _with_lengths_of_time(row: Sequence[Cell]) -> Sequence[Cell]:
    """`PT26H30M00S`, which is how calamine hands over a length of a day and more, as `26:30:00`."""
    return [_LENGTH_OF_TIME.sub(r"\1\2:\3:\4", cell) if type(cell) is str and "PT" in cell else cell for cell in row]


def _number_formats(content: bytes, name: str, column: int) -> Mapping[int, str]:
    """A format that shows the number as it is shown: ods keeps the text on the screen beside the value."""
    codes = {}
    for row in _rows(content, name):
        attributes, text = row.cells.get(column, ({}, ""))
        if attributes.get(f"{_OFFICE}value-type") != "float":
            continue
        if re.search(r"\d[eE][+-]?\d", text):
            codes[row.number] = "0.00E+00"
        elif re.fullmatch(r"[-+/():\s\d]*", text):
            codes[row.number] = re.sub(r"\d", "0", text)
    return codes


def _rows(content: bytes, name: str) -> Iterator[_ShownRow]:
    """The rows of one table. A row that stands for several is told once, as the first of them."""
    inside, number = False, 1
    # expat loads nothing from outside and stops entity bombs by itself.
    for event, element in ET.iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314
        if element.tag == f"{_TABLE}table":
            inside = event == "start" and element.get(f"{_TABLE}name") == name
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            if inside:
                yield _ShownRow(number, element.get(f"{_TABLE}visibility", "visible"), _cells(element))
                number += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            element.clear()


def _cells(row: ET.Element) -> Mapping[int, tuple[Mapping[str, str], str]]:
    cells, column = {}, 0
    for cell in row:
        if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            continue
        if f"{_OFFICE}value-type" in cell.attrib or f"{_TABLE}formula" in cell.attrib:
            text = "\n".join("".join(paragraph.itertext()) for paragraph in cell.iter(f"{_TEXT}p"))
            cells[column] = (dict(cell.attrib), text)
        column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
    return cells
