"""The analyst's own workbook back: what it held is kept, outcomes stand beside the rows, it can be dropped again."""

from __future__ import annotations

import datetime as dt
import gc
import sys
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from connectors.sources.workbooks.excel import ExcelSource
from flows.reports import own_workbook
from flows.reports.own_workbook import OwnWorkbook, open_own_workbook
from flows.reports.report import Report, count_rows
from flows.reports.summary import RunFacts, summary_object
from flows.reports.workbook import NewWorkbook

HEADER = ("Phone", "Name", "Next visit", "Weight", "Double", "Note")
OUTCOMES = ["sync_status", "sync_reason", "sync_changes", "contact_id", "sync_row"]
STATUSES = ["updated", "rejected", "unchanged"]


def day(number: int) -> dt.datetime:
    """A date as a workbook has it."""
    return dt.datetime.combine(dt.date(2026, 12, number), dt.time())


def with_results(path: Path) -> None:
    """What a spreadsheet program does on saving: the result of each formula is stored."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for row, result in ((4, b"15"), (5, b"18"), (7, b"24")):
        formula = b"<f>D%d*2</f><v" % row
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(formula + b"/>", formula + b">%b</v>" % result).replace(
            formula + b" />", formula + b">%b</v>" % result
        )
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


@pytest.fixture
def book() -> Workbook:
    """A title, a blank row, a header in row 3, three people in rows 4, 5 and 7, and a sheet beside it."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Patients"
    sheet["A1"] = "Clinic of Takeo"
    sheet["A1"].font = Font(size=18, bold=True)
    for column, name in enumerate(HEADER, start=1):
        sheet.cell(3, column, name)
    for row, weight in ((4, 7.5), (5, 9.0), (7, 12.0)):
        sheet.cell(row, 1, f"01234567{row}")
        sheet.cell(row, 2, f"Person {row}")
        sheet.cell(row, 3, day(row)).number_format = "d mmm yyyy"
        sheet.cell(row, 4, weight)
        sheet.cell(row, 5, f"=D{row}*2")
        sheet.cell(row, 6, "=1+1").data_type = "s"
    sheet.column_dimensions["B"].width = 31
    rule = DataValidation(type="list", formula1='"x,y"')
    sheet.add_data_validation(rule)
    rule.add("F4:F20")
    book.create_sheet("Legend")["A1"] = "x: yes"
    return book


def report_on(path: Path, *, kind: str = "sync", statuses: list[str] = STATUSES, **sheet: object) -> Report:
    """A report on the file's rows, as they are read now."""
    rows = ExcelSource(path, address="Phone", **sheet).read()
    columns = {
        "sync_status": statuses,
        "sync_reason": ["=1+1 is what was said." if status == "rejected" else "" for status in statuses],
        "sync_changes": ["age: 38 → 39" if status == "updated" else "" for status in statuses],
        "contact_id": ["17"] * len(statuses),
    }
    outcomes = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    facts = RunFacts(run_id="r1", pipeline="clinic", kind=kind, started_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    return Report(rows, outcomes, summary_object(facts, count_rows(outcomes, kind)))


@pytest.fixture
def given(tmp_path, book) -> Path:
    path = tmp_path / "patients.xlsx"
    book.save(path)
    with_results(path)
    return path


def result_of(path: Path, report: Report) -> Path:
    own = open_own_workbook(report.rows)
    assert isinstance(own, OwnWorkbook), own
    target = path.with_name(f"patients.result{own.suffix}")
    own.write(target, report)
    return target


def test_everything_that_was_there_is_there_and_the_outcomes_stand_beside_their_rows(given):
    book = load_workbook(result_of(given, report_on(given)))
    assert book.sheetnames == ["Patients", "Legend", "To fix", "Summary"]
    sheet = book["Patients"]
    assert (sheet["A1"].value, sheet["A1"].font.size) == ("Clinic of Takeo", 18)
    assert [cell.value for cell in sheet[3]] == [*HEADER, *OUTCOMES]
    assert [sheet.cell(row, 7).value for row in (4, 5, 6, 7)] == ["updated", "rejected", None, "unchanged"]
    assert [sheet.cell(row, 11).value for row in (4, 5, 6, 7)] == [4, 5, None, 7]
    assert (sheet["C4"].value, sheet["C4"].number_format) == (day(4), "d mmm yyyy")
    assert (sheet["D4"].value, sheet["E4"].value, sheet["E4"].data_type) == (7.5, "=D4*2", "f")
    assert sheet.column_dimensions["B"].width == 31
    assert str(sheet.data_validations.dataValidation[0].sqref) == "F4:F20"
    assert sheet["G5"].fill.fgColor.rgb == "00FFC7CE"
    assert sheet.auto_filter.ref == "A3:K7"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def test_text_from_outside_is_no_formula_and_own_text_stays_text(given):
    sheet = load_workbook(result_of(given, report_on(given)))["Patients"]
    assert (sheet["H5"].value, sheet["H5"].data_type) == ("=1+1 is what was said.", "s")
    assert (sheet["F4"].value, sheet["F4"].data_type) == ("=1+1", "s")


def test_to_fix_has_the_rows_own_cells_and_says_what_to_do(given):
    fix = load_workbook(result_of(given, report_on(given)))["To fix"]
    head, row = fix.iter_rows(values_only=True)
    assert head == ("sync_to_do", *HEADER, "sync_row")
    assert row == ("=1+1 is what was said.", "012345675", "Person 5", day(5), 9, 18, "=1+1", 5)
    assert {cell.data_type for cell in fix[2]} == {"s", "d", "n"}
    assert fix["D2"].number_format == "d mmm yyyy"
    assert fix.column_dimensions["C"].width == 31


@pytest.mark.parametrize("sheet", ["Patients", "To fix"])
def test_dropped_again_it_is_read_as_the_source_was_also_before_a_program_has_calculated_it(given, sheet):
    first = report_on(given).rows
    again = ExcelSource(result_of(given, report_on(given)), sheet=sheet, address="Phone").read()
    assert again.columns == HEADER
    assert again.problems == ()
    expected = first.table if sheet == "Patients" else first.table.slice(1, 1)
    assert again.table.to_pylist() == expected.to_pylist()


def test_a_result_of_a_result_has_the_outcomes_once(given):
    first = result_of(given, report_on(given))
    changed = report_on(first, statuses=["unchanged", "updated", "held"])
    book = load_workbook(result_of(first, changed))
    assert book.sheetnames == ["Patients", "Legend", "To fix", "Summary"]
    assert [cell.value for cell in book["Patients"][3]] == [*HEADER, *OUTCOMES]
    assert [book["Patients"].cell(row, 7).value for row in (4, 5, 7)] == ["unchanged", "updated", "held"]
    assert book["To fix"].max_row == 2


def test_sheets_of_the_analysts_own_are_not_taken_for_ours(given, book):
    book.create_sheet("Summary")["A1"] = "mine"
    book.save(given)
    names = load_workbook(result_of(given, report_on(given))).sheetnames
    assert names == ["Patients", "Legend", "Summary", "To fix", "Summary 2"]


def test_a_file_that_was_saved_meanwhile_is_not_written_into(given, book, tmp_path):
    report = report_on(given)
    book["Patients"].insert_rows(4)
    book.save(given)
    own = open_own_workbook(report.rows)
    assert isinstance(own, NewWorkbook)
    assert "patients.xlsx was changed or moved since they were read" in own.notes[0]


def test_a_file_that_is_gone_leaves_the_earlier_result_of_the_run(given):
    report = report_on(given)
    earlier = result_of(given, report)
    given.unlink()
    own = open_own_workbook(report.rows, [earlier])
    assert isinstance(own, OwnWorkbook)
    own.write(earlier, report)
    assert [cell.value for cell in load_workbook(earlier)["Patients"][3]] == [*HEADER, *OUTCOMES]
    moved = replace(report.rows, numbers=pa.array([5, 6, 7], pa.int64()))
    assert isinstance(open_own_workbook(moved, [earlier]), NewWorkbook)


def test_macros_stay_and_the_file_keeps_its_suffix(given, monkeypatch):
    with zipfile.ZipFile(given) as old, zipfile.ZipFile(given.with_suffix(".xlsm"), "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                macro = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
                content = content.replace(b"</Types>", macro)
            new.writestr(name, content)
        new.writestr("xl/vbaProject.bin", b"a macro")
    report = report_on(given.with_suffix(".xlsm"))
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    for _ in range(3):
        open_own_workbook(report.rows)
        gc.collect()
    assert not complaints
    path = result_of(given, report)
    assert path.suffix == ".xlsm"
    with zipfile.ZipFile(path) as archive:
        assert archive.read("xl/vbaProject.bin") == b"a macro"
        assert b"macroEnabled" in archive.read("[Content_Types].xml")


def test_what_cannot_be_kept_is_said(given, book):
    chart = BarChart()
    chart.add_data(Reference(book["Patients"], min_col=4, min_row=4, max_row=7))
    book["Patients"].add_chart(chart, "H1")
    book.save(given)
    own = open_own_workbook(report_on(given).rows)
    assert "charts" in own.notes[0]


def test_a_table_keeps_its_own_filter(given, book):
    book["Patients"].add_table(Table(displayName="People", ref="A3:F7"))
    book.save(given)
    sheet = load_workbook(result_of(given, report_on(given)))["Patients"]
    assert (sheet.tables["People"].ref, sheet.auto_filter.ref) == ("A3:F7", "G3:K7")


def test_widths_said_for_many_columns_end_before_the_outcomes(given, book):
    group = book["Patients"].column_dimensions["F"]
    group.min, group.max, group.width = 6, 16_384, 9.0
    book.save(given)
    dimensions = load_workbook(result_of(given, report_on(given)))["Patients"].column_dimensions
    spans = sorted((one.min, one.max) for one in dimensions.values())
    assert all(last < first for (_, last), (first, _) in pairwise(spans))


def test_a_long_sheet_is_written_anew(given, monkeypatch):
    monkeypatch.setattr(own_workbook, "MOST_ROWS", 2)
    assert open_own_workbook(report_on(given).rows) == NewWorkbook()


def test_a_file_that_openpyxl_cannot_read_is_written_anew_and_that_is_said(given):
    with zipfile.ZipFile(given) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/styles.xml"] = b"<styleSheet"
    rows = report_on(given).rows
    with zipfile.ZipFile(given, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    own = open_own_workbook(replace(rows, file=replace(rows.file, digest=own_workbook.file_digest(given))))
    assert "openpyxl cannot read patients.xlsx" in own.notes[0]
