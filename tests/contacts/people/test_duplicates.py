"""Rows that name one contact."""

from __future__ import annotations

from tests.worlds import DARA, HEADER, SOK, buckets, changes


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
