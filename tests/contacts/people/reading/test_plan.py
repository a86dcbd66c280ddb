"""Numbering plans say of every number what phonenumbers says of it."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumber

from flows.contacts.people.reading.plan import country_of, plan_of_code, plan_of_region, split_code

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
TRIES = 60  # numbers per country code


def number(code: int, nsn: str) -> PhoneNumber:
    zeros = len(nsn) - len(nsn.lstrip("0"))
    return PhoneNumber(
        country_code=code,
        national_number=int(nsn or 0),
        italian_leading_zero=True if zeros else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def test_a_number_is_valid_where_phonenumbers_says_so_and_reads_it_back_as_itself():
    chance = random.Random(7)
    for code in CODES:
        plan = plan_of_code(str(code))
        assert plan is not None
        lengths = sorted(plan.lengths)
        for _ in range(TRIES):
            nsn = "".join(chance.choices("0123456789", k=chance.choice(lengths)))
            if not nsn.strip("0"):
                continue
            expected = phonenumbers.is_valid_number(number(code, nsn))
            if expected:
                read_back = phonenumbers.parse(f"+{code}{nsn}")
                expected = phonenumbers.national_significant_number(read_back) == nsn
            assert plan.is_valid(nsn) == expected, (code, nsn)
            if plan.is_possible(nsn):
                assert phonenumbers.is_possible_number(number(code, nsn)), (code, nsn)


def test_the_prefix_is_taken_off_as_phonenumbers_does():
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        plan = plan_of_region(region)
        example = phonenumbers.example_number(region)
        if example is None:
            continue
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = "".join(filter(str.isdigit, national))
        nsn = phonenumbers.national_significant_number(example)
        assert nsn in (plan.without_prefix(digits), digits), region
        assert digits != nsn or not plan.needs_prefix(nsn), region
    assert [plan_of_region(region).needs_prefix("8123456789") for region in ("IN", "NG")] == [False, True]


@pytest.mark.parametrize(
    ("region", "has_leading_zero", "prefix"),
    [("KH", False, "0"), ("IT", True, ""), ("CI", True, ""), ("GA", True, ""), ("HU", False, "06"), ("US", False, "1")],
)
def test_a_zero_belongs_to_the_number_in_some_plans_only(region, has_leading_zero, prefix):
    plan = plan_of_region(region)
    assert (plan.has_leading_zero, plan.prefix) == (has_leading_zero, prefix)
    assert plan.is_possible("0" * max(plan.possible_lengths)) == has_leading_zero


def test_codes_are_told_from_the_digits_behind_them():
    assert [split_code(digits) for digits in ("", "0855", "855", "999123")] == [None] * 4
    plan, nsn = split_code("85512345678") or (None, "")
    assert (plan and plan.region, nsn) == ("KH", "12345678")
    assert [country_of(digits) for digits in ("85512345678", "12045550123", "77012345678")] == ["KH", "CA", "KZ"]
    assert [country_of(digits) for digits in ("8551", "11115550123", "999123")] == ["KH", "US", "?"]  # no numbers
    with pytest.raises(KeyError):
        plan_of_region("XX")


@pytest.mark.parametrize(
    ("region", "dialled", "beyond"),
    [
        ("KH", "00112025550123", "12025550123"),
        ("KH", "012345678", None),
        ("US", "01185512345678", "85512345678"),
        ("RU", "81012025550123", "12025550123"),
    ],
)
def test_a_foreign_number_stands_behind_what_the_country_dials_before_it(region, dialled, beyond):
    assert plan_of_region(region).beyond_exit_code(dialled) == beyond


def test_a_number_that_would_be_read_back_without_its_beginning_is_none():
    belarus = plan_of_region("BY")
    assert phonenumbers.is_valid_number(number(375, "8101234567"))
    assert phonenumbers.parse("+3758101234567").national_number == 101234567
    assert [belarus.is_valid(nsn) for nsn in ("8101234567", "8011234567", "291234567")] == [False, True, True]


def test_a_number_needs_the_prefix_where_numbers_of_its_length_and_beginning_do():
    cambodia = plan_of_region("KH")
    assert [cambodia.needs_prefix(nsn) for nsn in ("12345678", "123456789", "1800123456", "1234567")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert max(max(grouping.lengths) for grouping in plan_of_region("DE").groupings) == 15


def test_codes_of_no_country_have_no_prefixes_and_no_usual_numbers():
    for code, fewest in (("800", 15), ("881", 9)):
        plan = plan_of_code(code)
        assert plan is not None
        assert (plan.prefix, plan.parsed_prefix, plan.transformation, plan.exit_code) == ("", "", "", "")
        assert plan.fewest == fewest
