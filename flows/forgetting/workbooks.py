"""A person taken out of a result workbook: their rows are emptied where they stand, so that all others keep their
places, formats and formulas.

It is done in the file's XML, because a library would lose what it does not know. A row is known by its number in the
source, or by an address in it; elsewhere only the cell goes that has the person's number. What then stands in no cell
any more goes from results of formulas, charts and pivot tables as well, and comments and links of emptied rows too.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape, unescape

import pyarrow as pa

from connectors.values import ROW_COLUMN
from flows.contacts.people.somebody import Somebody

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED = "xl/sharedStrings.xml"
_PARTS = (".xml", ".rels", ".vml")
_ROW = re.compile(r"<row\b[^>]*?(?:/>|>.*?</row>)", re.DOTALL)
_CELL = re.compile(r'<c r="(?P<column>[A-Z]+)(?P<line>\d+)"(?P<facts>[^>]*?)(?:/>|>(?P<inside>.*?)</c>)', re.DOTALL)
_STYLE = re.compile(r' s="\d+"')
_TEXT = re.compile(r"<t\b[^>]*?(?:/>|>(.*?)</t>)", re.DOTALL)
_VALUE = re.compile(r"<v\b[^>]*>(.*?)</v>", re.DOTALL)
_STRING = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_LINK = re.compile(r'<hyperlink\b[^>]*?\bref="[A-Z]+(?P<line>\d+)[^>]*?/>')
_NO_LINKS = re.compile(r"<hyperlinks>\s*</hyperlinks>")  # a spreadsheet program takes an empty list for damage
_RELATION = re.compile(r"<Relationship\b[^>]*?/>")
_ID = re.compile(r'\b(?:r:)?[iI]d="(\w+)"')
_COMMENT = re.compile(r'<comment\b[^>]*?\bref="[A-Z]+(?P<line>\d+)".*?</comment>', re.DOTALL)
_SAID = re.compile(r"<text>.*?</text>", re.DOTALL)
_COMMENTS = re.compile(r'Target="[^"]*?(comments?[^"/]*/?[^"/]*\.xml)"')
_LETTERS = re.compile(r"[^\W\d_]{2}")  # what a text has at least that is looked for outside of cells


@dataclass(frozen=True, slots=True)
class Cleared:
    """A workbook without a person. rows: numbers in the source of the rows that were theirs. parts: what is different,
    by name; empty where the person does not stand in it."""

    rows: frozenset[int]
    parts: Mapping[str, bytes]

    def write(self, source: Path, target: Path) -> None:
        """The workbook at `source` to `target`, with these parts in the place of its own."""
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                new.writestr(entry, self.parts.get(entry.filename, old.read(entry)))


def clear(path: Path, who: Somebody, rows: Collection[int], *, address: str | None) -> Cleared:
    """What has to be different in a workbook. rows: numbers in the source of rows known to be the person's. address:
    name of the column in which an address makes a row theirs; None: any does. Raises BadZipFile."""
    parts = _parts(path)
    sheets = {name: content for name, content in parts.items() if _SHEET.fullmatch(name)}
    shared = [_joined(string) for string in _STRING.findall(parts.get(_SHARED, ""))]
    clearing = _Clearing(who, frozenset(rows), address, shared, sheets.values())
    told = dict(parts)
    for name, content in sheets.items():
        told[name], emptied = clearing.sheet(content)
        relations = _relations_of(name)
        if relations in told:
            for other in _comments_in(told[relations], parts):
                told[other] = _COMMENT.sub(partial(_unsaid, emptied), told[other])
            gone = frozenset(_ID.findall(content)) - frozenset(_ID.findall(told[name]))
            told[relations] = _RELATION.sub(partial(_unrelated, gone), told[relations])
    if shared:
        told[_SHARED] = clearing.strings(told[_SHARED])
    vanished = clearing.vanished()
    told = {name: who.mentioned.sub("", vanished.sub(r"\1", content)) for name, content in told.items()}
    return Cleared(
        frozenset(clearing.found),
        {name: content.encode() for name, content in told.items() if content != parts[name]},
    )


def mentions(path: Path, who: Somebody) -> bool:
    """Whether the person's number stands anywhere in a workbook. Raises BadZipFile."""
    return any(who.mentioned.search(content) for content in _parts(path).values())


def _parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(_PARTS)]
        return {name: archive.read(name).decode("utf-8", "replace") for name in names}


@dataclass(slots=True)
class _SheetColumns:
    """The columns by which a sheet tells whose a row is, by letter, "" as long as they were not seen; and the lines
    that were emptied."""

    number: str = ""
    address: str = ""
    emptied: set[str] = field(default_factory=set)


class _Clearing:
    """A pass over the sheets. found: numbers of rows that were the person's."""

    def __init__(
        self, who: Somebody, rows: frozenset[int], address: str | None, shared: Sequence[str], sheets: Collection[str]
    ) -> None:
        self._rows, self._address, self._shared = rows, address, shared
        every = sorted({self._shown(cell) for content in sheets for cell in _CELL.finditer(content)})
        column = pa.array(every, pa.string())
        self._spelled = frozenset(column.filter(pa.array(who.spelled(column))).to_pylist())
        self._named = frozenset(column.filter(pa.array(who.named(column))).to_pylist())
        self.found: set[int] = set()
        self._gone: set[str] = set()  # texts of emptied cells, and of those that stay
        self._kept: set[str] = set()

    def sheet(self, content: str) -> tuple[str, set[str]]:
        """A sheet without the person, and the lines that were emptied."""
        sheet = _SheetColumns()
        content = _ROW.sub(lambda row: self._row(row[0], sheet), content)
        content = _LINK.sub(lambda link: "" if link["line"] in sheet.emptied else link[0], content)
        return _NO_LINKS.sub("", content), sheet.emptied

    def _row(self, row: str, sheet: _SheetColumns) -> str:
        cells = list(_CELL.finditer(row))
        texts = {cell["column"]: self._shown(cell) for cell in cells}
        if not sheet.number and ROW_COLUMN in texts.values():
            columns = {text: column for column, text in texts.items()}
            sheet.number, sheet.address = columns[ROW_COLUMN], columns.get(self._address or "", "")
        number = _as_number(texts.get(sheet.number, ""))
        empty = {column for column, text in texts.items() if text in self._named}
        if (number is not None and number in self._rows) or self._is_theirs(texts, sheet):
            empty = set(texts)
            sheet.emptied |= {cell["line"] for cell in cells}
            self.found |= {number} - {None}  # type: ignore[arg-type]
        self._gone |= {texts[column] for column in empty}
        self._kept |= {texts[cell["column"]] for cell in cells if cell["column"] not in empty and not _is_result(cell)}
        return _CELL.sub(lambda cell: _emptied(cell) if cell["column"] in empty else cell[0], row) if empty else row

    def _is_theirs(self, texts: Mapping[str, str], sheet: _SheetColumns) -> bool:
        """Whether an address makes the row the person's: in its own column where that is known, in any elsewhere. Of a
        run with `--only` the other rows stand in the sheet too, without a number."""
        if sheet.address:
            return texts.get(sheet.address) in self._spelled
        return not self._spelled.isdisjoint(texts.values())

    def _shown(self, cell: re.Match[str]) -> str:
        inside = cell["inside"] or ""
        if 't="inlineStr"' in cell["facts"]:
            return _joined(inside)
        value = found[1] if (found := _VALUE.search(inside)) else ""
        if 't="s"' in cell["facts"]:
            return self._shared[int(value)] if value.isdigit() and int(value) < len(self._shared) else ""
        number = _as_number(value)
        return unescape(value) if number is None else str(number)

    def strings(self, content: str) -> str:
        """The shared strings without those that stand in no cell any more."""
        left = self._gone - self._kept
        return _STRING.sub(lambda string: "<si><t></t></si>" if _joined(string[0]) in left else string[0], content)

    def vanished(self) -> re.Pattern[str]:
        """Finds texts that stand in no cell any more, where something was made of them."""
        texts = sorted((text for text in self._gone - self._kept if _LETTERS.search(text)), key=len, reverse=True)
        if not texts:
            return re.compile(r"(?!)()")
        any_of_them = "|".join(re.escape(escape(text)) for text in texts)
        return re.compile(rf"(<(?:\w+:)?[vt](?: [^>]*)?>|<s [^>]*?v=\")(?:{any_of_them})(?=</|\")")


def _joined(inside: str) -> str:
    return unescape("".join(_TEXT.findall(inside)))


def _as_number(text: str) -> int | None:
    """A whole number as a cell stores it, also as `8.5512345678E10` or `2.0`."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else None


def _is_result(cell: re.Match[str]) -> bool:
    return "<f" in (cell["inside"] or "")


def _emptied(cell: re.Match[str]) -> str:
    style = found[0] if (found := _STYLE.search(cell["facts"])) else ""
    return f'<c r="{cell["column"]}{cell["line"]}"{style}/>'


def _relations_of(sheet: str) -> str:
    folder, _, name = sheet.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _comments_in(relations: str, parts: Mapping[str, str]) -> list[str]:
    ends = _COMMENTS.findall(relations)
    return [part for part in parts if any(part.endswith(f"/{end}") for end in ends)]


def _unrelated(links: frozenset[str], relation: re.Match[str]) -> str:
    return "" if not links.isdisjoint(_ID.findall(relation[0])) else relation[0]


def _unsaid(lines: Collection[str], comment: re.Match[str]) -> str:
    return _SAID.sub("<text><t></t></text>", comment[0]) if comment["line"] in lines else comment[0]
