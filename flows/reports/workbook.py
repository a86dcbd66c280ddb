"""The result workbook: the source's own rows with what became of each, a summary, and the rows to fix.

The writer is rustpy-xlsxwriter (bindings of rust_xlsxwriter). Measured side by side on 100,000 rows x 16 text columns,
two cores, Python 3.11: openpyxl write-only 16.0 s, XlsxWriter constant_memory 7.9 s, PyExcelerate 7.9 s and 176 MB,
xlsxturbo 1.5 s and 98 MB (it wants a pandas frame), rustpy-xlsxwriter 1.1 s and 4 MB, or 1.6 s with the formats used
here. It takes an Arrow table as it is, so no cell ever becomes a Python object, and alone among the fast ones it keeps
conditional formats while it streams. It writes text as text whatever it begins with (no formulas, links or guessed
numbers), escapes control characters as OOXML wants (`_x0007_`), and its one temporary file has no name. Only `_write`
knows it; XlsxWriter could take its place there, four times slower.

What it does not do is done here and in `cells`: Excel's limits, and what Excel would do to a corrected cell. The
source's columns of text carry the text format, so that `012345678` typed over a wrong number keeps its zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rustpy_xlsxwriter import Format, validate_sheet_name, write_worksheets

from connectors.errors import CouldNotBeDone
from connectors.values import ROW_COLUMN, TO_DO_COLUMN, TO_FIX_SHEET, added_columns
from flows.reports.buckets import BUCKETS
from flows.reports.cells import MOST_COLUMNS, fitted, split_rows, typed, widths
from flows.reports.private_file import replacing
from flows.reports.report import Report, result_columns, to_do
from flows.reports.summary_sheet import SUMMARY_SHEET, summary_table

_FIRST_SHEET = "Result"
_LONGEST_SHEET_NAME = 31
_RESERVED_SHEET_NAMES = frozenset({SUMMARY_SHEET.casefold(), TO_FIX_SHEET.casefold(), "history"})
_STATUS_COLUMN = "sync_status"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet: of its columns `own` are the source's, after the first `left`."""

    name: str
    table: pa.Table
    own: int
    left: int = 0
    widest: int = 60


@dataclass(frozen=True, slots=True)
class NewWorkbook:
    """A result that is written anew. address: the column that stays text whatever it holds. notes: why it is not the
    rows' own file, where they are of one."""

    address: str | None = None
    notes: tuple[str, ...] = ()
    suffix: str = ".xlsx"

    def write(self, path: Path, report: Report) -> None:
        """Writes the result workbook to `path`, whole or not at all, readable by its owner only (contract, section 4).

        Sheets: the source's rows and columns in their order with the outcome columns to the right (a result file that
        was dropped in again gets new ones in place of its old ones), `Summary`, and `To fix` with what to do and the
        source's columns.
        More rows than a sheet holds go on in `… 2`. Only the rows to fix are copied in memory. Numbers and dates are
        such in all columns but `address`; without it everything is text. Raises CouldNotBeDone.
        """
        own = fitted(_own_columns(report))
        own = own if self.address is None else typed(own, but=self.address)
        sheets = [*_result_sheets(report, own), _summary_sheet(report), *_to_fix_sheets(report, own)]
        with replacing(path) as temporary, _one_clear_reason(path):
            _write(temporary, sheets)


def write_table(path: Path, name: str, table: pa.Table) -> None:
    """Writes a table of text columns as a workbook whose first sheet is called `name`, with the same care."""
    pieces = enumerate(split_rows(fitted(table)), start=1)
    sheets = [_Sheet(_numbered(name, number), piece, piece.num_columns) for number, piece in pieces]
    with replacing(path) as temporary, _one_clear_reason(path):
        _write(temporary, sheets)


@contextmanager
def _one_clear_reason(path: Path) -> Iterator[None]:
    """Turns the writer's errors into ours. On a full disk its native code panics, which is no Exception in Python."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise CouldNotBeDone(
            f"{path} could not be written: {error}", hint="See that there is room on the disk."
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CouldNotBeDone(
            f"{path} could not be written: {error}.",
            hint="See that its folder and the one for temporary files have room.",
        ) from error


def _own_columns(report: Report) -> pa.Table:
    """The source's columns without those of an earlier result."""
    table = report.rows.table
    added = added_columns(table.column_names)
    kept = [at for at in range(table.num_columns) if at not in added]
    return table.select(kept[: MOST_COLUMNS - report.outcomes.num_columns - 2])


def _result_sheets(report: Report, own: pa.Table) -> Iterator[_Sheet]:
    outcomes = fitted(result_columns(report))
    both = pa.table([*own.columns, *outcomes.columns], names=[*own.column_names, *outcomes.column_names])
    for number, piece in enumerate(split_rows(both), start=1):
        yield _Sheet(_numbered(_first_sheet_name(report.rows.sheet), number), piece, own.num_columns)


def _summary_sheet(report: Report) -> _Sheet:
    return _Sheet(SUMMARY_SHEET, fitted(summary_table(report.summary, report.rows.notes)), own=0, widest=120)


def _to_fix_sheets(report: Report, own: pa.Table) -> Iterator[_Sheet]:
    numbers = pa.chunked_array([pc.cast(report.rows.numbers, pa.string())])
    added = fitted(pa.table([to_do(report), numbers], names=[TO_DO_COLUMN, ROW_COLUMN]))
    columns = [added[TO_DO_COLUMN], *own.columns, added[ROW_COLUMN]]
    table = pa.table(columns, names=[TO_DO_COLUMN, *own.column_names, ROW_COLUMN])
    table = table.filter(pc.not_equal(added[TO_DO_COLUMN], ""))
    for number, piece in enumerate(split_rows(table), start=1):
        yield _Sheet(_numbered(TO_FIX_SHEET, number), piece, own.num_columns, left=1)


def _first_sheet_name(wanted: str) -> str:
    usable = (
        bool(wanted.strip())
        and wanted.isprintable()
        and wanted.strip("'") == wanted
        and wanted.casefold() not in _RESERVED_SHEET_NAMES
        and validate_sheet_name(wanted)
    )
    return wanted if usable else _FIRST_SHEET


def _numbered(name: str, number: int) -> str:
    suffix = f" {number}" if number > 1 else ""
    return name[: _LONGEST_SHEET_NAME - len(suffix)] + suffix


def _write(path: Path, sheets: list[_Sheet]) -> None:
    write_worksheets(
        [(sheet.name, sheet.table) for sheet in sheets],
        path,
        freeze_panes={"general": {"row": 1, "col": 0}},
        header_format={"general": Format().set_bold().set_background_color("#DDEBF7")},
        column_widths={sheet.name: widths(sheet.table, sheet.widest) for sheet in sheets},
        column_formats={sheet.name: list(_formats(sheet)) for sheet in sheets},
        autofilter={sheet.name: True for sheet in sheets if sheet.name != SUMMARY_SHEET},
        ignore_errors={sheet.name: sorted(set(sheet.table.column_names)) for sheet in sheets},
        conditional_formats={
            sheet.name: {_STATUS_COLUMN: _status_rules()}
            for sheet in sheets
            if _STATUS_COLUMN in sheet.table.column_names
        },
    )


def _formats(sheet: _Sheet) -> Iterator[Format]:
    """Of the source's columns and those before them: text that stays text, dates as they were read."""
    yield from [Format()] * sheet.left
    for column in sheet.table.columns[sheet.left : sheet.left + sheet.own]:
        is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        shown = "yyyy-mm-dd" if pa.types.is_date(column.type) else "@"
        yield Format() if is_number else Format().set_num_format(shown)


def _status_rules() -> list[dict[str, object]]:
    """One rule per status, also as it is called while only planned: none begins with another, and a rule costs nothing
    per cell."""
    return [
        {
            "type": "text",
            "criteria": "begins_with",
            "value": text,
            "format": Format().set_background_color(f"#{bucket.cell}"),
        }
        for bucket in BUCKETS.values()
        for text in filter(None, (bucket.name, bucket.planned_label))
    ]
