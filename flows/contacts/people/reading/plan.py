"""Numbering plans, as phonenumbers' metadata tells them, in the form that reading many numbers needs.

A national significant number ("nsn") is what follows the country code, as text, because some plans have a leading zero
in it (Italy, Gabon, the Ivory Coast); `phonenumbers.is_valid_number` and `NumberingPlan.is_valid` say the same of every
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

MOST_DIGITS = 15  # ITU-T E.164; spreadsheet programs round numbers beyond it as well

_NOWHERE = "001"  # phonenumbers' region of codes that belong to no country, such as satellites
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The valid nsns of one region: of one of the lengths, and matching both patterns, which RE2 can read too."""

    lengths: frozenset[int]
    general: str
    kinds: str

    @property
    def pattern(self) -> str:
        """All of it for Python."""
        lengths = "|".join(f".{{{length}}}" for length in self.lengths)
        return rf"(?=(?:{lengths})\Z)(?=(?:{self.general})\Z)(?:{self.kinds})"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How phonenumbers writes some nsns nationally: those of the lengths that begin like `leading`.

    with_prefix: whether they are not written without the national prefix.
    """

    leading: str
    lengths: frozenset[int]
    with_prefix: bool


@dataclass(frozen=True)
class NumberingPlan:
    """The numbers behind one country code, as they are written in one of its regions.

    region: that region. code: the digits of the country code. shapes: of all regions with this code, this one first.
    lengths: of an nsn; possible_lengths: those that tell whether it may be one. prefix: the national prefix, "0" in
    most countries, "" where there is none. has_leading_zero: whether some nsns begin with 0.
    fewest: digits of its usual numbers.
    parsed_prefix, transformation: the prefix as a pattern, and what some plans put in its place (Argentina's 9).
    exit_code: a pattern of the digits that are dialled before a foreign number.
    """

    region: str
    code: str
    shapes: tuple[Shape, ...]
    lengths: frozenset[int]
    possible_lengths: frozenset[int]
    prefix: str
    has_leading_zero: bool
    fewest: int
    groupings: tuple[Grouping, ...]
    parsed_prefix: str
    transformation: str
    exit_code: str

    @property
    def lead(self) -> str:
        """What people write in front of national numbers; Gabon's 0 is no prefix to phonenumbers, but is written."""
        return self.prefix or "0"

    @property
    def zero_is_trunk(self) -> bool:
        """Whether a 0 in front of digits is the national prefix and nothing else."""
        return self.parsed_prefix == "0" and not self.has_leading_zero

    def is_valid(self, nsn: str) -> bool:
        """Whether the plan has this number, and the number is read back as itself behind its country code."""
        return len(nsn) in self.lengths and self._valid.fullmatch(nsn) is not None and not self._is_cut(nsn)

    def is_possible(self, nsn: str) -> bool:
        """Whether the plan might have it one day, by its length. A trunk 0 is never a part of a number."""
        return len(nsn) in self.possible_lengths and (self.has_leading_zero or not nsn.startswith("0"))

    def without_prefix(self, digits: str) -> str | None:
        """The nsn of a number written with the national prefix; None where there is none to take off."""
        if self.parsed_prefix == self.prefix:
            return digits.removeprefix(self.prefix) if self.prefix and digits.startswith(self.prefix) else None
        found = self._prefix.match(digits)
        if found is None:
            return None
        groups = found.groups()
        if self.transformation and groups and groups[-1] is not None:
            return found.expand(self.transformation) + digits[found.end() :]
        return digits[found.end() :] if found.end() else None

    def needs_prefix(self, nsn: str) -> bool:
        """Whether people write this nsn with the national prefix, so that one without it has lost it."""
        for leading, lengths, with_prefix in self._groupings:
            if len(nsn) in lengths and leading.match(nsn):
                return with_prefix
        return False

    def beyond_exit_code(self, digits: str) -> str | None:
        """What follows the digits that are dialled before a foreign number, such as 011 in the US; None without."""
        found = self._exit.match(digits)
        return digits[found.end() :] if found else None

    @property
    def may_be_cut(self) -> bool:
        """Whether some nsns begin like a national prefix, so that phonenumbers may take it off."""
        return self.parsed_prefix not in ("", self.code, "" if self.has_leading_zero else "0")

    def _is_cut(self, nsn: str) -> bool:
        """Whether behind the country code the beginning of the nsn is taken for a national prefix, as in `+375 8 …`."""
        cutter = self._cutter
        rest = None if cutter is None else cutter.without_prefix(nsn)
        if cutter is None or rest is None:
            return False
        return len(rest) in cutter.possible_lengths and cutter.general.fullmatch(rest) is not None

    @cached_property
    def _cutter(self) -> NumberingPlan | None:
        """The plan of the code's main country, by which numbers are read back, if it may take a prefix off."""
        main = plan_of_code(self.code) or self
        return main if main.may_be_cut else None

    @cached_property
    def general(self) -> re.Pattern[str]:
        """Texts that may be nsns of the region."""
        return re.compile(self.shapes[0].general)

    @cached_property
    def _valid(self) -> re.Pattern[str]:
        return re.compile("|".join(shape.pattern for shape in self.shapes))

    @cached_property
    def _prefix(self) -> re.Pattern[str]:
        return re.compile(self.parsed_prefix)

    @cached_property
    def _exit(self) -> re.Pattern[str]:
        return re.compile(self.exit_code or r"\Z(?!\Z)")

    @cached_property
    def _groupings(self) -> tuple[tuple[re.Pattern[str], frozenset[int], bool], ...]:
        return tuple((re.compile(g.leading), g.lengths, g.with_prefix) for g in self.groupings)


@lru_cache(maxsize=512)
def plan_of_region(region: str) -> NumberingPlan:
    """The plan of a country (ISO 3166). Raises KeyError where it has no telephone numbers of its own."""
    metadata = PhoneMetadata.metadata_for_region(region.upper())
    if metadata is None:
        raise KeyError(region)
    return _plan(metadata)


@lru_cache(maxsize=512)
def plan_of_code(code: str) -> NumberingPlan | None:
    """The plan behind a country code as its main country writes it; None where nobody has the code."""
    if code not in _CODES:
        return None
    main = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), main)
    return None if metadata is None else _plan(metadata)


def split_code(digits: str) -> tuple[NumberingPlan, str] | None:
    """The plan that international digits belong to and their nsn; None where they begin with no country code."""
    for length in _CODE_LENGTHS:
        code = digits[:length]
        if code in _CODES and len(digits) > length:
            plan = plan_of_code(code)
            return None if plan is None else (plan, digits[length:])
    return None


_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_CODE_LENGTHS = (1, 2, 3)


def is_country(plan: NumberingPlan) -> bool:
    """Whether the code belongs to a country, not to satellites and the like."""
    return plan.region != _NOWHERE


def country_of(number: str) -> str:
    """The country (ISO 3166) of an E.164 number's digits; of several with one code, the one whose number it is."""
    found = split_code(number)
    if found is None:
        return "?"
    plan, _ = found
    if len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(plan.code)]) == 1:
        return plan.region
    region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{number}"))
    return plan.region if region is None else str(region)


def _plan(metadata: PhoneMetadata) -> NumberingPlan:
    main, *others = _sharing(int(metadata.country_code or 0))
    every = [metadata, *(one for one in (main, *others) if one.id != metadata.id)]
    return NumberingPlan(
        region=metadata.id,
        code=str(metadata.country_code),
        shapes=tuple(shape for one in every for shape in _shapes(one)),
        lengths=frozenset(length for one in every for length in _lengths(one)),
        possible_lengths=frozenset(_lengths(main)),
        prefix=metadata.national_prefix or "",
        has_leading_zero=any(example.startswith("0") for one in every for example in _examples(one)),
        fewest=min(map(len, _usual(metadata)), default=MOST_DIGITS),
        groupings=tuple(_groupings(main)),
        parsed_prefix=metadata.national_prefix_for_parsing or "",
        transformation=metadata.national_prefix_transform_rule or "",
        exit_code=metadata.international_prefix or "",
    )


def _sharing(code: int) -> list[PhoneMetadata]:
    """The metadata of all regions with a country code, the main one first."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    found = (PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions)
    return [metadata for metadata in found if metadata is not None]


def _lengths(metadata: PhoneMetadata) -> tuple[int, ...]:
    return metadata.general_desc.possible_length if metadata.general_desc is not None else ()


def _shapes(metadata: PhoneMetadata) -> Iterator[Shape]:
    kinds = [f"(?:{kind.national_number_pattern})" for kind in _kinds(metadata)]
    general = metadata.general_desc
    if kinds and general is not None and general.national_number_pattern:
        lengths = frozenset(general.possible_length)
        yield Shape(lengths, general.national_number_pattern, "|".join(dict.fromkeys(kinds)))


def _kinds(metadata: PhoneMetadata) -> Iterator[phonenumbers.PhoneNumberDesc]:
    for name in _KINDS:
        kind = getattr(metadata, name)
        if kind is not None and kind.national_number_pattern:
            yield kind


def _examples(metadata: PhoneMetadata) -> Iterator[str]:
    return (kind.example_number for kind in _kinds(metadata) if kind.example_number)


def _groupings(metadata: PhoneMetadata) -> Iterator[Grouping]:
    for one in metadata.number_format:
        rule = re.sub(r"\\\d", "", one.national_prefix_formatting_rule or "")
        written = any(map(str.isdigit, rule)) and not one.national_prefix_optional_when_formatting
        leading = one.leading_digits_pattern[-1] if one.leading_digits_pattern else ""
        whole = re.compile(one.pattern or "")  # of digits in groups, nothing else
        lengths = frozenset(count for count in range(1, MOST_DIGITS + 1) if whole.fullmatch("0" * count))
        yield Grouping(leading, lengths, written)


def _usual(metadata: PhoneMetadata) -> Iterator[str]:
    """Examples of the numbers that people have."""
    kinds = (metadata.fixed_line, metadata.mobile)
    return (kind.example_number for kind in kinds if kind is not None and kind.example_number)
