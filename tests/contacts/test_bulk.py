"""One request for everybody does what single requests would, or it is not used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import Contact, RemoteContacts
from flows.contacts.bulk import bulk_changes, choose_bulk, contacts_spared, describe_bulk, even_value, single_changes
from flows.contacts.costs import ServerCosts
from flows.contacts.plan import BulkWrite
from tests.worlds import HEADER

PEOPLE = [f"8551234567{n}" for n in range(5)]


FREE, DEAR = ServerCosts(put=1.0), ServerCosts(put=0.0)


NAMES = ("age", "favorite color")


def contacts(*ages, color="x"):
    return [
        Contact(n, (PEOPLE[n],), {"favorite color": color} | ({"age": age} if age is not None else {}))
        for n, age in enumerate(ages)
    ]


def remote(people):
    return RemoteContacts.of(people, NAMES)


@pytest.fixture
def chosen(rows_of, rules_of, plan_of):
    """chosen(people, line, …, costs=, names=, **rules): the variables set for everybody."""

    def choose(people, *lines, costs=FREE, names=NAMES, **rules):
        plan = plan_of(rows_of(HEADER, *lines), people, rules_of(**rules))
        return {write.variable: write.value for write in choose_bulk(plan, remote(people), costs, names=names)}

    return choose


def test_everybody_gets_one_value_or_has_it(chosen):
    assert chosen(contacts("1", "39", None), (PEOPLE[0], "39", ""), (PEOPLE[2], "39", "")) == {"age": "39"}


@pytest.mark.parametrize("left_out", ["1", None, "", " 39"])
def test_one_contact_that_is_to_keep_something_else_forbids_it(chosen, left_out):
    assert chosen(contacts("1", "2", left_out), (PEOPLE[0], "39", ""), (PEOPLE[1], "39", "")) == {}


def test_two_values_of_one_variable_forbid_it(chosen):
    assert chosen(contacts("1", "2"), (PEOPLE[0], "39", ""), (PEOPLE[1], "40", "")) == {}


def test_it_has_to_be_cheaper_not_just_as_cheap(chosen):
    people, lines = contacts("1", "2"), [(PEOPLE[0], "39", ""), (PEOPLE[1], "39", "")]
    costs = ServerCosts(put=1.0)
    even = replace(costs, put=costs.bulk(2, 0) / 2)
    assert chosen(people, *lines, costs=even) == {}
    assert chosen(people, *lines, costs=replace(even, put=even.put * 1.01)) == {"age": "39"}


def test_a_contact_whose_rows_contradict_each_other_forbids_it(chosen):
    lines = [(PEOPLE[0], "39", ""), (PEOPLE[1], "39", ""), (f"+{PEOPLE[1]}", "40", "")]
    assert chosen(contacts("1", "2"), *lines) == {}


def test_a_new_contact_that_is_to_be_different_forbids_it(chosen):
    lines = [(PEOPLE[0], "39", ""), ("85577123456", "40", "")]
    assert chosen(contacts("1"), *lines, missing="create") == {}
    assert chosen(contacts("1"), (PEOPLE[0], "39", ""), ("85577123456", "39", ""), missing="create") == {"age": "39"}


def test_it_is_used_only_where_it_pays_and_for_names_that_surely_exist(chosen):
    line = (PEOPLE[0], "39", "")
    assert chosen(contacts("1"), line, costs=DEAR) == {}
    assert chosen(contacts("1"), line, names=()) == {}


def test_a_contact_that_needs_its_own_request_anyway_is_no_saving(rows_of, rules_of, plan_of):
    people = contacts("1", "2")
    plan = plan_of(rows_of(HEADER, (PEOPLE[0], "39", "red"), (PEOPLE[1], "39", "")), people, rules_of())
    writes = choose_bulk(plan, remote(people), FREE, names=NAMES)
    assert contacts_spared(plan, writes) == 1


def test_a_list_that_is_not_complete_proves_nothing(rows_of, rules_of, plan_of):
    people = contacts("1")
    plan = plan_of(rows_of(HEADER, (PEOPLE[0], "39", "")), people, rules_of())
    assert even_value(plan, RemoteContacts.of(people, NAMES, complete=False), "age") is None
    assert even_value(plan, remote(people), "age") == "39"


stored = st.sampled_from([None, "", "1", "39"])


cell = st.sampled_from(["", "--", "1", "39"])


@given(
    st.lists(st.tuples(stored, stored), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 5), cell, cell), max_size=8),
    st.sampled_from(["report", "create"]),
)
def test_bulk_and_single_requests_end_in_the_same_project(rows_of, rules_of, plan_of, have, want, missing):
    people = [
        Contact(n, (PEOPLE[n],), {name: v for name, v in zip(NAMES, values, strict=True) if v is not None})
        for n, values in enumerate(have)
    ]
    addresses = [*PEOPLE[: len(have)], "85577123456"]
    lines = [(addresses[min(who, len(have))], age, color) for who, age, color in want]
    plan = plan_of(rows_of(HEADER, *lines), people, rules_of(missing=missing))
    one_by_one = {contact.id: dict(contact.vars) for contact in people}
    for change in plan.changes.to_pylist():
        one_by_one[change["contact_id"]][change["variable"]] = change["after"]
    writes = choose_bulk(plan, remote(people), FREE, names=NAMES)
    together = {contact.id: dict(contact.vars) | {w.variable: w.value for w in writes} for contact in people}
    plan = replace(plan, bulk=writes)
    assert bulk_changes(plan).num_rows + single_changes(plan).num_rows == plan.changes.num_rows
    for change in single_changes(plan).to_pylist():
        together[change["contact_id"]][change["variable"]] = change["after"]
    assert together == one_by_one


@pytest.mark.parametrize(("value", "shown"), [("39", "39"), ("", "(empty)")])
def test_what_is_sent_to_everybody_is_said_with_what_it_saves(rows_of, rules_of, plan_of, value, shown):
    people = contacts("1", "2", "3", color="y")
    lines = [(contact.addresses[0], value or "-", "-") for contact in people]
    plan = plan_of(rows_of(HEADER, *lines), people, rules_of(clear_marker="-"))
    assert describe_bulk(plan, 3000) == ""
    bulk = (BulkWrite("age", value), BulkWrite("favorite color", ""))
    assert describe_bulk(replace(plan, bulk=bulk), 3000) == (
        f"One request (all.json) sets age = {shown}, favorite color = (empty) for all 3,000 contacts, because each of "
        "them is to have just that; it saves 2 requests."
    )
    assert describe_bulk(replace(plan, bulk=bulk[:1]), 3000).endswith("it saves 0 requests.")
