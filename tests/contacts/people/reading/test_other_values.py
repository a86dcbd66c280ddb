"""What else than an address stands in a cell is told by what it is."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.other_values import other_value

LINK = "This is a link, not a phone number or a SIP address."


def test_a_shortened_number_is_told_with_what_is_left_of_it():
    assert other_value("8.55E+11") == (
        "“8.55E+11” is a number that a spreadsheet program has shortened; its last digits are lost. "
        "Format the column as Text and type the number again."
    )


@pytest.mark.parametrize("text", ["https://wa.me/85512345678", "WWW.example.org", "www.example.org"])
def test_a_link_is_told_with_or_without_its_scheme(text):
    assert other_value(text) == LINK


@pytest.mark.parametrize("text", ["012345678", "+855 12 345 678", "wwwsok", "023,880,12", "12.345.678"])
def test_anything_else_may_be_an_address(text):
    assert other_value(text) is None
