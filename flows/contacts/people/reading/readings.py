"""What the digits of one number can mean in a country, and which of it they do mean.

| reading | of the digits | |
| --- | --- | --- |
| international | with +, 00 or the country's exit code | literal |
| national | with the national prefix, or without it where people leave it out | literal |
| without zero | international, without a 0 in brackets, `+39 (0)312 …` | literal |
| own code | begin with the country's own code, as Verboice stores numbers | literal |
| code once | behind a country code that stands there twice | literal |
| without prefix | a national number whose leading 0 (or other prefix) is missing | repaired |
| zero eaten | nothing but digits, of which a spreadsheet program left out a 0 that belongs to the number | repaired |
| foreign code | nothing but digits, which begin with another country's code: the plus is missing | repaired |

A reading counts when its plan has the number; "code once" only beside another one, to show that there are two. Zero
eaten and foreign code are only looked at where no literal reading counts: "201 555 0123" is a number of the US although
Egypt has one with these digits. They do not count beside a number of the country with a digit too many or too few:
"201 555 01233" is hardly Egypt's. All readings that count must be one person, or the digits are ambiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from flows.contacts.people.reading.mistyped import is_nearly_a_number
from flows.contacts.people.reading.plan import (
    MOST_DIGITS,
    NumberingPlan,
    country_of,
    is_country,
    plan_of_region,
    split_code,
)
from flows.contacts.people.reading.renumbered import canonical

ReadingWay = Literal[
    "international", "national", "without zero", "own code", "code once", "without prefix", "zero eaten", "foreign code"
]
Accepts = Callable[[NumberingPlan, str], bool]

EXIT_CODE = "00"  # outside a handful of countries; phonenumbers knows only each country's own (Cambodia's is 001)

ZERO_NOTE = "The leading {prefix} was missing; the number was read as a national one of {region}."
_PLUS_NOTE = "The + in front of the country code was missing; the number was read as one of {region}."

_REPAIRED = ("without prefix", "zero eaten", "foreign code")
_TOLD: Mapping[ReadingWay, str] = {
    "international": "as it is written",
    "national": "as a number of {region}",
    "without zero": "without the 0 in brackets",
    "own code": "with the country code {code}",
    "code once": "with the country code {code} once",
    "without prefix": "as a number of {region} without its leading {lead}",
    "zero eaten": "as a number of {region} without its leading 0",
    "foreign code": "with the country code {code}",
}
_COMPLETE = 7  # digits of a number that can be dialled within a town


class Digits(NamedTuple):
    """The digits of one number as they stand.

    is_international: behind a plus. is_bare: nothing between them, as in a cell that holds a number. without_zero: the
    same without a zero in brackets, where there is one.
    """

    text: str
    is_international: bool = False
    is_bare: bool = True
    without_zero: str = ""


class Reading(NamedTuple):
    """One number that the digits can mean."""

    plan: NumberingPlan
    nsn: str
    how: ReadingWay

    @property
    def number(self) -> str:
        """E.164 without the plus."""
        return self.plan.code + self.nsn

    @property
    def is_literal(self) -> bool:
        """Whether nothing is presumed to be missing."""
        return self.how not in _REPAIRED

    @property
    def note(self) -> str | None:
        """What to tell of a reading that is not literal."""
        if self.how == "foreign code":
            return _PLUS_NOTE.format(region=country_of(self.number))
        if self.is_literal:
            return None
        prefix = "0" if self.how == "zero eaten" else self.plan.lead
        return ZERO_NOTE.format(prefix=prefix, region=self.plan.region)

    @property
    def told(self) -> str:
        """The reading in the sentence that names several."""
        way = _TOLD[self.how].format(code=self.plan.code, region=self.plan.region, lead=self.plan.lead)
        return f"+{self.number} ({way})"


class DigitsWay(NamedTuple):
    """One way to read digits: as one of these nsns of a plan, the first one that counts."""

    plan: NumberingPlan
    nsns: tuple[str, ...]
    how: ReadingWay


def ways_to_read(digits: Digits, home: NumberingPlan | None) -> list[DigitsWay]:
    """The literal ways, and a national number without its prefix; without `home`, digits must be international."""
    text = digits.text
    if digits.is_international or home is None:
        ways = [_abroad(text.removeprefix(EXIT_CODE)), _abroad(digits.without_zero, "without zero")]
    else:
        exits = (home.beyond_exit_code(text), text.removeprefix(EXIT_CODE) if text.startswith(EXIT_CODE) else None)
        ways = [_abroad(beyond) for beyond in exits if beyond is not None]
        if text.startswith(home.code):
            ways.append(_abroad(text, "own code"))
        national = home.without_prefix(text)
        if national is not None:
            ways.append(DigitsWay(home, (national,), "national"))
        ways.append(DigitsWay(home, (text,), "without prefix"))
    return [way for way in ways if way is not None]


def _abroad(digits: str, how: ReadingWay = "international") -> DigitsWay | None:
    """The number behind a country code, without a trunk 0 in between unless its plan has one there."""
    found = split_code(digits)
    if found is None:
        return None
    plan, nsn = found
    national = plan.without_prefix(nsn)
    return DigitsWay(plan, (nsn,) if national is None else (nsn, national), how)


def readings_of(ways: Iterable[DigitsWay], accepts: Accepts) -> list[Reading]:
    """The readings that count, one per person."""
    found = [reading for way in ways for reading in _readings(way, accepts)]
    return found if len(found) < 2 else _distinct(found)  # most texts have one: whose it is need not be asked


def _readings(way: DigitsWay, accepts: Accepts) -> Iterator[Reading]:
    plan = way.plan
    for nsn in way.nsns:
        if accepts(plan, nsn) and len(plan.code) + len(nsn) <= MOST_DIGITS:
            if way.how == "without prefix" and not plan.needs_prefix(nsn):
                yield Reading(plan, nsn, "national")
            else:
                yield Reading(plan, nsn, way.how)
            if way.how in ("international", "own code") and nsn.startswith(plan.code):
                yield from _code_once(plan, nsn.removeprefix(plan.code), accepts)
            return


def _code_once(plan: NumberingPlan, rest: str, accepts: Accepts) -> Iterator[Reading]:
    """The number that is left of one that begins with its country's code again: `+62 62 812…`, as a formula makes."""
    for nsn in (rest, plan.without_prefix(rest)):
        if nsn is not None and accepts(plan, nsn):
            yield Reading(plan, nsn, "code once")
            return


def _distinct(readings: Iterable[Reading]) -> list[Reading]:
    people: dict[str, Reading] = {}
    for reading in readings:
        person = canonical(reading.number)
        if person not in people or person == reading.number:
            people[person] = reading
    return list(people.values())


def valid_readings(digits: Digits, ways: Sequence[DigitsWay], home: NumberingPlan | None) -> list[Reading]:
    """The readings whose number is in its plan; those that presume damage only where no literal one is."""
    found = readings_of(ways, NumberingPlan.is_valid)
    if digits.is_international or home is None or any(reading.is_literal for reading in found):
        return found
    readings = _distinct([*found, *readings_of(_repairs(digits, home), NumberingPlan.is_valid)])
    if len(readings) == 1 and not found and _may_be_mistyped(readings[0], digits.text, home):
        return []
    return readings


def _may_be_mistyped(only: Reading, text: str, home: NumberingPlan) -> bool:
    """Whether the only reading there is presumes more than that a digit of a number of the country is wrong."""
    return is_nearly_a_number(text, home, first=1 if only.how == "zero eaten" else 0)


def _repairs(digits: Digits, home: NumberingPlan) -> Iterator[DigitsWay]:
    """Ways that presume that a spreadsheet program left something out in front of digits that it took for a number."""
    if not digits.is_bare:
        return
    yield from (DigitsWay(home, (nsn,), "zero eaten") for nsn in with_zero(digits.text, home))
    foreign = _abroad(digits.text, "foreign code")
    if foreign is not None and is_country(foreign.plan) and foreign.plan.code != home.code:
        yield foreign


def with_zero(text: str, home: NumberingPlan) -> Iterator[str]:
    """The nsns of digits in front of which a 0 was left out, where that is more than a trunk 0."""
    if home.zero_is_trunk:
        return
    national = home.without_prefix(f"0{text}")
    if national is not None and national != text:
        yield national
    if home.has_leading_zero:
        yield f"0{text}"


def has_number(digits: Digits, region: str | None) -> bool:
    """Whether the digits are a number by themselves; without a country, whether they are long enough for one."""
    if region is None and not digits.is_international:
        return len(digits.text) >= _COMPLETE
    return bool(_valid(digits, region))


def is_as_written(digits: Digits, region: str | None) -> bool:
    """Whether people write a number like this, with all that stands in front of it."""
    if region is None:
        return digits.is_international or digits.text.startswith("0")
    return any(reading.is_literal for reading in _valid(digits, region))


def _valid(digits: Digits, region: str | None) -> list[Reading]:
    home = None if region is None else plan_of_region(region)
    return valid_readings(digits, ways_to_read(digits, home), home)
