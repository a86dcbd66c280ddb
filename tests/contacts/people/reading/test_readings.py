"""What digits can mean in a country, way by way, and which of it counts."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.plan import NumberingPlan, plan_of_region
from flows.contacts.people.reading.readings import (
    Digits,
    has_number,
    is_as_written,
    readings_of,
    valid_readings,
    ways_to_read,
)


@pytest.mark.parametrize(
    ("text", "region", "readings"),
    [
        ("012345678", "KH", {"85512345678": "national"}),
        ("85512345678", "KH", {"85512345678": "own code"}),
        ("0085512345678", "KH", {"85512345678": "international"}),
        ("00112025550123", "KH", {"12025550123": "international"}),  # 001, as Cambodia dials
        ("01112025550123", "US", {"12025550123": "international"}),
        ("0012015550123", "KH", {"2015550123": "international", "12015550123": "international"}),
        ("12345678", "KH", {"85512345678": "without prefix"}),
        ("201234567", "HU", {"36201234567": "without prefix"}),
        ("8123456789", "IN", {"918123456789": "national"}),  # written without its 0
        ("2015550123", "US", {"12015550123": "national"}),  # although Egypt has such a number
        ("212345678", "IT", {"390212345678": "zero eaten"}),
        ("1511987654321", "BR", {"5511987654321": "zero eaten"}),  # dialled by a carrier, 0 15
        ("6031234", "GA", {"24106031234": "zero eaten"}),
        ("2410045", "GA", {"24102410045": "zero eaten"}),  # of the same person as without it
        ("84912345678", "KH", {"84912345678": "foreign code"}),
        ("62812345678", "ID", {"62812345678": "own code", "6262812345678": "without prefix"}),
        ("6262812345678", "ID", {"6262812345678": "own code", "62812345678": "code once"}),
        ("062812345678", "ID", {"6262812345678": "national"}),  # behind a 0 the code is none
        ("20155501233", "US", {}),  # a digit too many is likelier than Egypt
        ("425502297", "IT", {}),  # a digit too many is as likely as an eaten 0
        ("4556572222", "KH", {}),  # or than Denmark
        ("9999999999", None, {}),
    ],
)
def test_digits_of_a_cell_have_these_readings(text, region, readings):
    assert counting(Digits(text), region) == readings


@pytest.mark.parametrize(
    ("digits", "region", "readings"),
    [
        (Digits("0085512345678", True), None, {"85512345678": "international"}),
        (Digits("855012345678", True), None, {"85512345678": "international"}),
        (Digits("4646812345", True), "KH", {"4646812345": "international"}),
        (
            Digits("46468123456", True),
            "KH",
            {"46468123456": "international", "468123456": "code once"},
        ),
        (
            Digits("3903123456789", True, without_zero="393123456789"),
            "IT",
            {"3903123456789": "international", "393123456789": "without zero"},
        ),
        (Digits("212345678", True), "IT", {}),
        (Digits("84912345678", is_bare=False), "KH", {}),
        (Digits("212345678", is_bare=False), "IT", {}),
        (Digits("12345678", is_bare=False), "KH", {"85512345678": "without prefix"}),
    ],
)
def test_behind_a_plus_or_with_signs_between_them_nothing_was_eaten(digits, region, readings):
    assert counting(digits, region) == readings


def test_nothing_has_more_digits_than_a_telephone_number():
    germany = plan_of_region("DE")
    for text, numbers in (("01234567890123", ["491234567890123"]), ("012345678901234", [])):
        possible = readings_of(ways_to_read(Digits(text), germany), NumberingPlan.is_possible)
        assert [reading.number for reading in possible] == numbers


@pytest.mark.parametrize(
    ("digits", "region", "is_one", "is_written_so"),
    [
        (Digits("012345678"), "KH", True, True),
        (Digits("12345678"), "KH", True, False),
        (Digits("01234567"), "KH", False, False),
        (Digits("84912345678"), "KH", True, False),
        (Digits("0123456"), None, True, True),
        (Digits("1234567"), None, True, False),
        (Digits("012345"), None, False, True),
        (Digits("85512345678", True), None, True, True),
        (Digits("8551234567", True), None, False, True),
    ],
)
def test_part_of_a_cell_is_a_number_by_itself_or_not(digits, region, is_one, is_written_so):
    assert has_number(digits, region) == is_one
    assert is_as_written(digits, region) == is_written_so


def counting(digits, region):
    """The numbers of the readings that count, and how each is read."""
    home = None if region is None else plan_of_region(region)
    found = valid_readings(digits, ways_to_read(digits, home), home)
    assert len({reading.number for reading in found}) == len(found)
    return {reading.number: reading.how for reading in found}
