"""Every row gets its bucket, and only what differs becomes a change."""

from __future__ import annotations

import pytest

from connectors.values import CellProblem, Contact

HEADER = ("Phone", "Age", "Colour")
SOK = Contact(7, ("85512345678",), {"age": "38", "favorite color": "blue"})
DARA = Contact(8, ("+855 12 999 888", "85597000001"), {"age": "40"})


def buckets(plan):
    return plan.outcomes["status"].to_pylist()


def changes(plan):
    return [(c["row"], c["address"], c["variable"], c["before"], c["after"]) for c in plan.changes.to_pylist()]


def test_a_changed_value_is_put_under_the_stored_spelling(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("012 999 888", "41", "")), [SOK, DARA], rules_of())
    assert buckets(plan) == ["updated"]
    assert changes(plan) == [(2, "+855 12 999 888", "age", "40", "41")]


def test_equal_values_are_unchanged_and_numbers_compare_as_text(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("012345678", "38", "blue"), ("097000001", "040", "")), [SOK, DARA], rules_of())
    assert buckets(plan) == ["unchanged", "updated"]
    assert changes(plan) == [(3, "85597000001", "age", "40", "040")]


def test_an_absent_variable_is_written_and_its_before_is_null(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("85597000001", "40", "red")), [SOK, DARA], rules_of())
    assert changes(plan) == [(2, "85597000001", "favorite color", None, "red")]


def test_a_blank_keeps_and_the_marker_clears(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "", "--"))
    assert changes(plan_of(rows, [SOK], rules_of())) == [(2, "85512345678", "favorite color", "blue", "")]


def test_surrounding_blanks_are_no_difference(rows_of, rules_of, plan_of):
    stored_with_blank = Contact(7, ("85512345678",), {"age": " 38", "favorite color": "blue"})
    rows = rows_of(HEADER, ("012345678", " 38", " blue  "))
    assert buckets(plan_of(rows, [stored_with_blank], rules_of())) == ["unchanged"]


def test_contradicting_rows_cancel_each_other_and_name_the_others(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "1", ""), ("+85512345678", "2", ""), ("012999888", "9", ""))
    plan = plan_of(rows, [SOK, DARA], rules_of())
    assert buckets(plan) == ["duplicate", "duplicate", "updated"]
    assert "Row 3 names the same contact" in plan.outcomes["reason"][0].as_py()
    assert "Row 2 names" in plan.outcomes["reason"][1].as_py()
    assert [c[0] for c in changes(plan)] == [4]


def test_two_addresses_of_one_contact_with_different_values_contradict_each_other(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012999888", "1", ""), ("097000001", "2", ""))
    assert buckets(plan_of(rows, [SOK, DARA], rules_of())) == ["duplicate", "duplicate"]


def test_equal_rows_share_the_first_ones_outcome(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012999888", "1", ""), ("097000001", "1", ""))
    plan = plan_of(rows, [SOK, DARA], rules_of())
    assert buckets(plan) == ["updated", "updated"]
    assert len(changes(plan)) == 1
    assert plan.outcomes["reason"][1].as_py() == "Same as row 2."


def test_unknown_and_unusable_addresses_are_told_apart(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("011222333", "1", ""), ("8.55E+11", "1", ""), ("", "1", ""))
    plan = plan_of(rows, [SOK], rules_of())
    assert buckets(plan) == ["not_found", "rejected", "rejected"]
    assert plan.outcomes["column"].to_pylist() == ["Phone", "Phone", "Phone"]


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


def test_a_number_that_two_contacts_spell_differently_is_held_unless_one_is_spelled_exactly_so(
    rows_of, rules_of, plan_of
):
    twin = Contact(9, ("+85512345678",), {"age": "1"})
    plan = plan_of(rows_of(HEADER, ("012 345 678", "5", "")), [SOK, twin], rules_of())
    assert buckets(plan) == ["held"]
    exact = plan_of(rows_of(HEADER, ("+85512345678", "5", "")), [SOK, twin], rules_of())
    assert [c["contact_id"] for c in exact.changes.to_pylist()] == [9]
    assert "Another contact" in exact.outcomes["reason"][0].as_py()


def test_a_contact_is_created_as_digits_and_a_near_miss_is_held(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("011 222 333", "5", "--"), ("0012345678", "5", ""))
    no_region = rules_of(missing="create", region=None)
    plan = plan_of(rows, [SOK], no_region)
    assert buckets(plan) == ["created", "held"]
    assert [(c.row, c.address, dict(c.vars)) for c in plan.creates] == [
        (2, "011222333", {"age": "5", "favorite color": ""})
    ]
    with_region = plan_of(rows_of(HEADER, ("011 222 333", "5", "red")), [SOK], rules_of(missing="create"))
    assert with_region.creates[0].address == "85511222333"


def test_fill_only_never_replaces_a_value(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "39", "red"), ("012999888", "39", "red"))
    plan = plan_of(rows, [SOK, DARA], rules_of(fill_only=True))
    assert changes(plan) == [(3, "+855 12 999 888", "favorite color", None, "red")]


def test_the_checksum_names_what_would_be_sent_and_nothing_else(rows_of, rules_of, plan_of):
    one = plan_of(rows_of(HEADER, ("012345678", "39", "")), [SOK], rules_of())
    with_bad_row = plan_of(rows_of(HEADER, ("bad", "1", ""), ("012345678", "39", "")), [SOK], rules_of())
    other = plan_of(rows_of(HEADER, ("012345678", "40", "")), [SOK], rules_of())
    assert one.checksum == with_bad_row.checksum
    assert one.checksum != other.checksum
