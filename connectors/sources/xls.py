"""What an xls file (Excel 97–2003) tells beside its values, by xlrd."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial

import xlrd
from xlrd.book import Book
from xlrd.sheet import Sheet as XlsSheet

from connectors.sources.sheet import Facts

_GENERAL = "General"


def facts_of(content: bytes, name: str) -> Facts:
    """Facts of the sheet of this name. Raises whatever xlrd raises when the file is damaged."""
    # xlrd reports what it finds odd on a stream; here that is nobody's business.
    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
    sheet = book.sheet_by_name(name)
    errors = {
        (row + 1, column): xlrd.error_text_from_code.get(int(sheet.cell_value(row, column)), "#N/A")
        for row in range(sheet.nrows)
        for column, kind in enumerate(sheet.row_types(row))
        if kind == xlrd.XL_CELL_ERROR
    }
    return Facts(
        errors=errors,
        number_formats=partial(_number_formats, book, sheet),
        hidden_rows=sum(1 for row in sheet.rowinfo_map.values() if row.hidden),
    )


def _number_formats(book: Book, sheet: XlsSheet, column: int) -> Mapping[int, str]:
    codes = {}
    for row in range(sheet.nrows):
        if column < sheet.row_len(row) and sheet.cell_type(row, column) == xlrd.XL_CELL_NUMBER:
            style = book.xf_list[sheet.cell_xf_index(row, column)]
            code = book.format_map[style.format_key].format_str
            if code != _GENERAL:
                codes[row + 1] = code
    return codes
