"""Whom a list of people means: every row keeps somebody from being called, or is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.ledger.values import Listing
from connectors.values import CellProblem, Contact, RemoteContacts
from flows.calls.lists import listed_by_answers, listed_here, listed_in
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


def test_a_row_that_the_source_could_not_read_is_told_as_the_source_tells_it():
    problems = [CellProblem(2, "Tel", "error cell"), CellProblem(3, "", "two tables"), CellProblem(4, "Why", "broken")]
    rows = rows_of(("Tel", "Why"), *(("012345678", "x"),) * 3, problems=problems)
    found = listed_in(rows, address="Tel", region="KH", name="never")
    assert found.unreadable == [(2, "error cell"), (3, "two tables")]
    assert set(found.people) == {"85512345678", "012345678"}


def test_an_extension_of_the_exchange_bars_itself_and_a_repeated_header_nobody():
    found = listed("12 3", "Tel")
    assert set(found.people) == {"123", "12 3"}
    assert found.unreadable == [(3, "This row repeats the header, so it is nobody's.")]


def test_a_number_in_brackets_bars_whom_it_means_at_home_and_abroad():
    assert {"49491511234567", "491511234567"} <= set(listed("(491) 511-234567", region="DE").people)
    assert None not in listed("alice@pbx.example.org").people


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
        Contact(1, ("85512345678", "097000001"), {"opted_out": " Yes "}),
        Contact(2, ("85512999888",), {"opted_out": "no"}),
        Contact(3, ("85512777666",), {}),
    ]
    remote = RemoteContacts.of(people, ("opted_out",))
    found = listed_by_answers(remote, "opted_out", ("yes",), region="KH", name="Verboice, project Survey")
    assert set(found.people) == {"85512345678", "85597000001", "097000001"}
    assert found.people["85597000001"] == "Verboice, project Survey: opted_out is “ Yes ”."


@pytest.mark.parametrize(("reason", "told"), [("", ""), ("asked us", ": asked us")])
def test_who_is_on_the_ledger_s_own_list_is_told_since_when_and_why(reason, told):
    listing = Listing(datetime(2026, 11, 23, 8, tzinfo=UTC), "ana", reason)
    assert listed_here(listing) == f"Never to be called, since 2026-11-23 (verboice-sync never{told})."
