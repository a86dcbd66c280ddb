"""A SIP address means one person, with or without its scheme, however the contacts are read."""

from __future__ import annotations

import pytest

from connectors.values import Contact
from flows.contacts.people.pulling import Lookup, Person
from flows.contacts.people.sip import other_spellings
from tests.worlds import HEADER

NURSE = Contact(7, ("sip:Nurse@example.org",), {"age": "38"})


@pytest.mark.parametrize("typed", ["nurse@example.org", "SIP:nurse@example.org", "sips:nurse@example.org"])
def test_a_stored_sip_address_is_found_without_its_scheme_and_not_made_twice(rows_of, rules_of, plan_of, typed):
    plan = plan_of(rows_of(HEADER, (typed, "39", "")), [NURSE], rules_of(missing="create"))
    assert plan.creates == ()
    (change,) = plan.changes.to_pylist()
    assert (change["contact_id"], change["address"]) == (7, "sip:Nurse@example.org")
    assert "“sip:”" in plan.outcomes["reason"][0].as_py()


def test_a_scheme_in_the_source_alone_makes_no_second_contact_either(rows_of, rules_of, plan_of):
    stored = Contact(8, ("nurse@example.org",), {})
    plan = plan_of(rows_of(HEADER, ("sip:nurse@example.org", "39", "")), [stored], rules_of(missing="create"))
    assert [change["address"] for change in plan.changes.to_pylist()] == ["nurse@example.org"]


def test_of_two_contacts_the_exact_spelling_decides_and_without_one_a_person_does(rows_of, rules_of, plan_of):
    stored = [NURSE, Contact(8, ("nurse@example.org",), {})]
    plan = plan_of(rows_of(HEADER, ("nurse@example.org", "39", "")), stored, rules_of())
    assert [change["contact_id"] for change in plan.changes.to_pylist()] == [8]
    plan = plan_of(rows_of(HEADER, ("sips:nurse@example.org", "39", "")), stored, rules_of())
    assert plan.outcomes["status"].to_pylist() == ["held"]


def test_another_host_is_another_person(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("nurse@example.net", "39", "")), [NURSE], rules_of())
    assert plan.outcomes["status"].to_pylist() == ["not_found"]


def test_one_by_one_the_other_spellings_are_asked_too():
    assert Lookup.of(Person("nurse@x", "nurse@x"), None).usual == ("sip:nurse@x", "sips:nurse@x")
    assert other_spellings("SIP:nurse@x") == ("nurse@x", "sips:nurse@x")
    assert other_spellings("85512345678") == ()
