"""What stands in one address cell: a number, several of them, or something that is told by what it is."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.cell import NOT_A_NUMBER, SEVERAL, AddressCell, look
from flows.contacts.people.reading.other_values import ID
from flows.contacts.people.reading.readings import Digits

TEXT_BESIDE = "There is other text beside the number. Keep the number alone in its cell."


@pytest.mark.parametrize(
    ("typed", "region", "digits"),
    [
        ("012345678", "KH", Digits("012345678")),
        ("+85512345678", "KH", Digits("85512345678", is_international=True)),
        ("012 345 678", "KH", Digits("012345678", is_bare=False)),
        ("+855 12-345-678", "KH", Digits("85512345678", is_international=True, is_bare=False)),
        ("+855 (0)12 345 678", "KH", Digits("855012345678", True, is_bare=False, without_zero="85512345678")),
        ("012 34 567 8", "KH", Digits("012345678", is_bare=False)),  # what stands before the last digit is no number
        ("1 201 555 0123 4", "KH", Digits("120155501234", is_bare=False)),  # nor is one of the US without its plus
        ("023/880 12 3", "KH", Digits("023880123", is_bare=False)),
        ("023/88/01/23", "KH", Digits("023880123", is_bare=False)),
        ("033056/12345", "DE", Digits("03305612345", is_bare=False)),  # the longest area code
        ("01/2345", "AT", Digits("012345", is_bare=False)),
        ("201/555-0123", "US", Digits("2015550123", is_bare=False)),
        ("1/201 555 012 3", "US", Digits("12015550123", is_bare=False)),
        ("+1 201/555 0123", "KH", Digits("12015550123", is_international=True, is_bare=False)),
        ("089/123456", None, Digits("089123456", is_bare=False)),
    ],
)
def test_one_number_is_its_digits_and_how_they_were_written(typed, region, digits):
    assert look(typed, region) == AddressCell(digits)


@pytest.mark.parametrize(
    ("typed", "region", "first"),
    [
        ("012 34 567 8", None, "012 34 567"),  # no country says that this is too short
        ("+1 201 555 0123 4", "KH", "+1 201 555 0123"),
        ("023; 880 123", "KH", "023"),  # only behind a slash or a dash the rest of a number stands
        ("0123456/78", "KH", "0123456"),  # too long for an area code
        ("030123/12345", "DE", "030123"),  # a number by itself
        ("12/345/678", None, "12"),  # as an id is written
        ("023/88012/3", "KH", "023"),
        ("023/880123 880124", "KH", "023"),
        ("012345678 9/098765432", "KH", "012345678 9"),
    ],
)
def test_two_numbers_are_told_with_the_first(typed, region, first):
    assert look(typed, region) == AddressCell(problem=SEVERAL, first=first)


@pytest.mark.parametrize("typed", ["Sok 012345678, Dara 098765432", "012345678 Sok 098765432 Dara"])
def test_two_numbers_between_words_are_two_and_none_of_them_is_taken(typed):
    assert look(typed, "KH") == AddressCell(problem=SEVERAL)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("012345678, Sok", TEXT_BESIDE),
        ("p 012345678", TEXT_BESIDE),  # a letter is a label only with a colon or a dot behind it
        ("p012345678", ID),
        ("012345678?", "The sign “?” does not belong in a phone number."),
        ("+855 12 345 678?", "The sign “?” does not belong in a phone number."),
        ("012345678, 09?", "The sign “?” does not belong in a phone number."),
        ("023/-880123", "The sign “-” does not belong in front of a phone number."),
        ("!012345678", "The sign “!” does not belong in front of a phone number."),
    ],
)
def test_what_disturbs_a_number_is_named(typed, problem):
    assert look(typed, "KH") == AddressCell(problem=problem)


@pytest.mark.parametrize("label", ["p.", "P:", "Tel", "Tel/WhatsApp:", "Tel. &"])
def test_a_label_is_left_out_and_told(label):
    told = f"“{label}” in front of the number was left out."
    assert look(f"{label} 012345678", "KH") == AddressCell(Digits("012345678"), note=told)


@pytest.mark.parametrize("typed", ["SIP:reception", "sips:reception", "sip:a@example.org", "a@10.0.0.7:5060"])
def test_a_sip_address_is_its_text(typed):
    assert look(typed, None) == AddressCell(sip=typed)


@pytest.mark.parametrize("typed", ["sip:a b", "sip:", "sips"])
def test_a_scheme_alone_makes_no_sip_address(typed):
    assert look(typed, None) == AddressCell(problem=NOT_A_NUMBER)
