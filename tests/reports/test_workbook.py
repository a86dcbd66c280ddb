"""The result workbook: the source's rows with their outcomes, as spreadsheet programs read them back."""

from __future__ import annotations

import re
import resource
import shutil
import stat
import subprocess
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from connectors.errors import CouldNotBeDone
from flows.reports import cells
from flows.reports.workbook import NewWorkbook

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "+85512345678",
    "-5",
    "@SUM(A1)",
    "{=A1}",
    "'quoted",
    "012345",
    "38.0",
    "1E5",
    "TRUE",
    "2026-11-23",
    "http://example.org/a?b=1&c=2",
    "mailto:someone@example.org",
    "internal:Sheet1!A1",
    " spaced ",
    "two\nlines",
    "win\r\nlines",
    "tab\there",
    "<b>&amp;\"'",
    "nul\x00bell\x07esc\x1b[31m",
    "_x0041_",
    "ស្រី មុំ 😀",
    "#N/A",
    "NA",
]


def read(path: Path, sheet: str) -> list[list[str]]:
    """A sheet as calamine reads it, the way a file that is dropped in again is read."""
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()


@pytest.fixture
def written(tmp_path, make_report):
    """Writes a report's workbook and says where."""

    def write(*args: object, **options: object) -> Path:
        path = tmp_path / "patients.result.xlsx"
        NewWorkbook().write(path, make_report(*args, **options))
        return path

    return write


def test_the_first_sheet_has_the_sources_rows_and_columns_in_order_and_then_the_outcomes(written):
    path = written({"Phone": ["3", "1", "2"], "Name": ["c", "a", "b"]}, ["updated", "rejected", "unchanged"])
    assert read(path, "Result") == [
        ["Phone", "Name", "sync_status", "sync_reason", "sync_changes", "contact_id", "sync_row"],
        ["3", "c", "updated", "", "age: 38 → 39", "100", "2"],
        ["1", "a", "rejected", "needs a look", "", "", "3"],
        ["2", "b", "unchanged", "", "", "102", "4"],
    ]


def test_calls_have_their_columns_too(written):
    tracked = {"call_id": ["7"], "call_state": ["failed"], "fail_reason": ["busy"]}
    path = written({"Phone": ["1"]}, ["queued"], kind="call", extra=tracked)
    assert read(path, "Result")[0][-3:] == ["call_id", "call_state", "fail_reason"]
    assert read(path, "Result")[1][-3:] == ["7", "failed", "busy"]


def test_to_fix_has_exactly_the_sources_columns_of_the_rows_that_a_person_can_correct(written):
    statuses = ["rejected", "updated", "duplicate", "not_found", "held", "failed", "uncertain", "unchanged"]
    path = written({"Phone": list("abcdefgh"), "Name": [""] * 8}, statuses)
    assert [row[1] for row in read(path, "To fix")] == ["Phone", "a", "c", "d", "e", "f"]
    assert read(path, "To fix")[0] == ["sync_to_do", "Phone", "Name", "sync_row"]
    assert [row[3] for row in read(path, "To fix")[1:]] == ["2", "4", "5", "6", "7"]


def test_a_run_with_nothing_to_fix_has_the_sheet_with_its_header(written):
    assert read(written({"Phone": ["1"]}, ["updated"]), "To fix") == [["sync_to_do", "Phone", "sync_row"]]


def test_to_fix_says_of_each_row_what_is_wrong_and_what_to_do(written):
    path = written({"Phone": ["1", "2", "3"]}, ["updated", "rejected", "not_found"], reason="3 digits too few.")
    assert [row[0] for row in read(path, "To fix")[1:]] == [
        "3 digits too few.",
        "3 digits too few. Correct the number, or add the contact in Verboice.",
    ]


def test_a_file_name_that_is_not_utf_8_does_not_lose_the_workbook(tmp_path, make_report):
    report = make_report({"Phone": ["1"]}, ["rejected"])
    NewWorkbook().write(tmp_path / "x.xlsx", replace(report, rows=replace(report.rows, notes=("caf\udce9.csv",))))
    assert read(tmp_path / "x.xlsx", "Summary")[-1][2] == "caf?.csv"


def test_text_is_stored_as_text_whatever_it_begins_with(written):
    path = written({"Any": HOSTILE}, ["rejected"] * len(HOSTILE))
    for sheet in ("Result", "To fix"):
        assert [row[sheet == "To fix"] for row in read(path, sheet)[1:]] == HOSTILE
    cells_of_result = [row[0] for row in load_workbook(path)["Result"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells_of_result} == {"s"}
    assert not any(cell.hyperlink for cell in cells_of_result)


def test_a_number_typed_over_a_wrong_one_keeps_its_zero(written):
    path = written({"Phone": ["1"]}, ["rejected"])
    assert load_workbook(path)["To fix"]["B2"].number_format == "@"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=30), min_size=1, max_size=30))
def test_any_text_comes_back_as_it_was(written, texts):
    kept = [text.replace("\ufffe", "").replace("\uffff", "") for text in texts]
    path = written({"Key": ["k"] * len(kept), "Any": kept}, ["updated"] * len(kept))
    assert [row[1] for row in read(path, "Result")[1:]] == kept


def test_a_result_dropped_in_again_gets_new_outcomes_in_place_of_its_old_ones(written):
    again = {
        "Phone": ["1"],
        "sync_status": ["rejected"],
        "sync_reason": ["old"],
        "sync_changes": [""],
        "contact_id": [""],
        "sync_row": ["2"],
        "Mine": ["x"],
    }
    path = written(again, ["updated"])
    outcomes = ["sync_status", "sync_reason", "sync_changes", "contact_id", "sync_row"]
    assert read(path, "Result")[0] == ["Phone", "Mine", *outcomes]
    assert read(path, "Result")[1][:3] == ["1", "x", "updated"]


def test_a_column_of_the_sources_own_with_such_a_name_stays(written):
    path = written({"contact_id": ["mine"], "Phone": ["1"]}, ["rejected"])
    assert read(path, "Result")[0][:3] == ["contact_id", "Phone", "sync_status"]
    assert [row[1:3] for row in read(path, "To fix")] == [["contact_id", "Phone"], ["mine", "1"]]


def test_columns_of_the_same_name_are_both_kept(tmp_path, make_report):
    report = make_report({"Phone": ["1"], "Note": ["x"], "Other": ["y"]}, ["rejected"])
    rows = replace(report.rows, table=report.rows.table.rename_columns(["Phone", "Note", "Note"]))
    NewWorkbook().write(tmp_path / "x.xlsx", replace(report, rows=rows))
    assert [row[1:4] for row in read(tmp_path / "x.xlsx", "To fix")] == [["Phone", "Note", "Note"], ["1", "x", "y"]]


@pytest.mark.parametrize("sheet", ["Patients", "Année 2026", "ជំងឺ", "a&b <c>", "x" * 31])
def test_the_first_sheet_is_named_like_the_sources(written, sheet):
    assert load_workbook(written({"Phone": ["1"]}, ["updated"], sheet=sheet)).sheetnames == [sheet, "Summary", "To fix"]


@pytest.mark.parametrize("sheet", ["", " ", "Summary", "to FIX", "History", "a:b", "x" * 32, "'quoted'", "bell\x07"])
def test_a_name_that_cannot_be_used_becomes_result(written, sheet):
    assert load_workbook(written({"Phone": ["1"]}, ["updated"], sheet=sheet)).sheetnames[0] == "Result"


def test_more_rows_than_a_sheet_holds_go_on_in_a_further_sheet(written, monkeypatch):
    monkeypatch.setattr(cells, "MOST_ROWS", 2)
    path = written({"Phone": list("abc")}, ["rejected"] * 3, sheet="p" * 31)
    first, second, summary, to_fix, more_to_fix = load_workbook(path).sheetnames
    assert (second, summary, to_fix, more_to_fix) == ("p" * 29 + " 2", "Summary", "To fix", "To fix 2")
    assert [row[0] for sheet in (first, second) for row in read(path, sheet)] == ["Phone", "a", "b", "Phone", "c"]
    assert [row[1] for row in read(path, "To fix 2")] == ["Phone", "c"]


def test_the_summary_tells_what_ran_and_what_each_count_means(written):
    path = written({"Phone": ["1", "2"]}, ["updated", "held"], status="refused")
    lines = {what: (value, meaning) for what, value, meaning in read(path, "Summary")}
    assert lines["Pipeline"][0] == "clinic"
    assert lines["Project"][0] == "Health & Co (12)"
    assert lines["Rows read"][0] == "2"
    assert lines["to update"] == ("1", "At least one variable of the contact would be changed in Verboice.")
    assert lines["max_overwrites"] == ("62%", "The limit is 30%.")
    assert lines["Requests: get"][0] == "2"
    assert lines["Note on the source"][1] == "Read as UTF-8."


def test_it_can_be_worked_with_frozen_header_filter_and_colours(written):
    sheet = load_workbook(written({"Phone": ["1"]}, ["updated"]))["Result"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F2"
    assert sheet["A1"].font.bold
    coloured = {rule.text for rules in sheet.conditional_formatting for rule in rules.rules}
    assert {"updated", "to update", "rejected", "uncertain"} <= coloured


def test_a_cell_longer_than_excel_allows_does_not_lose_the_workbook(written):
    path = written({"Phone": ["1"], "Note": ["x" * 40_000]}, ["updated"])
    assert read(path, "Result")[1][1].endswith("[cut here: too long for a cell]")


def test_no_rows_at_all_still_make_a_workbook(written):
    assert read(written({"Phone": []}, []), "Result")[0][0] == "Phone"


def test_the_file_is_private_and_nothing_is_left_beside_it(written):
    path = written({"Phone": ["1"]}, ["updated"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_gone_is_one_clear_message(tmp_path, make_report):
    with pytest.raises(CouldNotBeDone, match="could not be written"):
        NewWorkbook().write(tmp_path / "absent" / "x.xlsx", make_report({"Phone": ["1"]}, ["updated"]))


def test_a_disk_that_is_full_is_one_clear_message(tmp_path, make_report):
    report = make_report({"Phone": [f"{n:x}" * 20 for n in range(2_000)]}, ["updated"] * 2_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))
    try:
        with pytest.raises(CouldNotBeDone, match="could not be written"):
            NewWorkbook().write(tmp_path / "x.xlsx", report)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_texts_are_written_in_place_so_that_memory_does_not_grow_with_the_rows(written):
    with zipfile.ZipFile(written({"Phone": ["1"] * 10}, ["updated"] * 10)) as package:
        assert "xl/sharedStrings.xml" not in package.namelist()
        assert re.search(rb't="inlineStr"', package.read("xl/worksheets/sheet1.xml"))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_reads_the_same(written):
    texts = [text for text in HOSTILE if text.isprintable() and '"' not in text]
    path = written({"Any": texts, "Name": ["x"] * len(texts)}, ["rejected"] * len(texts))
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    as_csv = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,false"
    command = ["soffice", profile, "--headless", "--convert-to", as_csv, "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    lines = path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Any", *texts]


def test_numbers_and_dates_are_such_but_not_in_the_column_of_addresses(tmp_path, make_report):
    cells_given = {"Phone": ["12345"], "Age": ["38"], "Visit": ["2026-11-23"], "Code": ["007"]}
    NewWorkbook("Phone").write(tmp_path / "x.xlsx", make_report(cells_given, ["rejected"]))
    book = load_workbook(tmp_path / "x.xlsx")
    expected = [("12345", "s"), (38, "n"), (datetime(2026, 11, 23), "d"), ("007", "s")]  # noqa: DTZ001 - as a cell is
    assert [(cell.value, cell.data_type) for cell in book["Result"][2][:4]] == expected
    assert [(cell.value, cell.data_type) for cell in book["To fix"][2][1:5]] == expected
    assert book["To fix"]["B2"].number_format == book["To fix"]["E2"].number_format == "@"
