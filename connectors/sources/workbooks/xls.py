"""Sheets of xls files (Excel 97–2003), by xlrd: it tells values, kinds of cells and formats in one reading."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import xlrd
from xlrd.biffh import XLRDError
from xlrd.book import Book
from xlrd.compdoc import CompDoc
from xlrd.sheet import Sheet as XlsSheet

from connectors.sources.workbooks.number_formats import PLAIN
from connectors.sources.workbooks.sheet import Cell, Facts, Sheet, Wanted, chosen_sheet, filled_rows

_NUMBERS = (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)
_DAY = 86_400
_SHORT_STREAM = 4096


def read_sheet(content: bytes, wanted: Wanted, where: str) -> tuple[Sheet, Sequence[str]]:
    """The wanted sheet, and the names of the visible ones.

    Raises ConfigurationError when the sheet is not there, and whatever xlrd raises when the file is damaged.
    """
    _refuse_circles(content)
    # xlrd reports what it finds odd on a stream; here that is nobody's business.
    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
    shown = [(sheet.name, sheet.visibility == 0) for sheet in book.sheets()]
    sheet = book.sheet_by_name(chosen_sheet(shown, wanted, where))
    facts = _facts(book, sheet)
    every = ([_value(book, sheet, row, column) for column in range(sheet.ncols)] for row in range(sheet.nrows))
    rows, numbers = filled_rows(every, kept=facts.rows())
    merged = tuple(((top + 1, left), (bottom, right - 1)) for top, bottom, left, right in sheet.merged_cells)
    return Sheet(sheet.name, rows, numbers, merged=merged, facts=facts), [name for name, visible in shown if visible]


def _refuse_circles(content: bytes) -> None:
    """A short stream whose sectors lead back to themselves would keep xlrd reading until the memory is full."""
    document = CompDoc(content, logfile=io.StringIO())
    for stream in document.dirlist:
        sector, left = stream.first_SID, len(document.SSAT)
        if stream.tot_size < _SHORT_STREAM:
            while sector >= 0 and left >= 0:
                sector, left = document.SSAT[sector], left - 1
            if sector >= 0:
                raise XLRDError("its sectors lead in circles")


def _facts(book: Book, sheet: XlsSheet) -> Facts:
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


def _value(book: Book, sheet: XlsSheet, row: int, column: int) -> Cell:
    if column >= sheet.row_len(row):
        return ""
    value = sheet.cell_value(row, column)
    match sheet.cell_type(row, column):
        case xlrd.XL_CELL_TEXT | xlrd.XL_CELL_NUMBER:
            return str(value) if isinstance(value, str) else float(value)
        case xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        case xlrd.XL_CELL_DATE:
            return _moment(float(value), _format(book, sheet, row, column), book.datemode)
    return ""


def _moment(value: float, code: str, datemode: int) -> Cell:
    """A date, a time, both, or a length of time, as the number and its format have it; the number where it is none."""
    try:
        if "[h" in code.lower():
            return dt.timedelta(milliseconds=round(value * _DAY * 1000))
        moment = xlrd.xldate.xldate_as_datetime(value, 1 if datemode else 0)
    except OverflowError:
        return value
    if value < 0:
        return value
    if value < 1:
        return moment.time()
    return moment.date() if value.is_integer() else moment


def _format(book: Book, sheet: XlsSheet, row: int, column: int) -> str:
    return str(book.format_map[book.xf_list[sheet.cell_xf_index(row, column)].format_key].format_str)


def _number_formats(book: Book, sheet: XlsSheet, column: int, tells: Callable[[str], bool]) -> Mapping[int, str]:
    codes = {}
    for row in range(sheet.nrows):
        if column < sheet.row_len(row) and sheet.cell_type(row, column) in _NUMBERS:
            code = _format(book, sheet, row, column)
            if code not in PLAIN and tells(code):
                codes[row + 1] = code
    return codes
