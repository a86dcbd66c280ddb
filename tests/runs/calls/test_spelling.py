"""Whoever Verboice knows is rung as it has them, so that no second contact is made."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault
from tests.worlds import PATIENTS


@pytest.mark.parametrize("more", [0, 40])
def test_a_known_person_is_rung_as_stored_without_a_region_too(cli, clinic, people, more):
    clinic.sandbox.add_contact(clinic.project, ["+85516111222"], {"age": "3"})
    others = [(f"855178880{number:02d}", "X", 1) for number in range(more)]
    cli("call", people(("+855 16 111 222", "Dan", 1), *others, **{"source.region": None}))
    assert clinic.rung()[0] == "+85516111222"
    assert len(clinic.rung()) == more + 1


@pytest.mark.parametrize("more", [0, 40])
def test_whoever_cannot_look_into_the_contacts_can_call_all_the_same(cli, clinic, people, more):
    clinic.sandbox.faults.add(Fault("reply", path="contacts", status=404, body="<html>", content_type="text/html"))
    said = cli("call", people(*PATIENTS, *[(f"0178880{number:02d}", "X", 1) for number in range(more)]))
    assert (said.status, len(clinic.rung())) == (0, 3 + more)
    assert "shows no contacts" in said.err


@pytest.mark.parametrize("more", [0, 40])
def test_a_known_person_is_rung_as_stored_so_that_verboice_makes_no_second_contact(cli, clinic, people, more):
    clinic.sandbox.add_contact(clinic.project, ["+855 16 111 222"], {"age": "3"})
    others = [(f"0178880{number:02d}", "X", 1) for number in range(more)]
    cli("call", people(("016111222", "Dan", 1), *others))
    assert clinic.rung()[0] == "+855 16 111 222"
    assert clinic.sandbox.count(path="contacts.json") == (1 if more else 0)
    clinic.sandbox.advance(3)
    assert clinic.sandbox.contact(clinic.project, "85516111222") is None
