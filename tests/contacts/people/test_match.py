"""Which stored contact an address means."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.values import Contact, RemoteContacts
from flows.contacts.people.address import address_keys
from flows.contacts.people.match import Matches, match
from tests.worlds import HEADER, SOK


def matched(typed: list[str], stored: list[tuple[str, ...]], region: str | None = "KH") -> Matches:
    remote = RemoteContacts.of([Contact(n, addresses, {}) for n, addresses in enumerate(stored, start=1)])
    texts = pa.array(typed, pa.string())
    return match(texts, address_keys(texts, region, header="Phone"), remote, region=region)


@pytest.mark.parametrize("region", [None, "KH", "US"])
@pytest.mark.parametrize(
    "text",
    ["22997123456", "023880123x12", "alice", "Anonymous55", "012 345 67", "12", "none", "N/A", "012345678/9", "a/b",
     "Mobile: 012345678", "2026-11-03", "117", "62812345678", "x"],
)  # fmt: skip
def test_a_text_that_is_stored_letter_by_letter_is_that_contact_however_odd(text, region):
    found = matched([text], [("85598765432",), ("+1 202 555 0100", text)], region)
    assert found.contact.tolist() == [1]
    assert found.exact.tolist() == [True]


@given(st.text(min_size=1, max_size=30).map(str.strip).filter(bool))
@example("0,X")
@example("Tel. 0")
@example("0 or 0")
def test_so_is_any_text_with_a_letter_or_a_digit_but_zeros(text):
    has_something = any(c.isalnum() and unicodedata.digit(c, None) != 0 for c in text)
    found = matched([text], [(text,)], "KH")
    assert (found.contact.tolist() == [0]) or not has_something or text.casefold() == "phone"


@pytest.mark.parametrize("text", ["", "0", "-", "---", "?", "000", "Phone", "phone"])
def test_what_says_nothing_and_a_repeated_header_match_nobody(text):
    assert matched([text], [(text or "85512345678",)]).contact.tolist() == [-1]


def test_an_odd_text_is_not_matched_by_what_only_looks_like_it():
    found = matched(["Alice", "023880123X12"], [("alice",), ("023880123x12",)])
    assert found.contact.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("region", "typed", "stored", "contact"),
    [
        ("ID", "62812345678", ["+62812345678"], 0),
        ("ID", "62812345678", ["+6262812345678"], 0),
        ("ID", "62812345678", ["+62812345678", "+6262812345678"], -1),
        ("ID", "62812345678", ["62812345678", "+6262812345678"], 0),  # letter by letter
        ("ID", "0812345678", ["62812345678"], 0),  # digits that are stored begin with their country's code
        ("BJ", "22997123456", ["+2290197123456"], 0),
        ("BJ", "01 97 12 34 56", ["22997123456"], 0),
        ("AR", "011 15-2345-6789", ["+541123456789"], 0),
        ("KH", "039 123 456", ["+855 39 123 456"], 0),  # a plan newer than the program knows
        ("KH", "012345678", ["+855 12 345 678"], 0),
        ("KH", "+855 12 345 678", ["012345678"], 0),  # stored as it is dialled inside the country
        ("KH", "012345678", ["+855 12 345 678", "85512345678"], -1),
    ],
)
def test_of_what_a_text_may_mean_the_one_that_is_stored_is_meant(region, typed, stored, contact):
    assert matched([typed], [(address,) for address in stored], region).contact.tolist() == [contact]


def test_two_numbers_of_one_contact_are_one_person():
    assert matched(["62812345678"], [("+62812345678", "+6262812345678")], "ID").contact.tolist() == [0]


def test_a_number_that_two_contacts_spell_differently_is_held_unless_one_is_spelled_exactly_so(
    rows_of, rules_of, plan_of
):
    twin = Contact(9, ("+85512345678",), {"age": "1"})
    plan = plan_of(rows_of(HEADER, ("012 345 678", "5", "")), [SOK, twin], rules_of())
    assert plan.outcomes["status"].to_pylist() == ["held"]
    exact = plan_of(rows_of(HEADER, ("+85512345678", "5", "")), [SOK, twin], rules_of())
    assert [c["contact_id"] for c in exact.changes.to_pylist()] == [9]
    assert "Another contact" in exact.outcomes["reason"][0].as_py()


def test_each_row_is_told_how_it_found_its_contact():
    stored = [
        ("Kiosk 1",),
        ("85512345678", "sip:nurse@pbx"),
        ("+85512345678",),  # the same number as the first contact's
        ("+62812345678",),
    ]
    typed = ["85512345678", "012345678", "Kiosk 1", "kiosk 1", "NURSE@pbx", "bob@pbx", "098765432", "---"]
    typed.append("sip:nurse@pbx")
    found = matched(typed, stored)
    assert found.address.tolist() == [1, -1, 0, -1, 2, -1, -1, -1, 2]
    assert found.contact.tolist() == [1, -1, 0, -1, 1, -1, -1, -1, 1]
    of = {name: [typed[row] for row in np.flatnonzero(getattr(found, name))] for name in Matches.__slots__[2:]}
    assert of == {
        "exact": ["85512345678", "Kiosk 1", "sip:nurse@pbx"],
        "settled": ["Kiosk 1"],
        "ambiguous": ["012345678"],
        "twin": ["85512345678"],
        "folded": ["NURSE@pbx"],
    }
    doubtful = matched(["62812345678", "6281234567"], stored, "ID")
    assert (doubtful.address.tolist(), doubtful.contact.tolist()) == ([4, -1], [3, -1])
    assert doubtful.settled.tolist() == [True, False]
    assert matched(["NURSE@pbx"], [("sip:nurse@pbx",)]).folded.tolist() == [True]


def test_where_nobody_is_stored_or_asked_for_nobody_is_found():
    found = matched(["012345678", "odd"], [])
    assert (found.contact.tolist(), found.address.tolist()) == ([-1, -1], [-1, -1])
    assert matched([], [("85512345678",)]).contact.tolist() == []
