"""The analyst's own workbook with what became of each row: their title rows, formats, widths, other sheets and macros.

openpyxl changes the very file that was read, so that cells keep their types and formulas stay formulas; it takes about
half a millisecond for each row of eleven columns, hence `MOST_ROWS`. Longer sheets, CSV files and databases are written
anew by `flows.reports.workbook`.

A row's outcome stands beside the row itself, so the file has to be just what was read: somebody may have saved it
since. An earlier result of the same run serves too; its added columns and sheets are taken out first.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.drawing.image import PILImage
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.collector import collector_paused
from connectors.errors import VerboiceSyncError
from connectors.sources.files import OWN_SUFFIXES, file_digest
from connectors.values import ROW_COLUMN, Rows
from flows.reports.own_sheets import (
    add_outcomes,
    add_summary,
    add_to_fix,
    as_number,
    filled_cells,
    header_names,
    own_width,
    remove_earlier,
)
from flows.reports.private_file import replacing
from flows.reports.report import Report
from flows.reports.workbook import NewWorkbook

MOST_ROWS = 20_000
MOST_UNPACKED = 128 * 1024**2  # bytes of all sheets of the file together; openpyxl needs up to fifty times as much
_WITHOUT_RESULT = re.compile(
    rb'<c r="(?P<cell>[A-Z]+\d+)"(?P<style>(?: s="\d+")?)(?: t="\w+")?>(?P<formula><f[^>]*>[^<]*</f>)<v ?/></c>'
)
_LOST = {
    "xl/charts/": "charts (their data and kind are kept, not all of their look)",
    "xl/media/": "pictures",
    "xl/slicers/": "slicers",
    "xl/threadedComments/": "threads of comments",
    "xl/ctrlProps/": "form controls",
}
_LOST_MARKS = {
    b"x14:sparkline": "sparklines",
    b"x14:dataValidation": "lists of allowed values that stand on another sheet",
    b"x14:conditionalFormatting": "newer conditional formats",
}


@dataclass(frozen=True, slots=True)
class OwnWorkbook:
    """The opened file, in which the outcomes are written. notes: what will be missing in it, a sentence each."""

    book: Workbook
    suffix: str
    notes: tuple[str, ...] = ()

    def write(self, path: Path, report: Report) -> None:
        """Write the outcomes into the workbook, and that to `path`, whole or not at all. Raises CouldNotBeDone."""
        rows = report.rows
        if rows.file is None:
            raise ValueError("rows of no workbook")
        sheet, header = self.book[rows.sheet], rows.file.header
        remove_earlier(self.book, sheet, header)
        width = own_width(sheet)
        add_to_fix(self.book, sheet, report, header=header, width=width)
        add_outcomes(sheet, report, header=header, left=width + 1)
        add_summary(self.book, report)
        self.book.active = self.book.sheetnames.index(rows.sheet)
        formulas = set(_formulas(sheet, header))
        with replacing(path) as temporary, collector_paused():
            self.book.save(temporary)
            if formulas:
                _keep_results(temporary, sheet.path.lstrip("/"), _results(rows, header_names(sheet, header), formulas))


def open_own_workbook(rows: Rows, earlier: Sequence[Path] = ()) -> OwnWorkbook | NewWorkbook:
    """The workbook that `rows` were read from, as long as it is what was read; or else one of the `earlier` results of
    the run, as it was written into that very file."""
    if rows.file is None or not len(rows) or int(rows.numbers[-1].as_py()) > MOST_ROWS + rows.file.header:
        return NewWorkbook()
    path = rows.file.path
    if path.suffix.lower() not in OWN_SUFFIXES:
        return NewWorkbook()
    try:
        is_same = path.is_file() and file_digest(path) == rows.file.digest
        candidates = [path] if is_same else [one for one in earlier if one.exists()]
        for candidate in candidates:
            opened = _opened(candidate)
            if is_same or _is_of(opened.book, rows):
                return opened
    except VerboiceSyncError as error:
        why = error.message
    except Exception as error:  # noqa: BLE001 - openpyxl raises whatever a file it does not understand makes it raise
        why = f"openpyxl cannot read {path.name} ({type(error).__name__})."
    else:
        why = f"{path.name} was changed or moved since they were read."
    return NewWorkbook(notes=(f"The rows are written anew, as they were read: {why}",))


def _opened(path: Path) -> OwnWorkbook:
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist() if "/worksheets/" in one.filename) > MOST_UNPACKED:
            raise ValueError("too large")
        lost = list(_lost(archive))
    suffix = path.suffix.lower()
    # Opened here, because openpyxl leaves a file open that it does not understand.
    with warnings.catch_warnings(), collector_paused(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # what it warns of is told by `_lost`
        book = load_workbook(file, keep_vba=suffix == ".xlsm")
    if (macros := book.vba_archive) is not None and (memory := macros.fp) is not None:
        # A copy in memory that openpyxl leaves open for writing, and that then complains of being thrown away.
        macros.close()
        book.vba_archive = zipfile.ZipFile(memory)
    told = f"Not, or not wholly, carried over from your own file, which is as it was: {', '.join(lost)}."
    return OwnWorkbook(book, suffix, (told,) if lost else ())


def _lost(archive: zipfile.ZipFile) -> Iterator[str]:
    """What openpyxl does not keep of what the file holds."""
    names = archive.namelist()
    for folder, what in _LOST.items():
        if any(name.startswith(folder) for name in names) and not (what == "pictures" and PILImage):
            yield what
    sheets = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
    contents = [archive.read(name) for name in sheets]
    yield from (what for mark, what in _LOST_MARKS.items() if any(mark in content for content in contents))


def _is_of(book: Workbook, rows: Rows) -> bool:
    """Whether an earlier result was written into the rows' own file: each row's number stands in the row itself."""
    if rows.file is None or rows.sheet not in book.sheetnames:
        return False
    sheet = book[rows.sheet]
    names = header_names(sheet, rows.file.header)
    if ROW_COLUMN not in names:
        return False
    column = names.index(ROW_COLUMN) + 1
    return all(sheet.cell(number, column).value == number for number in rows.numbers.to_pylist())


def _formulas(sheet: Worksheet, header: int) -> Iterator[str]:
    """Names of the cells under the header that hold a formula."""
    yield from (cell.coordinate for cell in filled_cells(sheet) if cell.data_type == "f" and cell.row > header)


def _results(rows: Rows, names: Sequence[str], formulas: Collection[str]) -> Mapping[str, str]:
    """What was read of these cells."""
    return {
        f"{letter}{row}": text
        for letter, column in ((get_column_letter(at), name) for at, name in enumerate(names, start=1))
        if column in rows.columns
        for row, text in zip(rows.numbers.to_pylist(), rows.table[column].to_pylist(), strict=True)
        if f"{letter}{row}" in formulas
    }


def _keep_results(path: Path, part: str, results: Mapping[str, str]) -> None:
    """Put the results of formulas back, which openpyxl does not write: whoever reads the file before a spreadsheet
    program has opened it would find these cells empty."""

    def with_result(found: re.Match[bytes]) -> bytes:
        result = results.get(found["cell"].decode())
        if not result:
            return found[0]
        kind = b' t="str"' if isinstance(as_number(result), str) else b""
        value = escape(ILLEGAL_CHARACTERS_RE.sub("", result)).encode()
        return b'<c r="%b"%b%b>%b<v>%b</v></c>' % (found["cell"], found["style"], kind, found["formula"], value)

    written = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(written)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, _WITHOUT_RESULT.sub(with_result, content) if entry.filename == part else content)
