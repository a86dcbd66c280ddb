"""Every row gets its bucket, and only what differs becomes a change."""

from __future__ import annotations

from tests.worlds import DARA, HEADER, SOK, buckets, changes


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


def test_unknown_and_unusable_addresses_are_told_apart(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("011222333", "1", ""), ("8.55E+11", "1", ""), ("", "1", ""))
    plan = plan_of(rows, [SOK], rules_of())
    assert buckets(plan) == ["not_found", "rejected", "rejected"]
    assert plan.outcomes["column"].to_pylist() == ["Phone", "Phone", "Phone"]


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
