"""Rows that name one contact."""

from __future__ import annotations

import numpy as np
import pytest

from flows.contacts.normalise import normalise
from flows.contacts.people.duplicates import group_rows, leaders
from tests.worlds import DARA, HEADER, SOK, buckets, changes


def test_contradicting_rows_cancel_each_other_and_name_the_others(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "1", ""), ("+85512345678", "2", ""), ("012999888", "9", ""))
    plan = plan_of(rows, [SOK, DARA], rules_of())
    assert buckets(plan) == ["duplicate", "duplicate", "updated"]
    told = "names the same contact with different values (Age). None of them was applied; keep one."
    assert plan.outcomes["reason"].to_pylist()[:2] == [f"Row 3 {told}", f"Row 2 {told}"]
    assert [c[0] for c in changes(plan)] == [4]


def test_each_contact_named_by_contradicting_rows_is_told_by_itself(rows_of, rules_of, plan_of):
    lines = [("012345678", "1", "red"), ("012999888", "1", ""), ("012345678", "2", "red"), ("097000001", "2", "blue")]
    plan = plan_of(rows_of(HEADER, *lines, ("+85512345678", "1", "red")), [DARA, SOK], rules_of())
    assert buckets(plan) == ["duplicate"] * 5
    assert [reason.split(". ")[0] for reason in plan.outcomes["reason"].to_pylist()] == [
        "Rows 4, 6 name the same contact with different values (Age)",
        "Row 5 names the same contact with different values (Age, Colour)",
        "Rows 2, 6 name the same contact with different values (Age)",
        "Row 3 names the same contact with different values (Age, Colour)",
        "Rows 2, 4 name the same contact with different values (Age)",
    ]


@pytest.mark.parametrize(
    ("others", "told"),
    [(10, "Rows 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 name"), (11, "Rows 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and others name")],
)
def test_ten_of_the_other_rows_are_listed(rows_of, rules_of, plan_of, others, told):
    lines = [("012345678", str(n), "") for n in range(1 + others)]
    plan = plan_of(rows_of(HEADER, *lines), [SOK], rules_of())
    assert plan.outcomes["reason"][0].as_py().startswith(f"{told} the same contact")


def test_a_blank_beside_a_value_contradicts_it(rows_of, rules_of, plan_of):
    lines = [("012345678", "1", ""), ("012999888", "2", ""), ("097000001", "", "")]
    plan = plan_of(rows_of(HEADER, *lines, ("85512345678", "1", "")), [SOK, DARA], rules_of())
    assert buckets(plan) == ["updated", "duplicate", "duplicate", "updated"]


def test_rows_that_name_no_contact_are_one_by_their_number_and_never_without_one(rows_of, rules_of, plan_of):
    lines = [("011222333", "1", ""), ("011444555", "2", ""), ("bad", "3", ""), ("worse", "4", ""), ("odd", "3", "")]
    rows = rows_of(HEADER, *lines, ("+85511444555", "5", ""), ("011222333", "1", ""))
    plan = plan_of(rows, [SOK], rules_of())
    assert buckets(plan) == ["not_found", "duplicate", "rejected", "rejected", "rejected", "duplicate", "not_found"]
    found = group_rows(normalise(rows, rules_of()), np.array([-1, -1, -1, -1, 0, -1, -1]), 3)
    assert found.group.tolist() == [3, 4, -1, -1, 0, 4, 3]
    assert np.flatnonzero(found.contradicting).tolist() == [1, 5]


def test_the_first_usable_row_of_a_group_leads_it():
    group, usable = np.array([1, 0, 1, -1, 0, 0]), np.array([False, True, True, True, True, True])
    assert leaders(group, usable).tolist() == [0, 1, 2, 3, 1, 1]
    assert leaders(np.array([-1, -1]), np.array([True, True])).tolist() == [0, 1]
    assert leaders(np.array([], dtype=np.int64), np.array([], dtype=np.bool_)).tolist() == []


def test_two_addresses_of_one_contact_with_different_values_contradict_each_other(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012999888", "1", ""), ("097000001", "2", ""))
    assert buckets(plan_of(rows, [SOK, DARA], rules_of())) == ["duplicate", "duplicate"]


def test_equal_rows_share_the_first_ones_outcome(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012999888", "1", ""), ("097000001", "1", ""))
    plan = plan_of(rows, [SOK, DARA], rules_of())
    assert buckets(plan) == ["updated", "updated"]
    assert len(changes(plan)) == 1
    assert plan.outcomes["reason"][1].as_py() == "Same as row 2."
