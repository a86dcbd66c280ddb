"""What a row states: blanks, clearing, and values that cannot be stored."""

from __future__ import annotations

import pytest

from connectors.values import CellProblem, Contact
from tests.worlds import DARA, HEADER, SOK, buckets, changes


def test_a_blank_keeps_and_the_marker_clears(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "", "--"))
    assert changes(plan_of(rows, [SOK], rules_of())) == [(2, "85512345678", "favorite color", "blue", "")]


def test_surrounding_blanks_are_no_difference(rows_of, rules_of, plan_of):
    stored_with_blank = Contact(7, ("85512345678",), {"age": " 38", "favorite color": "blue"})
    rows = rows_of(HEADER, ("012345678", " 38", " blue  "))
    assert buckets(plan_of(rows, [stored_with_blank], rules_of())) == ["unchanged"]


@pytest.mark.parametrize(
    ("value", "said"),
    [("x" * 256, "256 characters"), ("smile \U0001f600", "emoji"), ("a\x00b", "control"), ("a\x0bb", "control")],
)
def test_values_that_verboice_cannot_store_are_found_before_anything_is_sent(rows_of, rules_of, plan_of, value, said):
    plan = plan_of(rows_of(HEADER, ("012345678", "39", value)), [SOK], rules_of())
    assert buckets(plan) == ["rejected"]
    assert plan.outcomes["column"][0].as_py() == "Colour"
    assert said in plan.outcomes["reason"][0].as_py()
    assert plan.is_empty


def test_255_characters_of_any_alphabet_are_fine(rows_of, rules_of, plan_of):
    assert buckets(plan_of(rows_of(HEADER, ("012345678", "", "\u17a2" * 255)), [SOK], rules_of())) == ["updated"]


def test_a_damaged_cell_rejects_the_row_only_where_its_column_is_used(rows_of, rules_of, plan_of):
    header = ("Phone", "Age", "Colour", "Remarks")
    lines = [("012345678", "#N/A", "", ""), ("012999888", "41", "", "#N/A")]
    rows = rows_of(
        header, *lines, problems=[CellProblem(2, "Age", "broken formula"), CellProblem(3, "Remarks", "broken formula")]
    )
    assert buckets(plan_of(rows, [SOK, DARA], rules_of())) == ["rejected", "updated"]
