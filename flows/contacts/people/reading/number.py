"""The digits of one number under the pipeline's rules: how many there must be, and what is no number though digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from phonenumbers import connects_to_emergency_number

from flows.contacts.people.reading.meaning import AddressMeaning, meaning_of
from flows.contacts.people.reading.plan import MOST_DIGITS, plan_of_region
from flows.contacts.people.reading.readings import Digits

FEWEST_DIGITS = 5  # of a number that is no extension of a local exchange

NO_ADDRESS = "There is no address in this row."
_PLACEHOLDER = (
    "All digits are the same, as in a placeholder. If this is somebody's number, write it with + and its country code."
)
_EMERGENCY = "This is an emergency number."
_EMERGENCIES = frozenset({"112", "911", "999"})  # which networks connect in most countries
_ONE_DIGIT = re.compile(r"([0-9])\1+")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What the pipeline says about numbers that Verboice does not have.

    numbers: whether the plan must have them, or might have them one day. several: what a cell with two numbers is.
    short_numbers: whether fewer than 5 digits are an extension of a local exchange.
    """

    numbers: Literal["valid", "possible"] = "valid"
    several: Literal["reject", "first"] = "reject"
    short_numbers: bool = False


STRICT = AddressRules()


def fewest_digits(region: str | None) -> int:
    """Digits of the shortest numbers of a country; some islands have four."""
    return FEWEST_DIGITS if region is None else min(FEWEST_DIGITS, plan_of_region(region).fewest)


def number_of(digits: Digits, region: str | None, rules: AddressRules) -> AddressMeaning:
    """What the digits of one number mean. Without a region those that stand behind no plus are taken as they are."""
    if not digits.text.strip("0"):
        return AddressMeaning(problem=NO_ADDRESS, candidates=None)
    problem = next(_faults(digits, region, rules), None)
    if problem is not None:
        return AddressMeaning(problem=problem)
    is_short = not digits.is_international and len(digits.text) < fewest_digits(region)
    if is_short or (region is None and not digits.is_international):
        return AddressMeaning(digits.text)
    return meaning_of(digits, region, takes_possible=rules.numbers == "possible")


def _faults(digits: Digits, region: str | None, rules: AddressRules) -> Iterator[str]:
    text, count = digits.text, len(digits.text)
    if count > MOST_DIGITS:
        yield _too_long(count, is_bare=digits.is_bare)
    if digits.is_international:
        return
    if count < fewest_digits(region):
        if text in _EMERGENCIES or (region is not None and connects_to_emergency_number(text, region)):
            yield _EMERGENCY
        if not rules.short_numbers:
            yield _too_short(count)
    elif digits.is_bare and _ONE_DIGIT.fullmatch(text):
        yield _PLACEHOLDER


def _too_short(count: int) -> str:
    digits = "1 digit" if count == 1 else f"{count} digits"
    return (
        f"This number has {digits}, too few for a telephone number. If it is an extension of a local exchange, "
        "`short_numbers: true` under `source` takes it."
    )


def _too_long(count: int, *, is_bare: bool) -> str:
    if not is_bare:
        return (
            f"There are {count} digits in this cell, too many for one number; perhaps they are two. Keep one per row."
        )
    return (
        f"This number has {count} digits; no phone number has more than {MOST_DIGITS}, and spreadsheet programs "
        "change the last ones of such numbers. Type it again as text."
    )
