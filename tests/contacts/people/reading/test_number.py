"""How many digits a number must have, and which digits are none."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.meaning import AddressMeaning
from flows.contacts.people.reading.number import NO_ADDRESS, STRICT, AddressRules, fewest_digits, number_of
from flows.contacts.people.reading.readings import Digits

SHORT = AddressRules(short_numbers=True)
TOO_FEW = (
    "too few for a telephone number. If it is an extension of a local exchange, "
    "`short_numbers: true` under `source` takes it."
)
PLACEHOLDER = (
    "All digits are the same, as in a placeholder. If this is somebody's number, write it with + and its country code."
)


@pytest.mark.parametrize(
    ("digits", "region", "problem"),
    [
        (Digits("7"), "KH", f"This number has 1 digit, {TOO_FEW}"),
        (Digits("12"), None, f"This number has 2 digits, {TOO_FEW}"),
        (Digits("1234"), "KH", f"This number has 4 digits, {TOO_FEW}"),
        (Digits("117"), "KH", "This is an emergency number."),
        (Digits("112"), None, "This is an emergency number."),
        (Digits("99999999"), "KH", PLACEHOLDER),
        (Digits("55555"), None, PLACEHOLDER),
    ],
)
def test_digits_that_are_no_number_are_told_by_what_they_are(digits, region, problem):
    assert number_of(digits, region, STRICT) == AddressMeaning(problem=problem)


@pytest.mark.parametrize("is_international", [False, True])
@pytest.mark.parametrize("region", [None, "KH"])
def test_too_many_digits_are_two_numbers_or_one_that_was_rounded(region, is_international):
    rounded, two = (Digits("1234567890123456", is_international, is_bare=is_bare) for is_bare in (True, False))
    assert number_of(rounded, region, STRICT).problem == (
        "This number has 16 digits; no phone number has more than 15, and spreadsheet programs change the last ones "
        "of such numbers. Type it again as text."
    )
    assert number_of(two, region, STRICT).problem == (
        "There are 16 digits in this cell, too many for one number; perhaps they are two. Keep one per row."
    )


def test_zeros_are_nobodys_number():
    assert number_of(Digits("0000000"), "KH", SHORT) == AddressMeaning(problem=NO_ADDRESS, candidates=None)


@pytest.mark.parametrize(
    ("digits", "region", "number"),
    [
        (Digits("1234"), "KH", "1234"),
        (Digits("118"), None, "118"),
        (Digits("7012"), "NU", "6837012"),
        (Digits("11111", is_bare=False), None, "11111"),
        (Digits("85511111111", is_international=True), "KH", "85511111111"),
    ],
)
def test_with_short_numbers_an_extension_is_one_and_numbers_are_what_they_were(digits, region, number):
    assert number_of(digits, region, SHORT) == AddressMeaning(number)


@pytest.mark.parametrize(
    ("text", "region", "rules", "number"),
    [
        ("7012", "NU", STRICT, "6837012"),
        ("123456789012345", None, STRICT, "123456789012345"),
        ("039123456", "KH", STRICT, None),
        ("039123456", "KH", AddressRules(numbers="possible"), "85539123456"),
    ],
)
def test_a_number_is_taken_if_the_plan_has_it_or_the_pipeline_says_that_it_might(text, region, rules, number):
    assert number_of(Digits(text), region, rules).number == number


def test_a_number_has_five_digits_but_where_the_country_has_shorter_ones():
    assert [fewest_digits(region) for region in (None, "KH", "NU")] == [5, 5, 4]
