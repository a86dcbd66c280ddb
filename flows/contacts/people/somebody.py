"""One person by all that names them: whoever is to be forgotten, or never rung, is meant by every spelling.

Commands that are about a person are given one address and no pipeline. A number with + or its country's code is the
same everywhere; one written nationally is read in the countries of the pipelines there are, and must mean one person in
all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError
from flows.contacts.columns import Flags, flags
from flows.contacts.people.address import read_address, stored_keys
from flows.contacts.people.reading.number import AddressRules

_LAX = AddressRules(numbers="possible", short_numbers=True)  # what was written down once need not be in today's plan
_END = 8  # digits by which a number is found among others in a text; the rest depends on how it is written
_SHORT = 7  # digits below which a number is no part of another
_BETWEEN = r"[\s./()\-\u2010-\u2015]{0,3}"  # what may stand between the digits of a number


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person. keys: of their addresses (`flows.contacts.people.address`), as each of `regions` reads them; None among
    these: digits are taken as they are. texts: spellings that name them letter by letter."""

    keys: frozenset[str]
    regions: tuple[str | None, ...]
    texts: frozenset[str]

    def known_by(self, addresses: Iterable[str]) -> Somebody:
        """The same person, who turned out to have these addresses as well."""
        new = {address for address in addresses if address.strip()}
        keys = {key for address in new for key in _keys(address, self.regions)}
        return Somebody(self.keys | keys, self.regions, self.texts | new)

    def spelled(self, texts: pa.Array) -> Flags:
        """Which of the texts are an address of this person, however written."""
        found = pc.is_in(texts, value_set=pa.array(sorted(self.texts)))
        few = pc.unique(texts.filter(self._possible(texts)))
        if not len(few):
            return flags(found)
        keys = pa.array(sorted(self.keys))
        meant = [pc.is_in(stored_keys(few, region), value_set=keys) for region in self.regions]
        theirs = few.filter(pa.array(sum(map(flags, meant)) > 0))
        return flags(pc.or_(found, pc.is_in(texts, value_set=theirs)))

    def named(self, texts: pa.Array) -> Flags:
        """Which of the texts have an address of this person in them, or are one."""
        digits = pc.replace_substring_regex(texts, r"[^0-9]+", "")
        worth = pc.invert(pc.string_is_ascii(texts))
        for name in self.texts | self.keys:
            worth = pc.or_(worth, pc.match_substring(texts, name, ignore_case=True))
            if name.isdigit():
                worth = pc.or_(worth, pc.match_substring(digits, name[-_END:]))
        mentioned = self.mentioned
        theirs = [text for text in pc.unique(texts.filter(worth)).to_pylist() if mentioned.search(text)]
        return flags(pc.is_in(texts, value_set=pa.array(theirs, pa.string()))) | self.spelled(texts)

    def _possible(self, texts: pa.Array) -> pa.Array:
        """Texts that are worth reading: a column of a million holds few of them."""
        digits = pc.replace_substring_regex(texts, r"[^0-9]+", "")
        worth = pc.invert(pc.string_is_ascii(texts))
        for key in self.keys:
            worth = pc.or_(
                worth, pc.ends_with(digits, key[-_END:]) if key.isdigit() else pc.match_substring(texts, "@")
            )
        return worth

    @property
    def mentioned(self) -> re.Pattern[str]:
        """Finds the person's addresses within a text, however their digits are spaced."""
        numbers = [_number(key) for key in sorted(self.keys) if key.isdigit()]
        texts = self.texts | {key for key in self.keys if not key.isdigit()}
        names = [rf"(?<!\w){re.escape(text)}(?!\w)" for text in sorted(texts)]
        return re.compile("|".join([*names, *numbers]), re.IGNORECASE)


def _number(key: str) -> str:
    end = _BETWEEN.join(key[-_END:])
    before = "(?<![0-9])" if len(key) < _SHORT else rf"\+?(?:[0-9]{_BETWEEN}){{0,9}}"
    return f"{before}{end}(?![0-9])"


def somebody(address: str, regions: Collection[str | None]) -> Somebody:
    """Whom an address names, where it is read in these countries (of the pipelines; None: one without `region`).

    Raises ConfigurationError for a text that is no address, and for a number that means several people.
    """
    countries = sorted({region for region in regions if region})
    by_country = {country: _keys(address, [country]) for country in countries}
    read: Sequence[str | None] = (*countries, None)
    keys = frozenset(_keys(address, read))
    if not keys:
        problem = read_address(address, read[0], _LAX).problem
        raise ConfigurationError(f"This is no address: {problem}", hint="Write the number with + and country code.")
    if len({frozenset(found) for found in by_country.values()}) > 1:
        raise ConfigurationError(
            f"This number means different people in {' and '.join(countries)}, where your pipelines' numbers are.",
            hint="Write it with + and country code.",
        )
    return Somebody(keys, tuple(read), frozenset({address.strip()}))


def _keys(address: str, regions: Iterable[str | None]) -> set[str]:
    found = (read_address(address, region, _LAX) for region in regions)
    return {key for one in found for key in ((one.key,) if one.key is not None else one.candidates or ())}
