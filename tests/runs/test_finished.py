"""What a run came to, as its reports tell it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.worlds import ROWS, cells, signed_out


def test_the_result_workbook_has_the_sources_rows_and_what_became_of_them(cli, sheet, pipeline):
    header = ("Name", "Phone", "Age", "Colour", "Note")
    lines = [
        ("Sok", "012345678", 39, None, "=1+1"),
        ("Dara", "bad", 4, None, "@x"),
        ("Chan", "012999888", 40, None, "-"),
    ]
    said = cli("sync", pipeline(sheet(*lines, header=header)), "--json")
    path = Path(said.json["reports"]["workbook"])
    assert path.name == "p.result.xlsx"
    book = load_workbook(path)
    result, fix = book.worksheets[0], book["To fix"]
    assert "Summary" in book.sheetnames
    values = list(result.values)
    assert values[0] == (*header, "sync_status", "sync_reason", "sync_changes", "contact_id", "sync_row")
    assert [row[5] for row in values[1:]] == ["updated", "rejected", "unchanged"]
    assert values[1][7] == "age: 38 → 39"
    assert next(iter(fix.values)) == ("sync_to_do", *header, "sync_row")
    assert [row[2] for row in list(fix.values)[1:]] == ["bad"]
    formulas = [cell.value for row in result.iter_rows(min_row=2) for cell in row if cell.data_type == "f"]
    assert formulas == ["=1+1"]  # the analyst's own


@pytest.mark.parametrize("words", [("sync",), ("plan",), ("backfill",), ("set-all", "age=7")])
def test_summary_page_and_workbook_lie_where_the_json_says_and_tell_the_same(cli, sheet, pipeline, words):
    said = cli(words[0], pipeline(sheet(*ROWS[:2])), *words[1:], "--json").json
    reports = {name: Path(path) for name, path in said["reports"].items()}
    assert all(path.is_file() for path in reports.values())
    assert json.loads(reports["summary"].read_text()) == said
    assert said["run_id"] in reports["html"].read_text()
    assert sum(count for bucket, count in said["rows"].items() if bucket != "read") == said["rows"]["read"]


def test_a_run_that_was_stopped_is_failed_with_every_row_told(cli, clinic, sheet, pipeline):
    clinic.sandbox.faults.add(signed_out(after=0))
    said = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 40, None))), "--json")
    assert (said.status, said.json["status"]) == (2, "failed")
    assert (said.json["rows"]["unsent"], said.json["rows"]["unchanged"]) == (1, 1)
    assert cells(said, "sync_status") == [("unsent",), ("unchanged",)]
