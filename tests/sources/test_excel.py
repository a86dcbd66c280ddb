"""The committed workbooks, one situation each."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from connectors.errors import ConfigurationError
from connectors.sources.workbooks.excel import ExcelSource
from connectors.values import Oddity, Rows

CORPUS = Path(__file__).parent / "corpus"


def read(name: str, *, sheet: str | int | None = None) -> Rows:
    return ExcelSource(CORPUS / name, sheet=sheet, address="Phone").read()


def records(rows: Rows) -> list[tuple[object, ...]]:
    return [
        (number, *row.values()) for number, row in zip(rows.numbers.to_pylist(), rows.table.to_pylist(), strict=True)
    ]


def refusal(name: str, *, sheet: str | int | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(name, sheet=sheet)
    return str(caught.value)


DARA = [(2, "+85512000001", "Dara")]


@pytest.mark.parametrize("name", ["kinds.xlsx", "libreoffice.xls", "libreoffice.ods"])
def test_every_kind_of_cell_becomes_the_same_text_in_every_format(name: str) -> None:
    rows = read(name)

    yes = "1" if name.endswith("ods") else "true"  # LibreOffice turns an imported TRUE into a number shown as TRUE
    assert records(rows) == [
        (2, "007", "number", "38"),
        (3, "NA", "fraction", "0.1"),
        (4, " x ", "date", "2026-11-03"),
        (5, "1", "date-time", "2026-11-03 14:30:00"),
        (6, "2", "midnight", "2026-11-03"),
        (7, "3", "time", "14:30:00"),
        (8, "4", "length", "26:30:00"),
        (9, "5", "yes", yes),
        (10, "6", "error", "#N/A"),
        (11, "012345678", "lost zero, shown", "two\nlines"),
        (12, "8.55E+11", "exponent", "8.55E+11"),
        (13, "2026-11-03", "date as address", ""),
        (15, "85512345678", "number as address", ""),
    ]
    assert [(p.row, p.column) for p in rows.problems] == [(10, "Value"), (12, "Phone"), (13, "Phone")]
    assert "Hidden rows were read like the others: 1." in rows.notes


def test_a_binary_workbook_is_read_like_the_others() -> None:
    rows = read("binary.xlsb")

    assert records(rows) == [
        (2, "012345678", "Dara"),
        (3, "8.55E+11", ""),
        (4, "#N/A", "Nary"),
        (5, "85512345678", ""),
    ]
    assert [(p.row, p.column) for p in rows.problems] == [(3, "Phone"), (4, "Phone")]
    assert "Hidden rows were read like the others: 1." in rows.notes


@pytest.mark.parametrize(
    ("situation", "text", "reason"),
    [
        ("shown with an exponent", "8.55E+11", "exponent"),
        ("rounded earlier", "855120000000", "last digits are probably lost"),
        ("another rounded earlier", "855130000000", "last digits are probably lost"),
        ("sixteen digits", "1234567890123456", "more than 15 digits"),
        ("fraction", "855123456.5", "fraction"),
        ("date", "2026-11-03", "date or time"),
        ("time", "12:00:00", "date or time"),
        ("logical", "false", "logical value"),
        ("exponent as text", "8.55E+11", "exponent"),
        ("error", "#REF!", "the error #REF!"),
        ("formula never calculated", "", "result is not stored"),
        ("formula that gives an empty text", "", ""),
        ("sound", "85512345678", ""),
        ("zero shown", "012345678", ""),
        ("plus shown", "+85512345678", ""),
    ],
)
def test_a_damaged_address_is_told_with_its_reason(situation: str, text: str, reason: str) -> None:
    rows = read("damage.xlsx")
    at = rows.table["Name"].to_pylist().index(situation)
    told = [p.reason for p in rows.problems if p.row == rows.numbers[at].as_py()]

    assert rows.table["Phone"][at].as_py() == text
    assert reason in told[0] if reason else told == []


def test_a_formula_without_a_result_is_told_in_any_column() -> None:
    assert (16, "Name") in [(p.row, p.column) for p in read("damage.xlsx").problems]


def test_rows_of_nothing_but_formulas_without_results_do_not_pass_for_blank() -> None:
    rows = read("only_formulas.xlsx")

    assert records(rows) == [(2, "", ""), (3, "", "")]
    assert [(p.row, p.column) for p in rows.problems] == [(2, "Phone"), (3, "Phone")]


def test_numbers_read_as_their_format_shows_them_are_mentioned() -> None:
    assert Oddity("Phone", "as_shown", 2, 9, "012345678", "012345678") in read("damage.xlsx").oddities


def test_without_an_address_column_nothing_is_judged_but_errors_and_missing_results() -> None:
    rows = ExcelSource(CORPUS / "damage.xlsx").read()

    assert [(p.row, p.column) for p in rows.problems] == [(13, "Phone"), (14, "Phone"), (16, "Name")]


def test_the_header_may_stand_below_titles_and_have_blanks_around_it() -> None:
    rows = read("title_rows.xlsx")

    assert rows.columns == ("Name", "Phone", "Age")
    assert records(rows) == [(5, "Dara", "+85512000001", "38"), (7, "Nary", "+85512000002", "41")]
    assert "row 4" in rows.notes[0]
    assert ExcelSource(CORPUS / "title_rows.xlsx").read().columns == rows.columns


def test_hidden_rows_are_read_and_mentioned() -> None:
    rows = read("hidden_rows.xlsx")

    assert len(rows) == 3
    assert "Hidden rows were read like the others: 2 (a filter is set)." in rows.notes


def test_the_first_visible_sheet_is_taken_and_named() -> None:
    rows = read("hidden_sheets.xlsx")

    assert (records(rows), rows.sheet) == (DARA, "Now")
    assert 'Sheet "Now" was read, the first visible one.' in rows.notes


def test_a_sheet_can_be_named_or_numbered() -> None:
    assert read("hidden_sheets.xlsx", sheet="Later").sheet == "Later"
    assert read("hidden_sheets.xlsx", sheet=2).sheet == "Now"
    assert read("hidden_sheets.xlsx", sheet="2").sheet == "Now"


def test_a_sheet_called_like_a_number_is_found_by_its_name_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, phone in (("2", "012000001"), ("1", "012000002")):
        table = book.create_sheet(name)
        table.append(["Phone"])
        table.append([phone])
    del book["Sheet"]
    book.save(tmp_path / "years.xlsx")

    def phones(sheet: str) -> list[object]:
        return ExcelSource(tmp_path / "years.xlsx", sheet=sheet, address="Phone").read().table["Phone"].to_pylist()

    assert (phones("2"), phones("1")) == (["012000001"], ["012000002"])


@pytest.mark.parametrize("sheet", ["now", 0, 4])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(sheet: str | int) -> None:
    assert '1 "Old", 2 "Now", 3 "Later"' in refusal("hidden_sheets.xlsx", sheet=sheet)


def test_a_merged_value_belongs_to_its_first_cell() -> None:
    rows = read("merged.xlsx")

    assert records(rows) == [*DARA, (3, "+85512000002", "")]
    assert "B2:B3" in rows.notes[0]


@pytest.mark.parametrize(
    "name",
    ["plain.xlsx", "broken_dimension.xlsx", "huge_dimension.xlsx", "stray_format.xlsx", "really_xlsx.xls"],
)
def test_wrong_dimensions_stray_formats_and_suffixes_change_nothing(name: str) -> None:
    assert records(read(name)) == DARA


def test_a_stray_value_at_the_end_of_the_sheet_is_refused_with_its_cell() -> None:
    assert "XFD1048576" in refusal("stray_value.xlsx")


def test_a_table_that_begins_away_from_the_corner_keeps_its_row_numbers() -> None:
    rows = read("shifted.xlsx")

    assert records(rows) == [(4, "#N/A", ""), (5, "012345678", "")]
    assert [(p.row, p.column) for p in rows.problems] == [(4, "Phone")]


def test_a_workbook_that_counts_from_1904_has_the_right_dates() -> None:
    assert records(read("year_1904.xlsx")) == [(2, "1", "2026-11-03")]


@pytest.mark.parametrize(
    ("name", "expected", "place"),
    [("prefixed.xlsx", [(3, "#N/A")], (3, "Phone")), ("without_places.xlsx", [(2, "1", "#N/A")], (2, "Name"))],
)
def test_xml_of_unusual_writers_is_understood(
    name: str, expected: list[tuple[object, ...]], place: tuple[int, str]
) -> None:
    rows = read(name)

    assert records(rows) == expected
    assert [(p.row, p.column) for p in rows.problems] == [place]


def test_a_repeated_header_is_refused_with_its_columns() -> None:
    assert '"Age" (columns C, D)' in refusal("repeated_header.xlsx")


def test_values_under_an_empty_header_are_refused_with_their_column() -> None:
    assert "column C" in refusal("nameless_column.xlsx")


def test_a_sheet_with_only_a_header_has_columns_and_no_rows() -> None:
    rows = read("only_header.xlsx")

    assert (rows.columns, len(rows)) == (("Phone", "Name"), 0)


def test_a_missing_address_column_is_refused_with_file_sheet_and_columns() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ExcelSource(CORPUS / "plain.xlsx", address="phone number").read()

    assert 'plain.xlsx, sheet "Patients" has no column "phone number". Columns found: "Phone", "Name".' in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no_rows.xlsx", "has no rows"),
        ("truncated.xlsx", "is damaged"),
        ("empty.xlsx", "is empty"),
        ("document.xlsx", "is a zip archive, not a workbook"),
        ("bomb.xlsx", "would unpack to 200 MB"),
        ("protected.xlsx", "protected by a password"),
        ("protected.ods", "protected by a password"),
        ("repeated.ods", "too large to read"),
        ("web_page.xls", "a web page"),
        ("text.xls", "a text file"),
        ("xml_2003.xls", "an XML file"),
    ],
)
def test_a_file_that_is_no_readable_workbook_is_refused_with_one_reason(name: str, reason: str) -> None:
    assert reason in refusal(name)


def test_a_missing_file_is_refused_with_the_spreadsheets_beside_it(tmp_path: Path) -> None:
    (tmp_path / "patients.xlsx").touch()

    with pytest.raises(ConfigurationError, match=r"does not exist.*patients\.xlsx"):
        ExcelSource(tmp_path / "patient.xlsx").read()
    with pytest.raises(ConfigurationError, match="is a folder"):
        ExcelSource(tmp_path).read()


def test_a_lock_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "~$patients.xlsx").write_bytes(b"\x05Dara")

    with pytest.raises(ConfigurationError, match="lock file"):
        ExcelSource(tmp_path / "~$patients.xlsx").read()


def test_the_source_names_itself() -> None:
    source = ExcelSource("data/patients.xlsx", sheet="Now")

    assert (source.stem, source.describe()) == ("patients", "data/patients.xlsx, sheet Now")


def test_the_only_round_number_of_a_column_is_told_but_not_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (("Phone",), (85510000000,), (85510000001,)):
        book.active.append(line)
    book.save(tmp_path / "p.xlsx")
    rows = ExcelSource(tmp_path / "p.xlsx", address="Phone").read()

    assert rows.problems == ()
    assert any("Row 2" in note and "zeros" in note for note in rows.notes)


def test_the_text_of_an_error_is_an_error_too_because_results_are_dropped_in_again(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (("Phone", "Age"), ("012000001", "#N/A"), ("012000002", "N/A")):
        book.active.append(line)
    for cell in book.active["B"]:
        cell.data_type = "s"
    book.save(tmp_path / "again.xlsx")
    rows = ExcelSource(tmp_path / "again.xlsx", address="Phone").read()
    assert [(p.row, p.column) for p in rows.problems] == [(2, "Age")]


@pytest.mark.parametrize("cell", [b'<c t="e" r="A3"><v>#REF!</v></c>', b'<c t="e"><v>#REF!</v></c>'])
def test_an_error_is_seen_however_its_cell_is_put(tmp_path: Path, cell: bytes) -> None:
    book = openpyxl.Workbook()
    for line in (("Phone",), ("012000001",), ("#REF!",)):
        book.active.append(line)
    book.active["A3"].data_type = "e"
    book.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as plain, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        for name in plain.namelist():
            odd.writestr(name, plain.read(name).replace(b'<c r="A3" t="e"><v>#REF!</v></c>', cell))
    rows = ExcelSource(tmp_path / "odd.xlsx", address="Phone").read()
    assert [(p.row, p.column) for p in rows.problems] == [(3, "Phone")]


@pytest.mark.parametrize("name", ["kinds.xlsx", "libreoffice.xls", "libreoffice.ods"])
def test_a_blank_row_ends_the_list_in_every_format_where_it_is_said_to(name: str) -> None:
    rows = ExcelSource(CORPUS / name, address="Phone", ends_at_blank=True).read()
    assert rows.numbers.to_pylist() == list(range(2, 14))
    assert [problem.row for problem in rows.problems] == [10, 12, 13]
    assert rows.notes[-1] == "The list ends with row 13, above a blank row; 1 row below it was left out."


def test_damage_below_the_list_is_nobodys(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["A list"], [], ["Phone", "Age"], ["012345678", 3], ["012345679", 4], [], ["Total", "#N/A"]):
        book.active.append(line)
    book.save(tmp_path / "list.xlsx")
    rows = ExcelSource(tmp_path / "list.xlsx", address="Phone", ends_at_blank=True).read()
    assert records(rows) == [(4, "012345678", "3"), (5, "012345679", "4")]
    assert rows.problems == ()
