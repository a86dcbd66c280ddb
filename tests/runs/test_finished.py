"""What a run came to, as its reports tell it."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook


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
