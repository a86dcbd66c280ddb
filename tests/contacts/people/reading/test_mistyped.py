"""Digits that would be a number with one of them less, or with another one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.contacts.people.reading.mistyped import _one_off, is_nearly_a_number
from flows.contacts.people.reading.plan import plan_of_region


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        ("12345678", True),  # nine digits are a number of France, ten with the 0
        ("1234567890", True),
        ("012345678", True),
        ("01234567890", True),
        ("331234567890", True),  # twelve with the country code
        ("1234567", False),
        ("3312345678901", False),
    ],
)
def test_with_a_digit_more_or_less_it_is_a_number_of_the_country(text, is_near):
    assert is_nearly_a_number(text, plan_of_region("FR")) == is_near


def test_from_a_place_on_the_digits_before_it_stay():
    italy = plan_of_region("IT")
    assert [is_nearly_a_number("425502297", italy, first) for first in (0, 1, 2)] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "lead", "lengths", "first", "nsns"),
    [
        ("1234", "", {3}, 0, {"234", "134", "124", "123"}),
        ("1234", "", {3}, 2, {"124", "123"}),
        ("0012", "0", {2}, 0, {"12", "02", "01"}),
        ("4512", "45", {1}, 0, {"1", "2"}),
        ("12", "0", {2}, 0, {"12"}),  # the lead itself was missing
        ("412", "45", {2}, 0, {"12"}),
        ("512", "45", {2}, 0, {"12"}),
        ("12", "", {3}, 2, {f"12{digit}" for digit in range(10)}),
        ("012", "0", {1, 3}, 3, {f"12{digit}" for digit in range(10)}),
        ("012", "0", {1, 3}, 2, {"1"} | {f"1{digit}2" for digit in range(10)} | {f"12{digit}" for digit in range(10)}),
        ("12", "", {2}, 0, set()),
        ("123", "", {1}, 0, set()),
    ],
)  # fmt: skip
def test_one_digit_is_left_out_or_put_in_behind_what_the_country_puts_in_front(text, lead, lengths, first, nsns):
    plan = replace(plan_of_region("DK"), lengths=frozenset(lengths))
    assert set(_one_off(text, lead, plan, first)) == nsns
