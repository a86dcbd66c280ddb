"""What the binary parts of an xlsb sheet tell beside its values.

A part is a row of records: number, length, content ([MS-XLSB] 2.1.4); only those that matter here are looked into.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from connectors.sources.places import CellPlace
from connectors.sources.workbooks.archive import with_parts
from connectors.sources.workbooks.number_formats import says_more
from connectors.sources.workbooks.sheet import Facts, check_extent
from connectors.sources.workbooks.xlsx import part_of_relation

_ROW, _FILLED, _NUMBERS, _ERRORS = 0, range(2, 12), (2, 5, 9), (3, 11)
_FORMAT, _CELL_FORMATS, _CELL_FORMATS_END, _STYLE = 44, 617, 618, 47
_SHEET, _FILTER = 156, 161
_HIDDEN = 0x10
_ERROR_TEXTS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


def facts_reader(archive: zipfile.ZipFile, where: str) -> Callable[[str], Facts]:
    """Looks at the workbook's list of sheets, and gives what tells the facts of a sheet by its name.

    Reader and what it gives raise struct.error, IndexError, KeyError or StopIteration when the file is damaged.
    """
    parts = {}
    for number, record in _records(archive.read("xl/workbook.bin")):
        if number == _SHEET:
            relation, after = _text(record, 8)
            parts[_text(record, after)[0]] = part_of_relation(archive, "xl/_rels/workbook.bin.rels", relation)
    return lambda name: _facts_of(archive, parts[name], f'{where}, sheet "{name}"')


def _facts_of(archive: zipfile.ZipFile, part: str, where: str) -> Facts:
    """Raises ConfigurationError when a value stands so far out that reading would fill the memory with blanks."""
    content = archive.read(part)
    errors: dict[CellPlace, str] = {}
    row, last_row, last_column, hidden, filtered = 0, 0, 0, 0, False
    for number, record in _records(content):
        if number == _ROW:
            row = _u32(record, 0) + 1
            hidden += bool(record[11] & _HIDDEN)
        elif number in _FILLED:
            column = _u32(record, 0)
            last_row, last_column = max(last_row, row), max(last_column, column)
            if number in _ERRORS:
                errors[row, column] = _ERROR_TEXTS.get(record[8], "#N/A")
        elif number == _FILTER:
            filtered = True
    check_extent(last_row, last_column + 1, where=where)
    return Facts(
        errors,
        number_formats=partial(_number_formats, cache(partial(_codes_by_style, archive)), content),
        hidden_rows=hidden,
        filtered=filtered,
        mended=partial(_mended, archive, part, content),
    )


def _mended(archive: zipfile.ZipFile, part: str, content: bytes) -> bytes:
    """The workbook with errors calamine does not know as one that it does; what the cells show is known already."""
    mended, at = bytearray(content), 0
    while at < len(content):
        number, at = _varying(content, at, 2)
        length, at = _varying(content, at, 4)
        if number in _ERRORS and content[at + 8] not in _ERROR_TEXTS:
            mended[at + 8] = 0x2A
        at += length
    return with_parts(archive, {part: bytes(mended)})


def _number_formats(
    codes_by_style: Callable[[], Mapping[int, str]], content: bytes, column: int, tells: Callable[[str], bool]
) -> Mapping[int, str]:
    by_style = {style: code for style, code in codes_by_style().items() if tells(code)}
    codes, row = {}, 0
    for number, record in _records(content):
        if number == _ROW:
            row = _u32(record, 0) + 1
        elif number in _NUMBERS and _u32(record, 0) == column:
            style = _u32(record, 4) & 0xFFFFFF
            if style in by_style:
                codes[row] = by_style[style]
    return codes


def _codes_by_style(archive: zipfile.ZipFile) -> Mapping[int, str]:
    codes, styles, of_cells = dict[int, str](), list[int](), False
    for number, record in _records(archive.read("xl/styles.bin") if "xl/styles.bin" in archive.namelist() else b""):
        if number == _FORMAT:
            codes[int.from_bytes(record[:2], "little")] = _text(record, 2)[0]
        elif number in {_CELL_FORMATS, _CELL_FORMATS_END}:
            of_cells = number == _CELL_FORMATS
        elif number == _STYLE and of_cells:
            styles.append(int.from_bytes(record[2:4], "little"))
    telling = says_more(codes)
    return {style: telling[code] for style, code in enumerate(styles) if code in telling}


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers take one or two bytes, lengths one to four, seven bits in each, lowest first."""
    at = 0
    while at < len(content):
        number, at = _varying(content, at, 2)
        length, at = _varying(content, at, 4)
        yield number, content[at : at + length]
        at += length


def _varying(content: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for position in range(most):
        byte = content[at + position]
        value |= (byte & 0x7F) << (7 * position)
        if not byte & 0x80:
            return value, at + position + 1
    return value, at + most


def _u32(record: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", record, at)[0])


def _text(record: bytes, at: int) -> tuple[str, int]:
    """A length in characters and as much UTF-16; and where it ends."""
    end = at + 4 + 2 * _u32(record, at)
    if end > len(record):
        raise IndexError("a text longer than its record")
    return record[at + 4 : end].decode("utf-16-le"), end
