"""What the XML of an xlsx or xlsm sheet tells beside its values.

calamine hands over error cells and formulas without a result as blanks, and numbers without their format. Those are
found by searching the bytes for rare marks, which costs a fraction of parsing them again.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from xml.etree import ElementTree as ET

from connectors.sources.archive import with_parts
from connectors.sources.number_formats import says_more
from connectors.sources.places import CellPlace, column_letters, column_position
from connectors.sources.sheet import Facts, check_extent

_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*)>')
_CELL_WITH_CONTENT = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*>\s*<[vif]')
_FORMULA_WITHOUT_RESULT = re.compile(rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_VALUE = re.compile(rb'(<c r="[A-Z]+\d+"[^>]*>)(\s*(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?\s*<v>)([^<]*)')
_LAST_DAY = 2_958_466  # the first number after 9999-12-31
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')


def facts_reader(archive: zipfile.ZipFile, where: str) -> Callable[[str], Facts]:
    """What tells the facts of a sheet by its name, before its values are read.

    What it gives raises ConfigurationError when a value stands so far out that reading would fill the memory with
    blanks, and whatever zipfile and ElementTree raise when the file is damaged.
    """
    return lambda name: _facts_of(archive, _part_name(archive, name), f'{where}, sheet "{name}"')


def _facts_of(archive: zipfile.ZipFile, part: str, where: str) -> Facts:
    content = _plain(archive.read(part))
    check_extent(*_extent(content), where=where)
    return Facts(
        errors=dict(_errors(content)),
        uncalculated=frozenset(_uncalculated(content)),
        number_formats=partial(_number_formats, archive, content),
        is_negative=partial(_is_negative, content),
        mended=partial(_mended, archive, part, content),
        hidden_rows=sum(1 for _ in _HIDDEN_ROW.finditer(content)) if b'hidden="' in content else 0,
        filtered=content.rfind(b"<autoFilter") >= 0,
    )


def parse_xml(content: bytes) -> ET.Element:
    """The tree with namespaces taken off its names, because writers differ in them."""
    root = ET.fromstring(content)  # noqa: S314 - expat loads nothing from outside and stops entity bombs by itself
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    return root


def part_of_relation(archive: zipfile.ZipFile, relations_part: str, relation: str) -> str:
    """The part of the archive a workbook's relation points to."""
    relations = parse_xml(archive.read(relations_part)).iter("Relationship")
    target = next(r.attrib["Target"] for r in relations if r.attrib["Id"] == relation)
    return posixpath.join("/xl", target).lstrip("/")


def _part_name(archive: zipfile.ZipFile, name: str) -> str:
    sheets = parse_xml(archive.read("xl/workbook.xml")).iter("sheet")
    relation = next(sheet.attrib["id"] for sheet in sheets if sheet.attrib["name"] == name)
    return part_of_relation(archive, "xl/_rels/workbook.xml.rels", relation)


def _plain(content: bytes) -> bytes:
    """The XML as most writers put it: no prefixes, double quotes, every cell beginning with its place."""
    first_cell = re.search(rb"<(?:\w+:)?c[\s>/]", content)
    if first_cell and content.startswith(b'<c r="', first_cell.start()) and not _differs_later(content):
        return content
    root = parse_xml(content)
    number = 0
    for row in root.iter("row"):
        number = int(row.get("r", number + 1))
        position = -1
        for cell in row.iter("c"):
            place = cell.attrib.pop("r", "")
            position = column_position(place.rstrip("0123456789")) if place else position + 1
            cell.attrib = {"r": f"{column_letters(position)}{number}", **cell.attrib}
    return ET.tostring(root)


def _differs_later(content: bytes) -> bool:
    """Whether a cell after the first is put in another way: its mark of an error would be missed."""
    return content.count(b"<c ") != content.count(b'<c r="') or b"<c>" in content


def _extent(content: bytes) -> tuple[int, int]:
    """Rows and columns that values may reach: a bound where that is cheap to tell and small enough."""
    last_row = re.compile(rb'<row\b[^>]*?\br="(\d+)"').match(content, max(content.rfind(b"<row"), 0))
    rows = int(last_row[1]) if last_row else 0
    if not re.search(rb'<c r="[A-Z]{2}', content):
        return rows, 26
    cells = _CELL_WITH_CONTENT.findall(content)
    columns = {column_position(letters.decode()) for letters in {letters for letters, _ in cells}}
    return max((int(row) for _, row in cells), default=0), max(columns, default=0) + 1


def _place(cell: re.Match[bytes]) -> CellPlace:
    return int(cell[2]), column_position(cell[1].decode())


def _cell_around(content: bytes, at: int) -> re.Match[bytes] | None:
    return _CELL.match(content, max(content.rfind(b"<c ", 0, at), 0))


def _errors(content: bytes) -> Iterator[tuple[CellPlace, str]]:
    """Cells of type `e`, with what they show."""
    for mark in re.finditer(rb't="e"', content):
        cell = _cell_around(content, mark.start())
        if cell and mark.end() <= cell.end():
            value = re.compile(rb"<v>([^<]*)</v>").search(content, cell.end(), content.find(b"</c>", cell.end()))
            yield _place(cell), value[1].decode() if value else "#N/A"


def _uncalculated(content: bytes) -> Iterator[CellPlace]:
    """Formulas whose result was never stored. An empty text is a result: its cell is of type `str`."""
    for formula in _FORMULA_WITHOUT_RESULT.finditer(content):
        cell = _cell_around(content, formula.start())
        if cell and b't="str"' not in cell[3]:
            yield _place(cell)


def _is_negative(content: bytes, place: CellPlace) -> bool:
    cell = b'<c r="%b%d"' % (column_letters(place[1]).encode(), place[0])
    return re.compile(rb"[^>]*>\s*(?:<f\b.*?</f>)?\s*<v>\s*-").match(content, content.find(cell)) is not None


def _mended(archive: zipfile.ZipFile, part: str, content: bytes) -> bytes:
    """The workbook with what calamine refuses read as text or plain numbers; what those cells show is known already."""
    return with_parts(archive, {part: _VALUE.sub(_readable, content)})


def _readable(cell: re.Match[bytes]) -> bytes:
    """A cell without an error or logical value that calamine does not know, or a length of time it cannot count."""
    start, between, value = cell.groups()
    if b't="e"' in start or (b't="b"' in start and value not in {b"0", b"1", b"true", b"false"}):
        start = re.sub(rb'\bt="[be]"', b't="str"', start)
    elif not re.search(rb'\bt="(?!n")', start) and _is_far(value):
        start = re.sub(rb'\ss="\d+"', b"", start)
    return start + between + value


def _is_far(value: bytes) -> bool:
    """Whether a number counts more days than the calendar of spreadsheet programs has."""
    try:
        return abs(float(value)) >= _LAST_DAY
    except ValueError:
        return False


def _number_formats(
    archive: zipfile.ZipFile, content: bytes, column: int, tells: Callable[[str], bool]
) -> Mapping[int, str]:
    codes = {style: code for style, code in _codes_by_style(archive).items() if tells(code)}
    if not codes:
        return {}
    letters = column_letters(column).encode()
    styled = re.compile(rb'<c r="' + letters + rb'(\d+)"[^>]*\bs="(\d+)"').findall(content)
    return {int(row): codes[style] for row, style in styled if style in codes}


def _codes_by_style(archive: zipfile.ZipFile) -> Mapping[bytes, str]:
    """Style number of a cell → format code, for the formats that are more than a plain number."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = parse_xml(archive.read("xl/styles.xml"))
    codes = says_more({int(f.attrib["numFmtId"]): f.attrib["formatCode"] for f in styles.iter("numFmt")})
    used = [int(style.get("numFmtId", 0)) for styles_of_cells in styles.iter("cellXfs") for style in styles_of_cells]
    return {str(style).encode(): codes[number] for style, number in enumerate(used) if number in codes}
