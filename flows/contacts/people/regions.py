"""Which country numbers without a country code are of, and what to tell where no region, or a wrong one, is set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from flows.contacts.people.address import read_address
from flows.contacts.people.reading.cell import look, only_digits
from flows.contacts.people.reading.plan import MOST_DIGITS, country_of, split_code
from flows.contacts.people.reading.signs import plain

SAMPLE = 60  # numbers looked at
FEWEST = 3  # numbers from which on something can be said of a column
_SHORTEST = 7  # digits of a number with its area code
_FITTING = 0.8  # share of the numbers that a country must have
_MOST_NAMED = 3
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How well numbers fit a country: how many its plan has, how many are spaced as people write them there, and how
    many are mobile."""

    valid: int
    spaced: int
    mobile: int


def national_numbers(texts: Iterable[str]) -> list[str]:
    """The texts that are one number without a country code, a sample of them."""
    cleaned = (plain(text.strip())[0] for text in texts)
    return list(islice((text for text in cleaned if _is_national(text)), SAMPLE))


def _is_national(text: str) -> bool:
    digits = only_digits(text)
    if not (digits.isdigit() and _SHORTEST <= len(digits) <= MOST_DIGITS):
        return False
    return look(text, None).digits is not None and international_region(text) is None


def international_region(text: str) -> str | None:
    """The country of a number with its country code, without a plus only if nothing stands between its digits; None for
    any other text."""
    digits = only_digits(text)
    if not digits.isdigit() or not (text.startswith(("+", "00")) or digits == text):
        return None
    found = split_code(digits.removeprefix("00"))
    if found is None or not found[0].is_valid(found[1]):
        return None
    return country_of(digits.removeprefix("00"))


def fitting_regions(numbers: Sequence[str]) -> tuple[str, ...]:
    """The countries that national numbers fit best: one, or several that fit equally well. Being in a plan is not
    enough, because some plans have almost any number: most must be mobile or spaced like there as well."""
    fits = {region: _fit(numbers, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)}
    best = max(fits.values())
    if not numbers or best.valid < _FITTING * len(numbers) or 2 * max(best.spaced, best.mobile) < len(numbers):
        return ()
    return tuple(region for region, fit in fits.items() if fit == best)


def likely_regions(texts: Iterable[str]) -> tuple[str, ...]:
    """The countries that a column's numbers are probably of: that of most international ones, else those that fit."""
    values = [text for text in texts if text.strip()]
    found = Counter(region for text in values if (region := international_region(text)) is not None)
    best = found.most_common(1)
    if best and 2 * best[0][1] > found.total() and 2 * found.total() > len(values):
        return (best[0][0],)
    fitting = fitting_regions(national_numbers(values))
    named = tuple(region for region, _ in best if region in fitting)
    return named or fitting or tuple(region for region, _ in best if 2 * best[0][1] > found.total())


def is_national(texts: Iterable[str]) -> bool:
    """Whether most numbers lack a country code, so that the country has to be known."""
    filled = [text for text in texts if text.strip()]
    return 2 * sum(international_region(text) is None for text in filled) > len(filled)


def region_advice(texts: Sequence[str], region: str | None) -> str:
    """What to tell whoever has set no region for numbers that need one, or one that they do not fit; "" for nothing."""
    distinct = [text for text in dict.fromkeys(texts) if text.strip()][:SAMPLE]
    numbers = national_numbers(distinct)
    if len(numbers) < FEWEST or 2 * len(numbers) <= len(distinct):
        return ""
    if region is None:
        return (
            f"Most numbers ({len(numbers)} of {len(distinct)} looked at) are written nationally, without a country "
            f"code, so Verboice may not know them: set `region` under `source`{_would_fit(fitting_regions(numbers))}."
        )
    unusable = [number for number in numbers if read_address(number, region).key is None]
    others = fitting_regions(unusable) if 2 * len(unusable) > len(numbers) else ()
    if not others:
        return ""
    told = f"Most numbers ({len(unusable)} of {len(numbers)} looked at) are none of {region}"
    return f"{told}; they look like {listed(others)}. Is `region: {region}` under `source` right?"


def _would_fit(regions: Sequence[str]) -> str:
    return f" ({listed(regions)} would fit)" if regions else ""


def listed(regions: Sequence[str]) -> str:
    """Some countries in a sentence."""
    if len(regions) > _MOST_NAMED:
        return f"{', '.join(regions[:_MOST_NAMED])} or others"
    return " or ".join(filter(None, (", ".join(regions[:-1]), regions[-1])))


def _fit(numbers: Iterable[str], region: str) -> Fit:
    found = [one for number in numbers if (one := _fit_of_one(number, region)) is not None]
    return Fit(sum(one.valid for one in found), sum(one.spaced for one in found), sum(one.mobile for one in found))


def _fit_of_one(text: str, region: str) -> Fit | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, region):
        return None
    spaced = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) == text
    return Fit(1, int(spaced), int(phonenumbers.number_type(number) in _MOBILE))
