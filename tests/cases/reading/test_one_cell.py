"""One cell that cannot be read is its row's problem, where its column is used, and never the file's."""

from __future__ import annotations

import importlib.util
import io
import sqlite3
import zipfile
from pathlib import Path

import openpyxl
import pytest

from connectors.sources.workbooks.excel import ExcelSource

PEOPLE = ("85512345602", "85512345603")
_SOURCES = Path(__file__).parents[2] / "sources"
_SPEC = importlib.util.spec_from_file_location("make_corpus", _SOURCES / "make_corpus.py")
assert _SPEC is not None
assert _SPEC.loader is not None
corpus = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(corpus)

ERRORS = (
    "#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#PYTHON!", "#BUSY!",
    "#EXTERNAL!", "#ERROR!", "Err:509", "#N/A", "#NAME?", "#¡VALOR!", "#BEZUG!", "#Н/Д", "#ДЕЛ/0!", "#NV",
)  # fmt: skip


def with_cell(path: Path, cell: str) -> Path:
    """A workbook whose cell B2 is this XML, among sound ones."""
    sound = corpus.row(3, corpus.text("A3", "012345603"), corpus.text("B3", "5"), corpus.text("C3", "6"))
    row = corpus.row(2, corpus.text("A2", "012345602"), cell, corpus.text("C2", "7"))
    header = corpus.row(
        1, *(corpus.text(f"{letter}1", name) for letter, name in zip("ABC", ("Phone", "A", "B"), strict=True))
    )
    path.write_bytes(corpus.workbook({"Patients": corpus.sheet(header, row, sound)}))
    return path


@pytest.mark.parametrize("name", ["error_getting_data.xlsx", "error_spill.xlsx"])
def test_a_newer_error_is_its_rows_problem(case, synced, name) -> None:
    done = synced(case(name), {"age": "A"}, people=PEOPLE)

    assert done.buckets == {"updated": 1, "rejected": 1}
    assert done.puts == [("85512345603", {"age": "5"})]
    assert done.problems == [(2, "A")]
    assert "The cell shows the error #" in done.reasons


@pytest.mark.parametrize("shown", ERRORS)
def test_every_error_of_any_program_is_told_with_what_it_shows(synced, home, shown) -> None:
    path = with_cell(home / "error.xlsx", f'<c r="B2" t="e"><v>{shown}</v></c>')

    done = synced(path, {"age": "A"}, people=PEOPLE)
    assert (done.problems, done.puts) == ([(2, "A")], [("85512345603", {"age": "5"})])
    assert f"The cell shows the error {shown}." in done.reasons
    assert synced(path, {"age": "B"}, command="plan").problems == []


@pytest.mark.parametrize("shown", ERRORS)
def test_the_text_of_an_error_in_a_csv_is_one_too(synced, home, shown) -> None:
    path = home / "error.csv"
    path.write_text(f"Phone,A,B\n012345602,{shown},7\n012345603,5,6\n")

    assert synced(path, {"age": "A"}, people=PEOPLE).problems == [(2, "A")]
    assert synced(path, {"age": "B"}, people=PEOPLE, command="plan").problems == []


@pytest.mark.parametrize("text", ["#1", "#hashtag", "# 5", "Error", "Err", "#great!", "N/A"])
def test_what_only_looks_like_an_error_is_a_text(synced, home, text) -> None:
    path = home / "text.csv"
    path.write_text(f"Phone,A\n012345602,{text}\n")

    assert synced(path, {"age": "A"}, people=PEOPLE).puts == [("85512345602", {"age": text})]


def test_a_column_too_narrow_when_the_csv_was_saved_is_told(synced, home) -> None:
    path = home / "narrow.csv"
    path.write_text("Phone,Born\n012345602,########\n012345603,1990-01-02\n")
    done = synced(path, {"age": "Born"}, people=PEOPLE)

    assert done.problems == [(2, "Born")]
    assert "too narrow" in done.reasons


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (corpus.number("B2", "-5", corpus.DATE), "shown as ###"),
        (corpus.number("B2", "3000000", corpus.DATE), "shown as ###"),
        (corpus.number("B2", "1e300", corpus.DATE), "shown as ###"),
        (corpus.number("B2", "1e10", corpus.LENGTH), "shown as ###"),
        ('<c r="B2"><v>NaN</v></c>', "no number (nan)"),
        ('<c r="B2"><v>INF</v></c>', "no number (inf)"),
        ('<c r="B2"><v>-1e999</v></c>', "no number (-inf)"),
        ('<c r="B2"><f>1/0</f></c>', "result is not stored"),
    ],
)
def test_a_number_that_is_none_is_its_rows_problem(synced, home, cell, said) -> None:
    path = with_cell(home / "cell.xlsx", cell)

    done = synced(path, {"age": "A"}, people=PEOPLE)
    assert (done.problems, done.puts) == ([(2, "A")], [("85512345603", {"age": "5"})])
    assert said in done.reasons
    assert synced(path, {"age": "B"}, command="plan").problems == []


def test_a_logical_value_that_is_none_does_not_refuse_the_file(home) -> None:
    rows = ExcelSource(with_cell(home / "cell.xlsx", '<c r="B2" t="b"><v>2</v></c>'), address="Phone").read()

    assert rows.table["A"].to_pylist() == ["2", "5"]


def test_an_error_a_binary_workbook_may_hold_does_not_refuse_the_file(tmp_path) -> None:
    sound = zipfile.ZipFile(_SOURCES / "corpus" / "binary.xlsb")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in sound.namelist():
            archive.writestr(name, sound.read(name).replace(bytes(8) + b"\x2a", bytes(8) + b"\x30"))
    (tmp_path / "odd.xlsb").write_bytes(memory.getvalue())
    rows = ExcelSource(tmp_path / "odd.xlsb", address="Name", columns=["Phone"]).read()

    assert rows.table["Phone"].to_pylist() == ["012345678", "855000000000", "#N/A", "85512345678"]
    assert [(p.row, p.column) for p in rows.problems] == [(4, "Phone")]


@pytest.mark.parametrize(("name", "part"), [("bytes.xlsx", "xl/worksheets/sheet1.xml"), ("bytes.ods", "content.xml")])
def test_a_byte_that_is_no_text_is_its_rows_problem_in_a_workbook(synced, home, name, part) -> None:
    sheet = corpus.sheet(
        corpus.row(1, corpus.text("A1", "Phone"), corpus.text("B1", "A"), corpus.text("C1", "B")),
        corpus.row(2, corpus.text("A2", "012345602"), corpus.text("B2", "Jos?"), corpus.text("C2", "7")),
        corpus.row(3, corpus.text("A3", "012345603"), corpus.text("B3", "5"), corpus.text("C3", "6")),
    )
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = (("Phone", "A", "B"), ("012345602", "Jos?", "7"), ("012345603", "5", "6"))
    rows = "".join(f"<table:table-row>{''.join(map(cell.format, line))}</table:table-row>" for line in lines)
    sound = corpus.workbook({"Patients": sheet}) if name.endswith("xlsx") else corpus.open_document(rows)
    with zipfile.ZipFile(io.BytesIO(sound)) as whole, zipfile.ZipFile(home / name, "w") as spoilt:
        for each in whole.namelist():
            content = whole.read(each)
            spoilt.writestr(each, content.replace(b"Jos?", b"Jos\xe9") if each == part else content)

    done = synced(home / name, {"age": "A"}, people=PEOPLE)
    assert (done.problems, done.puts) == ([(2, "A")], [("85512345603", {"age": "5"})])
    assert synced(home / name, {"age": "B"}, people=PEOPLE, command="plan").problems == []


def test_an_error_on_another_sheet_is_nobodys_business(synced, home) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Phone", "A"])
    book.active.append(["012345602", "5"])
    other = book.create_sheet("Sums")
    other["A1"] = "#SPILL!"
    other["A1"].data_type = "e"
    book.save(home / "two.xlsx")

    assert synced(home / "two.xlsx", {"age": "A"}, people=PEOPLE).puts == [("85512345602", {"age": "5"})]


def test_a_byte_that_is_no_text_is_its_rows_problem_in_a_csv(synced, home) -> None:
    path = home / "bytes.csv"
    path.write_bytes("Phone,Name,Town\n012345602,José,Kampot\n".encode() + b"012345603,Jos\xe9,Takeo\n")

    done = synced(path, {"age": "Name"}, people=PEOPLE)
    assert (done.problems, done.puts) == ([(3, "Name")], [("85512345602", {"age": "José"})])
    assert synced(path, {"age": "Town"}, people=PEOPLE, command="plan").problems == []


def sqlite(path: Path, *values: object) -> dict[str, object]:
    """A table with the values in column a; as changes of the pipeline."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE people (phone TEXT, a, b TEXT)")
    for number, value in enumerate(values, 2):
        if isinstance(value, bytes):
            statement = f"INSERT INTO people VALUES (?, CAST(x'{value.hex()}' AS TEXT), 'b')"
            connection.execute(statement, (f"01234560{number}",))
        else:
            connection.execute("INSERT INTO people VALUES (?, ?, 'b')", (f"01234560{number}", value))
    connection.commit()
    connection.close()
    return {
        "source.kind": "database", "source.path": None, "source.url": f"sqlite:///{path}", "source.table": "people",
        "source.address": "phone",
    }  # fmt: skip


@pytest.mark.parametrize("value", [b"Jos\xe9", memoryview(b"\x89PNG"), float("inf"), b"\xff"])
def test_a_value_of_sqlite_without_a_text_is_its_rows_problem(synced, home, value) -> None:
    source = sqlite(home / "people.db", value, "Dara")

    done = synced(None, {"age": "a"}, people=PEOPLE, **source)
    assert (done.problems, done.puts) == ([(2, "a")], [("85512345603", {"age": "Dara"})])
    assert synced(None, {"age": "b"}, people=PEOPLE, command="plan", **source).problems == []
