"""The numbers of every country in all spellings that a person or a spreadsheet program makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from flows.contacts.people.address import read_address
from flows.contacts.people.reading.renumbered import canonical

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
MISTYPED = ("a digit short", "a digit long")
HOMES = ("KH", "KE", "US", "DE", "BR", "IT", "ID")


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def examples(region: str) -> Iterator[PhoneNumber]:
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            yield example


def spellings(number: PhoneNumber) -> Iterator[tuple[str, str]]:
    code, nsn = str(number.country_code), phonenumbers.national_significant_number(number)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    whole = code + nsn
    yield "international", f"+{whole}"
    yield "international", international
    yield "international", f"00{whole}"
    yield "international", phonenumbers.format_number(number, PhoneNumberFormat.RFC3966)
    yield "national", national
    yield "national", digits(national)
    yield "national", national.replace(" ", "\u00a0")
    yield "plus eaten", whole
    yield "plus eaten", f"{whole}.0"
    yield "plus eaten", international.removeprefix("+")
    yield "zero eaten", digits(national).lstrip("0")
    yield "zero in brackets", f"+{code} (0){nsn}"
    yield "trunk zero behind the code", f"+{code}0{nsn}"
    yield "trunk zero behind the code", f"{code}0{nsn}"
    yield "code doubled", f"+{code}{whole}"
    yield "code doubled", f"{code}{whole}"
    for written in (f"+{whole}", whole, digits(national)):
        yield "a digit short", written[:-1]
        yield "a digit long", f"{written}5"
    yield "short form of a second", f"{digits(national)}/9"
    yield "two numbers", f"{national} / {national}"
    yield "an extension", f"{national} ext 12"


def is_written(text: str, number: str, region: str) -> bool:
    """Whether phonenumbers reads the text, with all its digits, as this number."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) == f"+{number}"


def test_every_spelling_ends_in_the_right_number_or_is_rejected(capsys):
    ends: Counter[tuple[str, str]] = Counter()
    strangers = []
    for region in REGIONS:
        for example in examples(region):
            right = phonenumbers.format_number(example, PhoneNumberFormat.E164)[1:]
            for spelling, text in spellings(example):
                number = read_address(text, region).number
                if number is None:
                    ends[spelling, "rejected"] += 1
                elif canonical(number) == canonical(right):
                    ends[spelling, "right"] += 1
                elif spelling in MISTYPED and is_written(text, number, region):
                    ends[spelling, "a number as well"] += 1  # of a plan whose numbers differ in length
                elif region in ("AC", "IT", "VA") and spelling.startswith("trunk zero"):
                    ends[spelling, "a number as well"] += 1  # of a plan that has no trunk zero: 0 is one of its digits
                else:
                    strangers.append((region, spelling, text, number))
    with capsys.disabled():
        print(f"\n{sum(ends.values()):,} spellings of the numbers of {len(REGIONS)} regions:")
        for spelling in dict.fromkeys(spelling for spelling, _ in ends):
            told = {end: count for (of, end), count in ends.items() if of == spelling}
            print(f"  {spelling}: {', '.join(f'{count:,} {end}' for end, count in sorted(told.items()))}")
    assert strangers == []
    assert all(ends[spelling, "right"] > 480 for spelling in ("international", "national", "plus eaten", "zero eaten"))
    assert not any(ends[spelling, "right"] for spelling in ("short form of a second", "two numbers", "an extension"))


@pytest.mark.parametrize("home", HOMES)
def test_a_foreign_number_without_its_plus_is_itself_or_a_number_that_is_written_so_at_home_or_nobodys(home):
    for region in REGIONS:
        for example in examples(region):
            text = phonenumbers.format_number(example, PhoneNumberFormat.E164)[1:]
            number = read_address(text, home).number
            assert number in (None, text) or is_written(text, number, home), (region, text, number)


@pytest.mark.parametrize(
    ("region", "text", "note"),
    [
        ("KH", "12345678", "leading 0"),
        ("KH", "012345678", None),
        ("KH", "85512345678", None),
        ("IN", "8123456789", None),  # written without its 0
        ("US", "2015550123", None),
        ("IT", "0212345678", None),
        ("IT", "669812345", "leading 0"),
        ("CI", "0123456789", None),
        ("GA", "06031234", None),
        ("HU", "201234567", "leading 06"),
        ("RU", "9123456789", None),
        ("KH", "84912345678", "VN"),
    ],
)
def test_a_note_tells_what_was_missing_and_only_that(region, text, note):
    address = read_address(text, region)
    assert address.number
    assert (address.note is None) if note is None else (note in (address.note or ""))
