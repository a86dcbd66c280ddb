"""What a result adds to an analyst's own workbook: outcomes beside each row, and the sheets `To fix` and `Summary`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import pyarrow.compute as pc
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from connectors.values import ROW_COLUMN, TO_DO_COLUMN, TO_FIX_SHEET, added_columns
from flows.reports.buckets import BUCKETS
from flows.reports.cells import fitted
from flows.reports.report import Report, result_columns, to_do
from flows.reports.summary_sheet import SUMMARY_SHEET, summary_table

_HEADER = PatternFill("solid", fgColor="DDEBF7")
_COLOURS = {
    text: PatternFill("solid", fgColor=bucket.cell)
    for bucket in BUCKETS.values()
    for text in (bucket.name, bucket.planned_label)
    if text
}
_WIDTHS = {"sync_reason": 60.0, "sync_changes": 40.0, TO_DO_COLUMN: 60.0}
_USUAL_WIDTH = 14.0
_LINE, _LETTERS = 15.0, 55  # height of a line in points, and about how many letters of what is to do stand in it
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,14})?")


def header_names(sheet: Worksheet, header: int) -> list[str]:
    """The texts of the header's cells, from the first column on."""
    return ["" if cell.value is None else str(cell.value).strip() for cell in sheet[header]]


def filled_cells(sheet: Worksheet) -> list[Cell]:
    """The cells with anything in them. To go through the rows would make every blank cell up to a stray one far out."""
    cells = sheet._cells.values()  # noqa: SLF001 - see above
    return [cell for cell in cells if isinstance(cell, Cell) and cell.value is not None]


def remove_earlier(book: Workbook, sheet: Worksheet, header: int) -> None:
    """Take out what an earlier result has added: its columns, and the sheets that can be known as its."""
    added = added_columns(header_names(sheet, header))
    for cell in filled_cells(sheet):
        if cell.row >= header and cell.column - 1 in added:
            cell.value, cell.style = None, "Normal"
    for other in book.worksheets:
        if other is not sheet and _is_added(other):
            book.remove(other)


def _is_added(sheet: Worksheet) -> bool:
    is_summary = tuple(sheet.cell(1, column).value for column in (1, 2, 3)) == ("Summary", "Value", "What it means")
    return is_summary or sheet.cell(1, 1).value == TO_DO_COLUMN


def own_width(sheet: Worksheet) -> int:
    """The last column with anything in it."""
    filled = (cell.column for cell in filled_cells(sheet))
    merged = (int(area.max_col) for area in sheet.merged_cells.ranges)
    return max([0, *filled, *merged])


def add_outcomes(sheet: Worksheet, report: Report, *, header: int, left: int) -> None:
    """Put the outcomes beside their rows, from the column `left` on, the statuses coloured."""
    columns = fitted(result_columns(report))
    _end_groups(sheet, left)
    numbers = report.rows.numbers.to_pylist()
    for column, name in enumerate(columns.column_names, start=left):
        _put_header(sheet, header, column, name)
        for row, value in zip(numbers, columns[name].to_pylist(), strict=True):
            if value:
                _put(sheet.cell(row, column), int(value) if name == ROW_COLUMN else value)
    status = left + columns.column_names.index("sync_status")
    for row, value in zip(numbers, columns["sync_status"].to_pylist(), strict=True):
        if value in _COLOURS:
            sheet.cell(row, status).fill = _COLOURS[value]
    _make_handy(sheet, header=header, last=numbers[-1], right=left + columns.num_columns - 1, first=left)


def _end_groups(sheet: Worksheet, left: int) -> None:
    """A width or format said for many columns at once ends before the added ones: said twice, a spreadsheet program
    takes the file for damaged."""
    for letter, group in list(sheet.column_dimensions.items()):
        if group.min and group.min >= left:
            del sheet.column_dimensions[letter]
        elif group.max and group.max >= left:
            group.max = left - 1


def as_number(text: str) -> str | int | float:
    """A number where the text is just how one is read, `38` or `1.5`; `012` and `1e5` stay text."""
    return (float(text) if "." in text else int(text)) if _NUMBER.fullmatch(text) else text


def _put(cell: Cell | MergedCell, value: str | float) -> None:
    """Text that came from outside is text, whatever it begins with."""
    if isinstance(cell, MergedCell):  # no cell of its own
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value


def _put_header(sheet: Worksheet, row: int, column: int, name: str) -> None:
    cell = sheet.cell(row, column, name)
    cell.font, cell.fill = Font(bold=True), _HEADER
    sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(name, _USUAL_WIDTH)


def _make_handy(sheet: Worksheet, *, header: int, last: int, right: int, first: int) -> None:
    """A filter over all columns, or where the sheet has a table, which has its own, over the new ones; a header that
    stays in view; printed on pages as wide as the sheet."""
    left = first if sheet.tables else 1
    if sheet.auto_filter.ref and not sheet.tables:
        left = min(left, range_boundaries(sheet.auto_filter.ref)[0] or 1)
    sheet.auto_filter.ref = f"{get_column_letter(left)}{header}:{get_column_letter(right)}{last}"
    if sheet.freeze_panes is None:
        sheet.freeze_panes = f"A{header + 1}"
    _fit_to_width(sheet, header)


def _fit_to_width(sheet: Worksheet, header: int) -> None:
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_setup.orientation = "landscape"
    sheet.print_area = None
    sheet.print_title_rows = f"{header}:{header}"


def add_to_fix(book: Workbook, sheet: Worksheet, report: Report, *, header: int, width: int) -> None:
    """The rows that a person can correct: what to do, and then the sheet's own cells with their formats."""
    fix = book.create_sheet(_free_name(book, TO_FIX_SHEET))
    copier = _Copier(sheet, fix, width, _read_texts(report, header_names(sheet, header)))
    copier.copy(header, 1)
    copier.copy_widths()
    _put_header(fix, 1, 1, TO_DO_COLUMN)
    _put_header(fix, 1, width + 2, ROW_COLUMN)
    told = zip(report.rows.numbers.to_pylist(), to_do(report).to_pylist(), strict=True)
    for line, (row, text) in enumerate(((row, text) for row, text in told if text), start=2):
        _put(fix.cell(line, 1), text)
        fix.cell(line, 1).alignment = Alignment(wrap_text=True, vertical="top")
        fix.row_dimensions[line].height = _LINE * -(-len(text) // _LETTERS)
        copier.copy(row, line)
        fix.cell(line, width + 2, row)
    _make_handy(fix, header=1, last=fix.max_row, right=width + 2, first=1)


def _read_texts(report: Report, names: Sequence[str]) -> Mapping[tuple[int, int], str]:
    """What was read of each cell that needs correction, by its row and column."""
    wanted = pc.not_equal(to_do(report), "").combine_chunks()
    table, numbers = report.rows.table.filter(wanted), report.rows.numbers.filter(wanted).to_pylist()
    return {
        (row, names.index(name) + 1): text
        for name in table.column_names
        if name in names
        for row, text in zip(numbers, table[name].to_pylist(), strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Copier:
    """Copies rows of one sheet one column further to the right in another one, with types and formats.

    A formula would mean other cells there, so what was `read` of it is given in its place.
    """

    sheet: Worksheet
    to: Worksheet
    width: int
    read: Mapping[tuple[int, int], str]

    def copy(self, row: int, to_row: int) -> None:
        """One row."""
        for column in range(1, self.width + 1):
            old, new = self.sheet.cell(row, column), self.to.cell(to_row, column + 1)
            if isinstance(old, MergedCell) or isinstance(new, MergedCell):
                continue
            new._style = copy(old._style)  # type: ignore[attr-defined]  # noqa: SLF001 - as openpyxl copies sheets
            if old.data_type == "f":
                _put(new, as_number(self.read.get((row, column), "")))
            elif old.value is not None:
                new.value = old.value
                new.data_type = old.data_type

    def copy_widths(self) -> None:
        """The widths of the columns."""
        for group in list(self.sheet.column_dimensions.values()):
            for column in range(group.min or 1, min(group.max or 0, self.width) + 1):
                self.to.column_dimensions[get_column_letter(column + 1)].width = group.width


def add_summary(book: Workbook, report: Report) -> None:
    """Add the sheet that says what each count means."""
    sheet = book.create_sheet(_free_name(book, SUMMARY_SHEET))
    table = fitted(summary_table(report.summary, report.rows.notes))
    for column, (name, width) in enumerate(zip(table.column_names, (28.0, 32.0, 110.0), strict=True), start=1):
        _put_header(sheet, 1, column, name)
        sheet.column_dimensions[get_column_letter(column)].width = width
        for row, text in enumerate(table[name].to_pylist(), start=2):
            _put(sheet.cell(row, column), text)
    sheet.freeze_panes = "A2"
    _fit_to_width(sheet, 1)


def _free_name(book: Workbook, wanted: str) -> str:
    taken = {name.casefold() for name in book.sheetnames}
    names = (wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name.casefold() not in taken)
