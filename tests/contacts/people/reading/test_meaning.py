"""The one number that digits mean, and in whole sentences why they mean none or several."""

from __future__ import annotations

import pytest

from flows.contacts.people.reading.meaning import AddressMeaning, meaning_of
from flows.contacts.people.reading.readings import Digits

ZERO = "The leading 0 was missing; the number was read as a national one of KH."
NEW_PLAN = "KH's numbering plan, as far as it is known here, does not have this number."
MISTYPED = (
    "KH's numbering plan has no such number, so it may be mistyped. If the plan is newer than this program knows it, "
    "`numbers: possible` under `source` takes it."
)


def national(text):
    return Digits(text)


def international(text, without_zero=""):
    return Digits(text, is_international=True, is_bare=not without_zero, without_zero=without_zero)


@pytest.mark.parametrize(
    ("digits", "region", "number", "note"),
    [
        (national("012345678"), "KH", "85512345678", None),
        (national("12345678"), "KH", "85512345678", ZERO),
        (international("12025550123"), None, "12025550123", None),
        (
            national("12025550123"),
            "KH",
            "12025550123",
            "The + in front of the country code was missing; the number was read as one of US.",
        ),
    ],
)
def test_one_reading_is_the_number(digits, region, number, note):
    assert meaning_of(digits, region) == AddressMeaning(number, note)


@pytest.mark.parametrize(
    ("digits", "region", "one", "other", "advice"),
    [
        (
            national("15123456789"),
            "DE",
            "+4915123456789 (as a number of DE without its leading 0)",
            "+15123456789 (with the country code 1)",
            "Write it with + and its country code.",
        ),
        (
            international("46468123456"),
            "KH",
            "+46468123456 (as it is written)",
            "+468123456 (with the country code 46 once)",
            "Write it as it is dialled within SE.",
        ),
        (
            international("3903123456789", without_zero="393123456789"),
            "IT",
            "+3903123456789 (as it is written)",
            "+393123456789 (without the 0 in brackets)",
            "Write it as it is dialled within IT.",
        ),
        (
            national("8029123456"),
            "BY",
            "+37529123456 (as a number of BY)",
            "+3758029123456 (as a number of BY without its leading 8)",
            "Write it with + and its country code. No numbering plan is known to have it.",
        ),
    ],
)
def test_several_readings_are_all_told_and_how_to_write_one(digits, region, one, other, advice):
    meaning = meaning_of(digits, region)
    assert meaning.problem == f"This can be read as {one} or as {other}. {advice}"
    assert meaning.candidates == tuple(reading.partition(" ")[0].removeprefix("+") for reading in (one, other))
    assert (meaning.number, meaning.note) == (None, None)


@pytest.mark.parametrize("takes_possible", [False, True])
@pytest.mark.parametrize(
    ("digits", "region", "told", "candidate"),
    [
        (
            international("551187654321"),
            None,
            "BR has changed its numbers: this one is +55 11987654321",
            "5511987654321",
        ),
        (national("07080910"), "CI", "CI has changed its numbers: this one is +225 0707080910", "2250707080910"),
    ],
)
def test_a_number_of_an_old_plan_is_told_as_it_is_written_now(digits, region, told, candidate, takes_possible):
    meaning = meaning_of(digits, region, takes_possible=takes_possible)
    assert meaning == AddressMeaning(problem=f"{told} now. Write it so.", candidates=(candidate,))


@pytest.mark.parametrize(
    ("text", "note"), [("039123456", NEW_PLAN), ("85539123456", NEW_PLAN), ("39123456", f"{ZERO} {NEW_PLAN}")]
)
def test_a_number_that_no_plan_has_yet_is_taken_if_the_pipeline_says_so(text, note):
    assert meaning_of(national(text), "KH") == AddressMeaning(problem=MISTYPED, candidates=("85539123456",))
    assert meaning_of(national(text), "KH", takes_possible=True) == AddressMeaning("85539123456", note)


@pytest.mark.parametrize(
    ("digits", "region", "problem"),
    [
        (national("01234567"), "KH", "This number has 8 digits, too few for KH or the country it names."),
        (national("0123456789012"), "KH", "This number has 13 digits, too many for KH or the country it names."),
        (national("0201555123"), "US", "This is not a phone number of US or the country it names."),
        (national("912345678"), "SG", "This is not a phone number of SG or the country it names."),
        (international("8551234567"), "US", "This number has 10 digits, too few for US or the country it names."),
        (international("8551234567"), None, "This number has 10 digits, too few for the country it names."),
        (international("855012345678901"), None, "This number has 15 digits, too many for the country it names."),
        (international("00855123"), None, "This number has 8 digits, too few for the country it names."),
        (
            international("9999999999"),
            "KH",
            "This is not a phone number of KH or the country it names: it begins with no country code.",
        ),
        (
            international("9999999999"),
            None,
            "This is not a phone number of the country it names: it begins with no country code.",
        ),
    ],
)
def test_what_can_be_no_number_is_told_by_what_is_wrong_with_it(digits, region, problem):
    assert meaning_of(digits, region) == AddressMeaning(problem=problem)
