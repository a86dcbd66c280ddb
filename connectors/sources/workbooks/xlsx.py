"""What the XML of an xlsx or xlsm sheet tells beside its values.

calamine hands over error cells and formulas without a result as blanks, and numbers without their format. Those are
found by searching the bytes for rare marks, which costs a fraction of parsing them again.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from xml.etree import ElementTree as ET

from connectors.sources.places import CellPlace, column_letters, column_position
from connectors.sources.workbooks.archive import with_parts
from connectors.sources.workbooks.number_formats import says_more
from connectors.sources.workbooks.sheet import LAST_DAY, Facts, check_extent

# None of these goes back over bytes it has taken, nor past the next tag: a file must not be able to keep it busy.
_CELL = re.compile(rb'<c r="([A-Z]++)(\d++)"([^<>]*+)>')
_CELL_WITH_CONTENT = re.compile(rb'<c r="([A-Z]++)(\d++)"[^<>]*+>\s*+<[vif]')
_FAR_OUT = re.compile(rb'<c r="[A-Z](?:[A-Z]|\d{7})')
_FORMULA = rb"<f\b[^<>]*+>(?:(?<=/>)|[^<]*+</f>)\s*+"
_FORMULA_WITHOUT_RESULT = re.compile(_FORMULA + rb"(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>")
_VALUE = re.compile(rb"\s*+(?:" + _FORMULA + rb")?+<v>([^<]*+)</v>")
_CELL_WITH_VALUE = re.compile(rb'(<c r="[A-Z]++\d++"[^<>]*+>)(\s*+(?:' + _FORMULA + rb")?+<v>)([^<]*+)")
_HIDDEN_ROW = re.compile(rb'<row\b[^<>]*?\bhidden="(?:1|true)"')


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
        number_formats=partial(_number_formats, cache(partial(_codes_by_style, archive)), content),
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
    first_cell = re.search(rb"<(?:\w++:)?+c[\s>/]", content)
    if first_cell and not _differs_somewhere(content, first_cell.start()):
        return content
    root = parse_xml(content)
    number = 0
    for row in root.iter("row"):
        number = int(row.get("r", number + 1))
        position = -1
        for cell in row.iter("c"):
            place = cell.attrib.pop("r", "")
            position = column_position(place.rstrip("0123456789")) if place else position + 1
            cell.attrib = {"r": place or f"{column_letters(position)}{number}", **cell.attrib}
    return ET.tostring(root)


def _differs_somewhere(content: bytes, first: int) -> bool:
    """Whether a cell is put in another way: its mark of an error, or how far out it is, would be missed."""
    end = content.rfind(b"</sheetData>")
    cells = (first, end if end >= 0 else len(content))
    return content.count(b"<c", *cells) != content.count(b'<c r="', *cells) or content.find(b":c", *cells) >= 0


def _extent(content: bytes) -> tuple[int, int]:
    """Rows and columns that values may reach: a bound where that is cheap to tell and small enough."""
    if not _FAR_OUT.search(content):
        return 999_999, 26
    cells = _CELL_WITH_CONTENT.findall(content)
    columns = {column_position(letters.decode()) for letters in {letters for letters, _ in cells}}
    return max((int(row) for _, row in cells), default=0), max(columns, default=0) + 1


def _place(cell: re.Match[bytes]) -> CellPlace:
    return int(cell[2]), column_position(cell[1].decode())


def _with_cells(content: bytes, marks: Iterator[re.Match[bytes]]) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """Each mark with the last cell that begins before it, if there is one. Nothing is looked through twice."""
    seen, cell = 0, None
    for mark in marks:
        start = content.rfind(b"<c ", max(seen - 3, 0), mark.start())
        if start >= 0:
            cell = _CELL.match(content, start)
        seen = mark.start()
        if cell:
            yield mark, cell


def _errors(content: bytes) -> Iterator[tuple[CellPlace, str]]:
    """Cells of type `e`, with what they show."""
    for mark, cell in _with_cells(content, re.finditer(rb't="e"', content)):
        if mark.end() <= cell.end():
            value = _VALUE.match(content, cell.end())
            yield _place(cell), value[1].decode() if value else "#N/A"


def _uncalculated(content: bytes) -> Iterator[CellPlace]:
    """Formulas whose result was never stored. An empty text is a result: its cell is of type `str`."""
    for _, cell in _with_cells(content, _FORMULA_WITHOUT_RESULT.finditer(content)):
        if b't="str"' not in cell[3]:
            yield _place(cell)


def _is_negative(content: bytes, place: CellPlace) -> bool:
    cell = b'<c r="%b%d"' % (column_letters(place[1]).encode(), place[0])
    return re.compile(rb"<[^<>]*+>\s*+(?:" + _FORMULA + rb")?+<v>\s*+-").match(content, content.find(cell)) is not None


def _mended(archive: zipfile.ZipFile, part: str, content: bytes) -> bytes:
    """The workbook with what calamine refuses read as text or plain numbers; what those cells show is known already."""
    return with_parts(archive, {part: _CELL_WITH_VALUE.sub(_readable, content)})


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
        return abs(float(value)) >= LAST_DAY
    except ValueError:
        return False


def _number_formats(
    codes_by_style: Callable[[], Mapping[bytes, str]], content: bytes, column: int, tells: Callable[[str], bool]
) -> Mapping[int, str]:
    """`codes_by_style` is asked for each column, and only where there are numbers: it has to remember its answer."""
    codes = {style: code for style, code in codes_by_style().items() if tells(code)}
    if not codes:
        return {}
    letters = column_letters(column).encode()
    styled = re.compile(rb'<c r="' + letters + rb'(\d++)"[^<>]*?\bs="(\d++)"').findall(content)
    return {int(row): codes[style] for row, style in styled if style in codes}


def _codes_by_style(archive: zipfile.ZipFile) -> Mapping[bytes, str]:
    """Style number of a cell → format code, for the formats that are more than a plain number."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = parse_xml(archive.read("xl/styles.xml"))
    codes = says_more({int(f.attrib["numFmtId"]): f.attrib["formatCode"] for f in styles.iter("numFmt")})
    used = [int(style.get("numFmtId", 0)) for styles_of_cells in styles.iter("cellXfs") for style in styles_of_cells]
    return {str(style).encode(): codes[number] for style, number in enumerate(used) if number in codes}
