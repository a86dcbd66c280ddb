"""A person taken out of result workbooks of every make."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook

from flows.contacts.people.somebody import somebody
from flows.forgetting.workbooks import clear, mentions
from flows.reports.workbook import write_table
from tests.forgetting.conftest import cells_of

WHO = somebody("+855 12 345 678", ["KH"])
SHARED = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4" uniqueCount="4">'
    "<si><t>012 345 678</t></si><si><r><t>Sok</t></r><r><t>ha</t></r></si><si><t>red</t></si>"
    "<si><t>098 765 432</t></si></sst>"
)


def without(path: Path, *rows: int, address: str | None = None) -> Path:
    clear(path, WHO, rows, address=address).write(path, path.with_name("after.xlsx"))
    return path.with_name("after.xlsx")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    table = {
        "Phone": ["012 345 678", "098765432", "", "012345678"],
        "Relative": ["", "+85512345678", "", ""],
        "Name": ["Sokha", "Dara", "Chan", "Sokha"],
        "sync_row": ["2", "3", "4", "5"],
    }
    write_table(tmp_path / "made.xlsx", "Result", pa.table(table))
    return tmp_path / "made.xlsx"


def test_rows_are_known_by_number_and_by_the_column_of_addresses(made):
    assert clear(made, WHO, (4,), address="Phone").rows == {2, 4, 5}
    lines = cells_of(without(made, 4, address="Phone"))
    assert [line[2] for line in lines] == ["Name", None, "Dara", None, None]
    assert lines[2][:2] == ("098765432", None)


def test_without_a_known_column_any_address_makes_a_row_theirs(made):
    assert clear(made, WHO, (), address=None).rows == {2, 3, 5}


def test_a_workbook_without_the_person_is_left_alone(made):
    assert clear(made, somebody("+855 11 111 111", ["KH"]), (), address="Phone").parts == {}
    assert mentions(made, WHO)
    assert not mentions(without(made, address="Phone"), WHO)


def test_numbers_and_texts_that_are_shared_go_only_where_nobody_else_has_them(tmp_path):
    book = Workbook()
    for line in [("Phone", "Age"), (85512345678.0, 38), (12345678, 38), (98765432, 38)]:
        book.active.append(line)
    book.save(tmp_path / "numbers.xlsx")
    assert cells_of(without(tmp_path / "numbers.xlsx")) == [
        ("Phone", "Age"),
        (None, None),
        (None, None),
        (98765432, 38),
    ]


def test_a_table_of_shared_strings_keeps_what_others_use(tmp_path):
    path = tmp_path / "shared.xlsx"
    Workbook().save(path)
    cells = [("A1", 0), ("B1", 1), ("C1", 2)], [("A2", 3), ("B2", 2)]
    rows = "".join(
        f'<row r="{n}">' + "".join(f'<c r="{at}" t="s"><v>{i}</v></c>' for at, i in row) + "</row>"
        for n, row in enumerate(cells, start=1)
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = re.sub(
        r"<sheetData ?/>|<sheetData></sheetData>", f"<sheetData>{rows}</sheetData>", sheet
    )
    parts["xl/sharedStrings.xml"] = SHARED
    parts["xl/pivotCache/pivotCacheDefinition1.xml"] = '<sharedItems><s v="Sokha"/><s v="red"/></sharedItems>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with zipfile.ZipFile(without(path)) as archive:
        strings, pivot = (
            archive.read(name).decode() for name in ("xl/sharedStrings.xml", "xl/pivotCache/pivotCacheDefinition1.xml")
        )
    assert "Sok" not in strings
    assert strings.count("<si>") == 4
    assert "<t>red</t></si><si><t>098 765 432</t>" in strings
    assert pivot == '<sharedItems><s v=""/><s v="red"/></sharedItems>'


def test_a_result_of_a_formula_that_told_their_name_is_emptied(tmp_path):
    book = Workbook()
    book.active.append(("Phone", "Name"))
    book.active.append(("012345678", "Sokha"))
    book.active.append(("098765432", "=B2"))
    book.save(tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert b"<f>B2</f><v />" in sheet or b"<f>B2</f><v></v>" in sheet or b"<f>B2</f><v/>" in sheet
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<f>B2</f><v />", b"<f>B2</f><v>Sokha</v>").replace(
        b"<f>B2</f><v></v>", b"<f>B2</f><v>Sokha</v>"
    )
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    after = without(tmp_path / "book.xlsx")
    with zipfile.ZipFile(after) as archive:
        assert b"Sokha" not in archive.read("xl/worksheets/sheet1.xml")
    assert load_workbook(after).active["B3"].value == "=B2"
