"""The committed CSV files, one situation each."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ConfigurationError
from connectors.sources.csv.source import CsvSource

CORPUS = Path(__file__).parent / "corpus"


def records(name: str) -> list[tuple[object, ...]]:
    rows = CsvSource(CORPUS / name, address="Phone").read()
    return [
        (number, *row.values()) for number, row in zip(rows.numbers.to_pylist(), rows.table.to_pylist(), strict=True)
    ]


def notes(name: str) -> str:
    return " ".join(CsvSource(CORPUS / name, address="Phone").read().notes)


def problems(name: str) -> list[tuple[int, str]]:
    return [(p.row, p.column) for p in CsvSource(CORPUS / name, address="Phone").read().problems]


def refusal(name: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        CsvSource(CORPUS / name, address="Phone").read()
    return str(caught.value)


def test_line_ends_in_quotes_do_not_count_as_rows_and_blank_lines_do() -> None:
    assert records("quoted_newlines.csv") == [(2, "1", "two\nlines"), (4, "2", 'say "yes"'), (6, "3", "x")]


def test_a_row_with_a_cell_too_many_is_named_and_missing_cells_are_blank() -> None:
    assert records("ragged.csv") == [
        (2, "1", "Dara", "38"),
        (3, "2", "Nary", "41"),
        (4, "3", "", ""),
        (5, "4", "Tep", "5"),
    ]
    assert problems("ragged.csv") == [(3, "")]
    assert "fewer cells" in notes("ragged.csv")


def test_a_header_shorter_than_most_rows_is_the_headers_fault() -> None:
    assert "row 1" in refusal("mostly_longer.csv")


def test_a_repeated_header_is_refused_with_its_columns() -> None:
    assert '"Age" (columns B, D)' in refusal("repeated_header.csv")


def test_values_under_an_empty_header_are_refused_with_their_column() -> None:
    assert "column B" in refusal("nameless_column.csv")


def test_an_empty_column_without_a_header_is_left_out() -> None:
    assert records("empty_last_column.csv") == [(2, "1", "Dara"), (3, "2", "Nary")]


def test_na_null_none_and_nan_are_texts() -> None:
    assert records("not_available.csv") == [(2, "NA", "NA"), (3, "NULL", "None"), (4, "007", "nan"), (5, "", "N/A")]


def test_numbers_a_spreadsheet_program_rounded_are_problems_in_the_address_column_only() -> None:
    assert problems("exponent.csv") == [(2, "Phone"), (4, "Phone")]
    assert records("exponent.csv")[0] == (2, "8.55E+11", "8.55E+11")


@pytest.mark.parametrize("name", ["unclosed_quote.csv", "run_on_quote.csv"])
def test_a_quote_that_is_never_closed_is_refused_with_its_row(name: str) -> None:
    assert "row 3" in refusal(name)


def test_quotes_inside_a_text_are_read_as_a_spreadsheet_program_does() -> None:
    assert records("inches.csv") == [(2, "1", '5" nail'), (3, "2", 'a "b", c'), (4, "3", "d")]


@pytest.mark.parametrize(
    ("name", "rows"),
    [("mac_line_ends.csv", [2, 4]), ("windows_line_ends.csv", [2, 3])],
)
def test_line_ends_of_any_system_are_understood(name: str, rows: list[int]) -> None:
    assert records(name) == [(rows[0], "1", "Dara"), (rows[1], "2", "Nary")]


@pytest.mark.parametrize(
    ("name", "expected", "told"),
    [
        ("semicolons.csv", [(2, "1", "1,5"), (3, "2", "2,25")], "semicolon"),
        ("tabs.csv", [(2, "1", "Dara, of Takeo")], "tab"),
        ("bars.csv", [(2, "1", "Dara")], "vertical bar"),
        ("sep_line.csv", [(2, "1", "Dara; Nary, Tep")], "vertical bar"),
        ("one_column.csv", [(2, "+85512000001"), (3, "+85512000002")], ""),
    ],
)
def test_the_delimiter_is_found_out_and_told(name: str, expected: list[tuple[object, ...]], told: str) -> None:
    assert records(name) == expected
    assert told in notes(name)


def test_the_header_may_stand_below_a_title() -> None:
    assert records("title_rows.csv") == [(4, "1", "Dara", "38")]
    assert "row 3" in notes("title_rows.csv")


def test_the_header_below_a_title_is_found_without_knowing_the_address_column() -> None:
    assert CsvSource(CORPUS / "title_rows.csv").read().columns == ("Phone", "Name", "Age")


def test_a_file_with_only_a_header_has_columns_and_no_rows() -> None:
    rows = CsvSource(CORPUS / "only_header.csv", address="Phone").read()

    assert (rows.columns, len(rows)) == (("Phone", "Name"), 0)


def test_a_file_of_blank_lines_has_no_rows_to_read() -> None:
    assert "no rows" in refusal("blank_lines.csv")


def test_a_zero_byte_stays_in_its_cell() -> None:
    assert records("zero_byte.csv") == [(2, "1", "Dara"), (3, "2", "Na\0ry")]


def test_a_file_of_zero_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zeros.csv"
    path.write_bytes(b"Phone,Name\n1,Dara\n" + bytes(1001))

    with pytest.raises(ConfigurationError, match="zero bytes"):
        CsvSource(path, address="Phone").read()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("utf_8_mark.csv", [(2, "1", "ដារា")]),
        ("utf_16.csv", [(2, "1", "ដារា")]),
        ("utf_16_without_mark.csv", [(2, "1", "José")]),
    ],
)
def test_unicode_in_any_form_is_read(name: str, expected: list[tuple[object, ...]]) -> None:
    assert records(name) == expected


@pytest.mark.parametrize(
    ("name", "third", "told"),
    [
        ("windows_1252.csv", (3, "+85512000002", "François Noël", "São Tomé"), "Windows-1252"),
        ("windows_1251.csv", (3, "+85512000002", "Петрова Анна", "Киев"), "Windows-1251"),
    ],
)
def test_an_older_encoding_is_found_out_and_told(name: str, third: tuple[object, ...], told: str) -> None:
    assert records(name)[1] == third
    assert told in notes(name)


def test_text_that_only_begins_as_utf_16_is_refused() -> None:
    assert "UTF-16" in refusal("broken_utf_16.csv")


def test_a_workbook_named_csv_is_refused() -> None:
    assert "workbook" in refusal("really_xlsx.csv")


def test_a_text_longer_than_the_fast_readers_blocks_is_read_all_the_same(tmp_path: Path) -> None:
    lines = "".join(f'{number},"{"long " * 20_000}"\n' for number in range(30))
    (tmp_path / "long.csv").write_text(f"Phone,Note\n{lines}")

    rows = CsvSource(tmp_path / "long.csv", address="Phone").read()

    assert (len(rows), rows.numbers.to_pylist()[-1]) == (30, 31)


def test_thousands_of_ragged_rows_are_read_like_a_few(tmp_path: Path) -> None:
    lines = "".join(f"{number},x\n{number}\n" for number in range(12_000))
    (tmp_path / "ragged.csv").write_text(f"Phone,Name\n{lines}")

    rows = CsvSource(tmp_path / "ragged.csv", address="Phone").read()

    assert rows.numbers.to_pylist() == list(range(2, 24_002))
    assert rows.table["Phone"].to_pylist() == [str(number) for number in range(12_000) for _ in range(2)]


def test_a_cell_that_showed_an_error_when_the_file_was_saved_is_told_and_na_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    path.write_text("Phone,Age\n012000001,#N/A\n012000002,NA\n#REF!,3\n012000004,#1\n")
    rows = CsvSource(path, address="Phone").read()
    assert [(p.row, p.column, p.reason[:30]) for p in rows.problems] == [
        (2, "Age", "The cell shows the error #N/A."),
        (4, "Phone", "The cell shows the error #REF!"),
    ]
    assert rows.table["Age"].to_pylist() == ["#N/A", "NA", "3", "#1"]


@pytest.mark.parametrize(
    "spoilt",
    [
        "Phone,Name\n1,សុខា\n2,".encode() + b"Jos\xe9\n",
        "Phone,Name\n1,សុខា\n2,សុខា".encode()[:-1],
        "Phone,Name\n1,José\n".encode() + b"2,Jos\xe9\n",
        "Phone,Name\n1,Dara\n".encode("utf-8-sig") + b"2,Jos\xe9\n",
        b"Phone,Name\n1,Dara\n2,\xff\xfe\x81\n" + b"3,Nary\n" * 20,
        "Phone,Name\n1,Dara\n2,\ud800\n".encode("utf-16", errors="surrogatepass"),
    ],
    ids=["Latin-1 in Khmer", "cut short", "Latin-1 in UTF-8", "with a mark", "in plain ASCII", "half a pair"],
)
def test_a_byte_that_is_no_text_is_its_cells_problem_and_the_file_is_not_read_as_something_else(
    tmp_path: Path, spoilt: bytes
) -> None:
    path = tmp_path / "spoilt.csv"
    path.write_bytes(spoilt)

    rows = CsvSource(path, address="Phone", columns=["Name"]).read()

    assert [(p.row, p.column) for p in rows.problems] == [(3, "Name")]
    assert "\ufffd" in rows.table["Name"][1].as_py()
    assert CsvSource(path, address="Phone", columns=["Phone"]).read().problems == ()


def test_the_end_mark_of_an_old_program_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "dos.csv"
    path.write_bytes(b"Phone,Age\r\n012000001,3\r\n\x1a")
    assert CsvSource(path, address="Phone").read().numbers.to_pylist() == [2]


def test_a_blank_row_ends_the_list_where_it_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("A list\n\nPhone,Age\n\n012345678,3\n012345679,4,\n, \nTotal,2,of,all\n\nLegend\n")
    rows = CsvSource(path, address="Phone", ends_at_blank=True).read()
    assert rows.numbers.to_pylist() == [5, 6]
    assert rows.table["Age"].to_pylist() == ["3", "4"]
    assert rows.problems == ()
    assert rows.notes[-1] == "The list ends with row 6, above a blank row; 2 rows below it were left out."
    assert len(CsvSource(path, address="Phone").read()) == 4


def test_a_list_that_no_blank_row_ends_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Phone,Age\n012345678,3\n")
    assert not CsvSource(path, address="Phone", ends_at_blank=True).read().notes
    path.write_text("Phone,Age\n")
    assert len(CsvSource(path, address="Phone", ends_at_blank=True).read()) == 0
