"""A value is stored as its cell shows it, or the plan names its column with an example."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sources.workbooks.excel import ExcelSource
from connectors.sources.workbooks.number_display import shown
from flows.contacts.damage import findings

TWO = ("85512345602", "85512345603")
THREE = (*TWO, "85512345604")
AFTERNOON = dt.datetime.fromisoformat("2026-11-03 14:30")


def workbook(path: Path, *lines: tuple[object, ...], formats: tuple[str | None, ...] = ()) -> Path:
    """A sheet of these lines; `formats` are those of the cells under the header, column by column."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    for row in book.active.iter_rows(min_row=2):
        for cell, code in zip(row, formats, strict=False):
            cell.number_format = code or cell.number_format
    book.save(path)
    return path


@pytest.mark.parametrize("region", ["KH", None])
def test_zeros_that_a_format_shows_are_stored_in_any_region_and_without_one(case, synced, region) -> None:
    people = TWO if region else ("012345602", "012345603")
    done = synced(
        case("shown_zeros.xlsx"), {"age": "Patient ID", "favorite color": "Share"}, people=people,
        **{"source.region": region},
    )  # fmt: skip

    assert done.buckets == {"updated": 2}
    assert done.puts == [
        (people[0], {"age": "00123", "favorite color": "0.25"}),
        (people[1], {"age": "00045", "favorite color": "0.5"}),
    ]
    told = "Column “Share”: percentages are read as the numbers behind them, “25%” as “0.25” (2 cells, from row 2 on)."
    assert done.notes.count(told) == 1
    assert [note for note in done.notes if "Patient ID" in note and "00123" in note]


@pytest.mark.parametrize("name", ["formats.xlsx", "formats.ods", "formats.xls"])
def test_every_kind_of_workbook_shows_the_same(case, synced, name) -> None:
    variables = {"age": "ID", "favorite color": "Fee"}
    done = synced(case(name), variables, people=THREE)

    assert [values for _, values in done.puts] == [
        {"age": "00123", "favorite color": "1234.5"},
        {"age": "00045", "favorite color": "20"},
        {"age": "67890", "favorite color": "7"},
    ]
    assert (
        "Column “Fee”: amounts of money are read as plain numbers, “$1,234.50” as “1234.5” (3 cells, from row 2 on)."
        in done.notes
    )
    assert not [note for note in done.notes if "Weight" in note or "Visit" in note or "Note" in note]


def test_a_binary_workbook_shows_its_zeros_in_any_column() -> None:
    path = Path(__file__).parents[2] / "sources" / "corpus" / "binary.xlsb"
    rows = ExcelSource(path, address="Name", columns=["Phone"]).read()

    assert rows.table["Phone"].to_pylist() == ["012345678", "855000000000", "#N/A", "85512345678"]
    assert {(oddity.kind, oddity.row) for oddity in rows.oddities} == {("as_shown", 2), ("exponent", 3)}


@pytest.mark.parametrize("name", ["formats.xlsx", "formats.ods", "formats.xls"])
def test_dates_mixed_with_date_texts_and_bare_numbers_are_named_once_each(case, synced, name) -> None:
    done = synced(case(name), {"age": "Visit"}, people=THREE, command="plan")

    assert [note for note in done.notes if "Visit" in note] == [
        "Column “Visit”: among dates like “2026-11-03” there are others like “12/11/2026” (row 3).",
        "Column “Visit”: among dates there are bare numbers, “45972” for 2025-11-11 (row 4).",
    ]


@pytest.mark.parametrize(
    ("value", "code", "stored", "said"),
    [
        (0.256, "0.0%", "0.256", "percentages are read as the numbers behind them, “25.6%” as “0.256”"),
        (12, "[$€-407] 0.00", "12", "amounts of money are read as plain numbers, “€ 12.00” as “12”"),
        (-3, '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)', "-3", "amounts of money"),
        (12345, "0.00E+00", "12345", "numbers shown in short form are read in full, “1.23E+04” as “12345”"),
        (12.346, "0.00", "12.346", "numbers are shown rounded and read in full, “12.35” as “12.346”"),
        (1234, "#,##0", "1234", "numbers are read without what they are shown with, “1,234” as “1234”"),
        (60, '0 "kg"', "60", "numbers are read without what they are shown with, “60 kg” as “60”"),
        (0, "0;-0;", "0", "numbers are read without what they are shown with, “” as “0”"),
        (0.5, "# ?/?", "0.5", "numbers are shown rounded and read in full, “1/2” as “0.5”"),
        (1234567890123450, "0", "1234567890123450", "a spreadsheet keeps no more"),
        (AFTERNOON, "dd/mm/yyyy", "2026-11-03 14:30:00", "shown only in part"),
        (dt.date(2026, 11, 3), "mmm yyyy", "2026-11-03", "dates and times are shown only in part"),
    ],
)
def test_what_is_not_stored_as_it_is_shown_is_named(synced, home, value, code, stored, said) -> None:
    path = workbook(home / "one.xlsx", ("Phone", "A"), ("012345678", value), formats=(None, code))
    done = synced(path, {"age": "A"})

    assert done.puts == [("85512345678", {"age": stored})]
    (told,) = [note for note in done.notes if "“A”" in note]
    assert said in told
    assert told.endswith("(row 2).")


@pytest.mark.parametrize(
    ("value", "code", "stored"),
    [
        (123, "00000", "00123"),
        (7, '"A-"000', "A-007"),
        (-5, "000", "-005"),
        (1.5, "000.0", "001.5"),
        (123456789, "000-00-0000", "123-45-6789"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (0.1 + 0.2, "General", "0.3"),
        (1234, '"A-"000', "A-1234"),
        (39, "0", "39"),
        (0.5, "0.0", "0.5"),
    ],
)
def test_what_is_shown_is_stored_where_it_is_the_number_itself(synced, home, value, code, stored) -> None:
    path = workbook(home / "one.xlsx", ("Phone", "A"), ("012345678", value), formats=(None, code))

    assert synced(path, {"age": "A"}).puts == [("85512345678", {"age": stored})]


def test_values_shorter_than_their_neighbours_are_named(synced, home) -> None:
    lines = [(f"0123456{n:02d}", code) for n, code in enumerate(["00123", "00456", "789", "01011"])]
    done = synced(workbook(home / "codes.xlsx", ("Phone", "Code"), *lines), {"age": "Code"}, command="plan")

    assert (
        "Column “Code”: “789” is shorter than its neighbours such as “00123”: zeros in front of it may be lost (row 4)."
        in done.notes
    )


@pytest.mark.parametrize(
    ("codes", "short"),
    [
        (["00123", "00456", "7"], "7"),
        (["0830", "0915", "945", "1030"], "945"),
        (["05", "12", "5"], "5"),
        (["12", "5", "0", "100"], None),
        (["007", *map(str, range(1, 90))], None),
        (["1", "22", "333", "4444"], None),
    ],
)
def test_lost_zeros_are_told_from_small_numbers(synced, home, codes, short) -> None:
    path = home / "codes.csv"
    path.write_text("Phone,Code\n" + "".join(f"0123456{n:02d},{code}\n" for n, code in enumerate(codes)))
    told = [note for note in synced(path, {"age": "Code"}, command="plan").notes if "zeros in front" in note]

    assert [f"“{short}” is shorter" in note for note in told] == ([True] if short else [])


def test_codes_of_one_length_that_all_lost_their_zeros_are_named_and_amounts_are_not(synced, home) -> None:
    codes = [10_117 + 7_919 * n for n in range(10)]
    lines = [(f"0123456{n:02d}", code, 1000 * n + 10_000) for n, code in enumerate([*codes, 417])]
    path = workbook(home / "codes.xlsx", ("Phone", "Code", "Pay"), *lines)
    done = synced(path, {"age": "Code", "favorite color": "Pay"}, command="plan")

    (told,) = [note for note in done.notes if "zeros in front" in note]
    assert told.startswith("Column “Code”: “417” is shorter than its neighbours such as “10117”")
    assert told.endswith("(row 12).")


def test_a_shortened_number_in_a_csv_is_named_in_any_column(synced, home) -> None:
    path = home / "short.csv"
    path.write_text("Phone,Card\n012345678,8.55E+11\n012777666,855120000001\n")
    done = synced(path, {"age": "Card"}, command="plan")

    assert "Column “Card”: a number was shortened to “8.55E+11”, so its last digits are lost (row 2)." in done.notes


def test_days_and_months_in_both_orders_are_named(synced, home) -> None:
    path = home / "dates.csv"
    path.write_text("Phone,Born\n012345678,13/02/1990\n012777666,25/12/1991\n012999888,02/27/1992\n")
    done = synced(path, {"age": "Born"}, command="plan")

    assert [note for note in done.notes if "Born" in note] == [
        "Column “Born”: days and months stand in both orders, in “13/02/1990” and in “02/27/1992” (row 4)."
    ]


def test_a_column_that_is_not_used_is_not_spoken_of(case, synced) -> None:
    done = synced(case("formats.xlsx"), {"age": "ID"}, people=THREE, command="plan")

    assert not [note for note in done.notes if any(name in note for name in ("Share", "Fee", "Visit", "Note"))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    st.integers(-(10**9), 10**12) | st.floats(-1e6, 1e6).map(lambda number: float(f"{number:.12g}")),
    st.sampled_from(
        ["General", "0", "00000", "000000000", "0.00", "0.0##", "#,##0", "#,##0.00;(#,##0.00)", "0%", "0.00%",
         "0.00E+00", '"$"0.00', '"N-"000', "[$៛-453]#,##0", "+0", "###-###",
         "(000) 000-000", "0;-0;", "0.0,", "# ??/??", "@"]
    ),
)  # fmt: skip
def test_any_number_in_any_format_is_stored_as_shown_or_named(tmp_path, value, code) -> None:
    path = workbook(tmp_path / "any.xlsx", ("Phone", "A"), ("1", value), formats=(None, code))
    rows = ExcelSource(path, address="Phone", columns=["A"]).read()
    stored = rows.table["A"][0].as_py()
    named = [finding for finding in findings(rows, ["A"], address="Phone") if finding.row == 2]

    display = shown(value, code)
    assert stored == display or named
    assert stored == display or float(stored) == float(f"{value:.15g}")
