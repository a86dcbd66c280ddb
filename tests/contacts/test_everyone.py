"""One value for everybody: what `set-all` would send, and of whom it tells."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.values import Contact, RemoteContacts
from flows.contacts.everyone import contact_rows, describe_reach, judge_values, plan_for_everyone
from flows.contacts.normalise import CONTROL_REASON
from flows.contacts.plan import CHANGES, OUTCOMES, BulkWrite
from tests.worlds import TARGET

PEOPLE = [
    Contact(7, ("85512345678", "85597000001"), {"age": "38", "favorite color": "green"}),
    Contact(9, (), {"age": "50", "favorite color": ""}),
    Contact(8, ("sip:chi@example.org",), {}),
    Contact(5, ("85512999888",), {"age": "50", "favorite color": "green"}),
]


def planned(people, values):
    return plan_for_everyone(RemoteContacts.of(people, values), values, target=TARGET)


def lines(table):
    return [tuple(line.values()) for line in table.to_pylist()]


def test_everybody_who_has_something_else_is_changed_contact_by_contact():
    plan = planned(PEOPLE, {"age": "50", "favorite color": "green"})
    assert plan.changes.schema == CHANGES
    assert lines(plan.changes) == [
        (2, 7, "85512345678", "age", "38", "50"),
        (3, 9, "", "favorite color", "", "green"),
        (4, 8, "sip:chi@example.org", "age", None, "50"),
        (4, 8, "sip:chi@example.org", "favorite color", None, "green"),
    ]
    assert plan.outcomes.schema == OUTCOMES
    assert lines(plan.outcomes) == [
        (2, 2, "updated", None, None, 7, "85512345678"),
        (3, 3, "updated", None, None, 9, ""),
        (4, 4, "updated", None, None, 8, "sip:chi@example.org"),
        (5, 5, "unchanged", None, None, 5, "85512999888"),
    ]
    assert plan.bulk == (BulkWrite("age", "50"), BulkWrite("favorite color", "green"))
    assert (plan.server, plan.project_id, plan.project_name) == (TARGET.server, TARGET.project_id, TARGET.project_name)
    assert (plan.matched, plan.rows, plan.purpose, plan.two_way, plan.creates) == (4, 4, "set-all", False, ())


@pytest.mark.parametrize("people", [PEOPLE[3:], []])
def test_nothing_is_sent_where_everybody_has_it_or_nobody_is_there(people):
    plan = planned(people, {"age": "50"})
    assert plan.is_empty
    assert plan.bulk == ()
    assert plan.counts() == ({"unchanged": 1} if people else {})
    assert (plan.changes.schema, plan.outcomes.schema, plan.matched) == (CHANGES, OUTCOMES, len(people))


def test_contacts_stand_in_the_workbook_as_rows_of_all_their_addresses():
    rows = contact_rows(RemoteContacts.of(PEOPLE, ()))
    assert rows.table.to_pydict() == {
        "Addresses": ["85512345678, 85597000001", "", "sip:chi@example.org", "85512999888"]
    }
    assert (rows.numbers.to_pylist(), rows.stem) == ([2, 3, 4, 5], "contacts")
    nobody = contact_rows(RemoteContacts.of([], ()))
    assert (len(nobody), nobody.table.schema, nobody.numbers.type) == (0, rows.table.schema, pa.int64())


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (PEOPLE, "3 of 4 contacts, 1 different values"),  # an absent or empty value is none that would be replaced
        ([*PEOPLE, Contact(6, (), {"age": "38"}), Contact(4, (), {"age": "9"})], "5 of 6 contacts, 2 different values"),
        ([Contact(n, (), {"age": f"{n} x"}) for n in range(1200)], "1,200 of 1,200 contacts, 1,200 different values"),
    ],
)
def test_how_far_it_reaches_is_said_in_contacts_and_in_values_that_would_be_replaced(people, told):
    assert describe_reach(planned(people, {"age": "50", "favorite color": "green"})) == told


def test_each_value_that_cannot_be_stored_is_told_by_its_name():
    assert list(judge_values({"age": "x" * 256, "favorite color": "blue", "village": "a\x00"})) == [
        "age: The value has 256 characters; Verboice stores at most 255.",
        f"village: {CONTROL_REASON}",
    ]
