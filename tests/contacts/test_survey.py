"""What becomes of each column: how many of its cells are read as what, and which are odd."""

from __future__ import annotations

import pytest

from connectors.values import CellProblem
from flows.contacts.survey import SurveyedColumn, survey
from tests.worlds import rows_of


def read_as(*cells, silent=()):
    rows = rows_of(("Phone", "A"), *(("012345678", cell) for cell in cells))
    _, column = survey(rows, {"Phone": ["address"], "A": ["variable a"]}, (), address="Phone", silent=silent)
    return column.read_as


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["38", " +38", "-38 "], "3 whole numbers"),
        (["9.5", ",5", "-1,25"], "3 numbers with decimals"),
        (["2026-11-03", "3/11/2026", "3 Nov 2026", "November 3, 2026", "2026.11.3"], "5 dates"),
        (["14:30", "-2:05:09", "100:00:00.5"], "3 times"),
        (["true", "false"], "2 logical values"),
        (["TRUE", "12 kg", "14:3", "1.2.3", "x\ny"], "5 texts"),
        (["", "  "], "2 blank cells"),
        (["x", "true", "1:00", "2026-11-03 14:30", "0.5", "", "7"],
         "1 whole number, 1 number with decimals, 1 date, 1 time, 1 logical value, 1 text, 1 blank cell"),
        (["7"] * 1200 + [""] * 1001, "1,200 whole numbers, 1,001 blank cells"),
        ([], "no cells"),
    ],
)  # fmt: skip
def test_cells_are_counted_by_what_they_are_read_as(cells, told):
    assert read_as(*cells) == told


def test_texts_that_mean_something_in_this_pipeline_count_as_blank():
    assert read_as("-", " n/a", "?", "7", silent=("n/a", "-")) == "1 whole number, 1 text, 2 blank cells"


def test_such_texts_are_not_odd_and_addresses_are_judged_elsewhere():
    rows = rows_of(("Phone", "A"), ("?", "-"), ("012345678", "?"))
    address, column = survey(rows, {"Phone": ["address"], "A": ["variable a"]}, (), address="Phone", silent=("-",))
    assert address.odd == ()
    assert column.odd == ("row 3: “?” is taken for a value, not for an empty cell",)


def surveyed(rows, problems):
    return survey(rows, {"Phone": ["address"], "A": ["variable a", "call variable b"]}, problems, address="Phone")


def test_each_column_is_told_with_its_uses_and_every_reason_once():
    rows = rows_of(("Phone", "A", "B"), *((f"01234567{n}", cell, "-") for n, cell in enumerate("12x?-")))
    problems = [
        CellProblem(5, "A", "no"),
        CellProblem(4, "A", "never"),
        CellProblem(3, "A", "no"),
        CellProblem(3, "A", "neither"),  # of one cell the first one counts
        CellProblem(2, "B", "not used"),
        CellProblem(6, "", "the header once more"),
        CellProblem(2, "Phone", "no number"),
    ]
    assert surveyed(rows, problems) == [
        SurveyedColumn(
            "Phone",
            ("address",),
            "3 phone numbers or SIP addresses, 2 not usable",
            ("row 6: the header once more", "row 2: no number"),
        ),
        SurveyedColumn(
            "A",
            ("variable a", "call variable b"),
            "2 whole numbers, 3 texts",
            (
                "row 3 and 1 more: no",
                "row 4: never",
                "row 5 and 1 more: “?”, “-” are taken for a value, not for an empty cell",
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ("abcd", ["row 2: a", "row 3: b", "row 4: c", "row 5: d"]),
        ("abcde", ["row 2: a", "row 3: b", "row 4: c", "… and 2 more kinds"]),
        ("a" * 1201, ["row 2 and 1,200 more: a"]),
        ([*map(str, range(1201))], ["row 2: 0", "row 3: 1", "row 4: 2", "… and 1,198 more kinds"]),
    ],
)
def test_of_many_kinds_of_odd_cells_the_first_are_told(reasons, told):
    problems = [CellProblem(row, "A", reason) for row, reason in enumerate(reasons, start=2)]
    _, column = surveyed(rows_of(("Phone", "A"), ("012345678", "x")), problems)
    assert list(column.odd) == told


@pytest.mark.parametrize(
    ("rows", "unusable", "told"),
    [
        (1, 0, "1 phone number or SIP address"),
        (2500, 1200, "1,300 phone numbers or SIP addresses, 1,200 not usable"),
        (0, 0, "0 phone numbers or SIP addresses"),
    ],
)
def test_addresses_are_counted_by_whether_they_can_be_used(rows, unusable, told):
    problems = [CellProblem(row, "Phone", "no") for row in range(2, 2 + unusable)]
    address, _ = surveyed(rows_of(("Phone", "A"), *[("012345678", "x")] * rows), problems)
    assert address.read_as == told
