"""Whom a list of people means: every row keeps somebody from being called, or is told."""

from __future__ import annotations

import pytest

from connectors.values import Contact, RemoteContacts
from flows.calls.lists import listed_by_answers, listed_in
from flows.contacts.people.address import read_address
from flows.contacts.people.reading.number import AddressRules
from tests.worlds import rows_of


def listed(*texts, region="KH"):
    rows = rows_of(("Tel", "Why"), *((text, "x") for text in texts))
    return listed_in(rows, address="Tel", region=region, name="never")


def test_spellings_of_a_number_are_one_person_and_sip_addresses_are_people():
    found = listed("012 345 678", "+855 (12) 345-678", "Alice@PBX.example.org")
    assert {"85512345678", "alice@pbx.example.org"} <= set(found.people)
    assert found.people["85512345678"] == "On the list never, row 3."
    assert (found.unreadable, found.nobody) == ([], [])


def test_a_row_that_means_nobody_is_told_and_one_without_an_address_too():
    found = listed("ask Maria", "", "012345678 / 012999888", "n/a", "0012345678")
    assert [row for row, _why in found.unreadable] == [2, 4, 6]
    assert found.nobody == [3, 5]


@pytest.mark.parametrize(("text", "region"), [("491511234567", "DE"), ("12345678", "KH"), ("33612345678", "TR")])
@pytest.mark.parametrize("numbers", ["valid", "possible"])
def test_a_row_bars_whomever_the_same_text_means_as_a_row_to_be_called(text, region, numbers):
    """Also where the pipeline's rules read the digits otherwise than a list that was written years ago."""
    meant = read_address(text, region, AddressRules(numbers=numbers))
    keys = [meant.key] if meant.key else meant.candidates
    assert keys
    assert {*keys, text} <= set(listed(text, region=region).people)


def test_answers_bar_a_person_by_all_addresses():
    people = [
        Contact(1, ("85512345678", "85597000001"), {"opted_out": " Yes "}),
        Contact(2, ("85512999888",), {"opted_out": "no"}),
        Contact(3, ("85512777666",), {}),
    ]
    remote = RemoteContacts.of(people, ("opted_out",))
    found = listed_by_answers(remote, "opted_out", ("yes",), region="KH", name="Verboice, project Survey")
    assert set(found.people) == {"85512345678", "85597000001"}
    assert found.people["85597000001"] == "Verboice, project Survey: opted_out is “ Yes ”."
