"""What is odd about the cells of a column is told once for all of them; nothing is repaired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.values import CellProblem, Oddity
from flows.contacts.damage import Finding, findings, with_damage_told
from tests.worlds import rows_of

NOTHING: list[tuple[int, int, str]] = []


def found(*texts, silent=(), problems=()):
    """Of a column of these texts, which begin in row 2: how many are odd, the first one's row, and what is told."""
    rows = rows_of(("Phone", "A"), *(("-", text) for text in texts), problems=problems)
    told = findings(rows, ["Phone", "A"], address="Phone", silent=silent)
    assert {finding.column for finding in told} <= {"A"}
    return [(finding.count, finding.row, finding.told) for finding in told]


@pytest.mark.parametrize(
    ("texts", "count", "row", "told"),
    [
        (["38", "n/a"], 1, 3, "“n/a” is"),
        (["-", " - ", "x", "-"], 3, 2, "“-” is"),
        (["x", "?", " NULL\t", "blue", "?"], 3, 3, "“?”, “NULL” are"),
        (["", "None", "N/A", "\\N"], 3, 3, "“None”, “N/A”, “\\N” are"),
        (["-", ".", "_", "*", "-"], 5, 2, "“-”, “.”, “_”, … are"),
        ([" undefined "], 1, 2, "“undefined” is"),
    ],
)
def test_texts_by_which_people_say_that_nothing_is_known_are_values_here(texts, count, row, told):
    assert found(*texts) == [(count, row, f"{told} taken for a value, not for an empty cell")]


def test_words_that_can_be_an_answer_and_those_with_a_meaning_of_their_own_are_not_odd():
    assert found("none", "unknown", "no", "Nina", "", "0") == NOTHING
    assert found("--", "-", "?", silent=("-", "--")) == [(1, 4, "“?” is taken for a value, not for an empty cell")]


def test_letters_that_were_lost_are_told():
    assert found("Sok", "D\ufffdra", "Chi\ufffd") == [(2, 3, "\ufffd stands for letters that were lost")]


def test_cells_whose_row_is_refused_for_them_anyway_are_not_told_again():
    texts = ("a\ufffd", "\ufffd", "b\ufffd")
    problems = [CellProblem(2, "A", "broken"), CellProblem(3, "Phone", "another cell"), CellProblem(99, "A", "gone")]
    assert found(*texts, problems=problems) == [(2, 3, "\ufffd stands for letters that were lost")]
    assert found("x", "-", problems=[CellProblem(3, "A", "broken")]) == NOTHING


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["8.55E+11", "855120000001", "+1,5e7"], [(2, 2, "8.55E+11")]),
        (["Edel", "-2E3", "1E-5", "E5", "1e5x"], [(1, 3, "-2E3")]),
        (["Eve", "Ede"], []),
    ],
)
def test_numbers_that_were_shortened_have_lost_their_last_digits(texts, expected):
    assert found(*texts) == [
        (count, row, f"a number was shortened to “{text}”, so its last digits are lost")
        for count, row, text in expected
    ]


@pytest.mark.parametrize(
    ("texts", "count", "row", "usual", "rarer"),
    [
        (["2026-11-03", "3/11/2026"], 1, 3, "2026-11-03", "3/11/2026"),
        (["2026-11-03 08:00", "", "3.11.26", "2026-11-04T09:30", "Nov 3, 2026"], 2, 4, "2026-11-03 08:00", "3.11.26"),
        (["03/11/2026", "04/11/2026", " 2026-11-05 "], 1, 4, "03/11/2026", "2026-11-05"),
        (["x", "2026-11-03", "y", "3 November 2026"], 1, 5, "2026-11-03", "3 November 2026"),
        (
            ["2026-11-03", "3/11/2026", "", " ", "", ""],
            1,
            3,
            "2026-11-03",
            "3/11/2026",
        ),  # blank cells count for neither
    ],
)
def test_the_rarer_of_two_ways_to_write_a_date_is_told(texts, count, row, usual, rarer):
    assert found(*texts) == [(count, row, f"among dates like “{usual}” there are others like “{rarer}”")]


@pytest.mark.parametrize(
    "texts",
    [
        ["2026-11-03", "2026-11-04"],
        ["3/11/2026", "4/11/2026"],
        ["x", "y", "z", "2026-11-03", "3/11/2026"],  # no column of dates
        ["2026-11-03", "next week"],
    ],
)
def test_dates_that_are_written_alike_or_stand_among_other_texts_are_not_odd(texts):
    assert found(*texts) == NOTHING


@pytest.mark.parametrize(
    ("texts", "count", "row", "usual", "rarer"),
    [
        (["13/02/1990", "25/12/1991", "02/27/1992", "01/02/1993"], 1, 4, "13/02/1990", "02/27/1992"),
        (["12-31-90", "1-30-91", "31-1-92"], 1, 4, "12-31-90", "31-1-92"),
        (["2.13.2026", "13.2.2026"], 1, 2, "13.2.2026", "2.13.2026"),
    ],
)
def test_days_and_months_in_both_orders_are_told(texts, count, row, usual, rarer):
    assert found(*texts) == [(count, row, f"days and months stand in both orders, in “{usual}” and in “{rarer}”")]


def test_bare_numbers_among_dates_are_told_with_the_day_that_a_spreadsheet_means_by_them():
    assert found("2026-11-03", "45972", "2026-11-04", "45973.75") == [
        (2, 3, "among dates there are bare numbers, “45972” for 2025-11-11")
    ]
    assert found("45972", "45973", "2026-11-04") == NOTHING  # most are numbers


SHORTER = "is shorter than its neighbours such as"


@pytest.mark.parametrize(
    ("texts", "count", "row", "short", "usual"),
    [
        (["00123", "00456", "789", " 1011 "], 2, 4, "789", "00123"),
        (["05", "5", "007", "1234", "008"], 1, 3, "5", "007"),  # 05 has its zero
        (["00123", "0", "00124"], 1, 3, "0", "00123"),
        (["1", "2", "3", "4", "007"], 4, 2, "1", "007"),
        (["1", "2", "3", "4", "5", "007", "008"], 5, 2, "1", "007"),
        (["x", "00123", "y", "7"], 1, 5, "7", "00123"),
        (["10117", "20118", "30119", "417", "50121", "60122"], 1, 5, "417", "10117"),
        ([*"abcdef", "10117", "20118", "30119", "417", "50121", "60122"], 1, 11, "417", "10117"),
        ([*map(str, range(10_111, 10_119)), "1", "22"], 2, 10, "1", "10111"),
        ([*map(str, range(10_114, 10_121)), "20110", "20120", "20131", "1"], 1, 12, "1", "10114"),  # three of ten
    ],
)
def test_numbers_may_have_lost_the_zeros_in_front_of_them(texts, count, row, short, usual):
    assert found(*texts) == [(count, row, f"“{short}” {SHORTER} “{usual}”: zeros in front of it may be lost")]


@pytest.mark.parametrize(
    "texts",
    [
        ["1", "2", "3", "4", "5", "007"],  # more of them than of those with zeros: other numbers
        ["x", "00123", "y", "7", "z"],  # more texts than numbers
        ["12", "5", "0", "100"],
        ["1011", "1012", "1013", "1014", "1015", "1016", "7"],  # years, prices
        ["10117", "20118", "30119", "40121", "7"],  # too few to tell
        [*map(str, range(10_111, 10_118)), "1", "22"],  # too many short ones
        [*map(str, range(10_114, 10_120)), "20110", "20120", "20130", "20140", "1"],  # amounts, which are round
        [*map(str, range(10_111, 10_119)), "123456", "1"],
        ["00123", "00124", "00125"],
    ],
)
def test_ages_amounts_and_other_numbers_of_any_length_have_lost_nothing(texts):
    assert found(*texts) == NOTHING


def test_what_a_long_column_is_about_is_seen_in_all_of_its_parts():
    texts = [*["x"] * 1600, *["2026-11-03"] * 1700, "3/11/2026"]
    assert found(*texts) == [(1, 3302, "among dates like “2026-11-03” there are others like “3/11/2026”")]


def test_an_example_stands_in_one_line_and_a_long_one_is_cut():
    told = "among dates like “3/11/2026” there are others like “{}”"
    for marks, end in (("!" * 5, "!!!!!"), ("!" * 6, "!!!!…")):
        text = f"2026-11-03 in\tthe  village of Takeo {marks}"
        assert found("3/11/2026", "4/11/2026", text) == [
            (1, 4, told.format(f"2026-11-03 in the village of Takeo {end}"))
        ]


def test_what_the_source_saw_comes_first_column_by_column_and_of_the_address_nothing_else_is_told():
    rows = rows_of(("Phone", "A", "B", "C"), ("-", "-", "x", "-"), ("012345678", "b", "-", "-"))
    oddities = (
        Oddity("B", "percent", 3, 4, "25%", "0.25"),
        Oddity("Phone", "too_long", 2, 2, "", "1234567890123450"),
        Oddity("C", "money", 1, 2, "$ 7", "7"),
        Oddity("A", "dressed", 1, 3, "60\n kg", "60"),
    )
    rows = replace(rows, oddities=oddities)
    blank = "“-” is taken for a value, not for an empty cell"
    told = findings(rows, ["Phone", "B", "A", "missing"], address="Phone")
    assert told == [
        Finding(
            "Phone",
            2,
            2,
            "numbers have more than 15 digits, and a spreadsheet keeps no more: the last ones of “1234567890123450” "
            "are lost",
        ),
        Finding("B", 3, 4, "percentages are read as the numbers behind them, “25%” as “0.25”"),
        Finding("B", 1, 3, blank),
        Finding("A", 1, 3, "numbers are read without what they are shown with, “60 kg” as “60”"),
        Finding("A", 1, 2, blank),
    ]


def test_findings_become_notes_behind_those_that_are_there():
    rows = replace(rows_of(("Phone", "A"), ("-", "x"), ("012345678", "?")), notes=("Read as UTF-8.",))
    noted = with_damage_told(rows, ["Phone", "A"], address="Phone")
    assert noted == replace(
        rows, notes=("Read as UTF-8.", "Column “A”: “?” is taken for a value, not for an empty cell (row 3).")
    )
    assert with_damage_told(rows, ["Phone", "A"], address="Phone", silent=("?",)) is rows
    assert with_damage_told(rows, ["Phone"], address="Phone") is rows
    many = Finding("A", 1200, 2, "odd")
    assert many.sentence == "Column “A”: odd (1,200 cells, from row 2 on)."


def test_a_source_without_rows_has_nothing_odd():
    assert found() == NOTHING
