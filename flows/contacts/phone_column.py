"""Which column of an unknown spreadsheet holds the addresses of people, chosen like a careful colleague would.

What a header says and whether the values are numbers of one country come first, how many of them are numbers comes
second; a column that says it holds ids, codes, amounts or dates is never taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flows.contacts.people.address import read_address
from flows.contacts.people.reading.header_words import BESIDE, NEVER, SECONDARY, TELLING, VAGUE, has_word
from flows.contacts.people.regions import likely_regions

_ENOUGH = {2: 0.3, 1: 0.5, 0: 0.5}  # share of a column's values that must be numbers, by how telling its header is
_FEW_DIGITS = 7  # shorter numbers are ages, prices and row numbers, whatever a country's plan has
_A_SERIES = 5  # values
_ALIKE = 0.8  # times the best share: as good


@dataclass(frozen=True, slots=True)
class PhoneColumn:
    """A column that may hold the addresses.

    telling: 2 where the header says so, 1 where it may, 0 where it says nothing. is_first: not somebody else's number,
    or a second one. numbers: how many of the `filled` values are numbers, or SIP addresses. regions: the countries that
    they are of.
    """

    name: str
    telling: int
    is_first: bool
    numbers: int
    filled: int
    regions: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.numbers / self.filled

    def is_like(self, best: PhoneColumn) -> bool:
        """Whether nobody could say which of the two is meant."""
        said = (self.telling, self.is_first, bool(self.regions))
        return said == (best.telling, best.is_first, bool(best.regions)) and self.share >= _ALIKE * best.share


def phone_columns(columns: Mapping[str, Sequence[str]], region: str | None = None) -> list[PhoneColumn]:
    """The columns that may hold the addresses, the likeliest first."""
    found = [one for name, values in columns.items() if (one := _look(name, values, region)) is not None]
    return sorted(found, key=lambda one: (-one.telling, not one.is_first, not one.regions, -one.share))


def _look(name: str, values: Sequence[str], region: str | None) -> PhoneColumn | None:
    telling = _how_telling(name)
    filled = [value for value in values if value.strip()]
    if telling is None or not filled or (telling == 0 and _is_counted(filled)):
        return None
    regions = (region,) if region is not None else likely_regions(filled)
    numbers = sum(_is_number(value, regions, telling) for value in filled)
    if not numbers or numbers < _ENOUGH[telling] * len(filled):
        return None
    return PhoneColumn(name, telling, not has_word(name, SECONDARY), numbers, len(filled), regions)


def _is_number(text: str, regions: Sequence[str], telling: int) -> bool:
    """Whether a value can be dialled. Without a country, digits are numbers only where the header says so."""
    number = next((one for region in regions or (None,) if (one := read_address(text, region).number)), "")
    if not number.isdigit():
        return number != ""
    return len(number) >= _FEW_DIGITS and (bool(regions) or telling > 0)


def _is_counted(values: Sequence[str]) -> bool:
    """Whether the values are whole numbers that rise from row to row, as ids do that were given one after the other."""
    numbers = [int(value) for value in values if value.isascii() and value.isdigit()]
    return len(numbers) == len(values) >= _A_SERIES and all(one < other for one, other in pairwise(numbers))


def _how_telling(name: str) -> int | None:
    """How much a header says that its column holds telephone numbers; None where it says that it does not."""
    if has_word(name, NEVER):
        return None
    if has_word(name, TELLING):
        return 2
    if has_word(name, BESIDE):
        return None
    return 1 if has_word(name, VAGUE) else 0
