"""First guesses about an unknown spreadsheet: the column with the addresses, their country, the variables meant."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from flows.contacts.address import read_address

SHORTEST_NUMBER = 7  # digits; shorter ones are ages, prices and row numbers
ENOUGH = 0.5  # share of a column's values that must look like numbers of people
_TELLING = re.compile(
    r"phone|mobile|cell|tel|msisdn|whatsapp|number|num[eé]ro|n[uú]mero|contact|sip|ទូរស័ព្ទ", re.IGNORECASE
)

How = Literal["exact", "case", "accents", "close"]


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column and the variable it most likely holds; `close` ones are for a person to confirm."""

    column: str
    variable: str
    how: How


def address_column(columns: Mapping[str, Sequence[str]], region: str | None = None) -> str | None:
    """The column whose values most often are phone numbers or SIP addresses; a telling header decides a tie."""
    scored = [(share_of_numbers(values, region), bool(_TELLING.search(name)), name) for name, values in columns.items()]
    best = max(scored, key=lambda scored_one: scored_one[:2], default=None)
    return best[2] if best is not None and best[0] >= ENOUGH else None


def share_of_numbers(values: Iterable[str], region: str | None) -> float:
    """The share of the values that are not blank that could be addresses of people, 0 to 1."""
    filled = [value for value in values if value.strip()]
    return sum(_is_number(value, region) for value in filled) / len(filled) if filled else 0.0


def _is_number(text: str, region: str | None) -> bool:
    key = read_address(text, region).key
    if key is None:
        return False
    return len(key) >= SHORTEST_NUMBER if key.isdigit() else key.startswith(("sip:", "sips:"))


def is_national(values: Iterable[str]) -> bool:
    """Whether most numbers lack a country code, so that the country has to be known."""
    filled = [value for value in values if value.strip()]
    return 2 * sum(_international(value) is None for value in filled) > len(filled)


def likely_region(values: Iterable[str]) -> str | None:
    """The country of the numbers that are written internationally, if they are mostly of one."""
    found = Counter(region for value in values if (region := _international(value)) is not None)
    best = found.most_common(1)
    return best[0][0] if best and 2 * best[0][1] > found.total() else None


def _international(text: str) -> str | None:
    """The country of a number with its country code, with or without plus; None for any other text."""
    digits = re.sub(r"\D", "", text)
    if digits.startswith("0") and not digits.startswith("00"):
        return None
    try:
        number = phonenumbers.parse("+" + digits.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(number) if phonenumbers.is_valid_number(number) else None


def map_columns(columns: Sequence[str], variables: Sequence[str]) -> list[Mapped]:
    """For each variable at most one column: of the same name, then but for capitals, then but for accents and
    separators, then the closest spelling."""
    mapped: list[Mapped] = []
    for how in ("exact", "case", "accents", "close"):
        taken = {one.column for one in mapped}
        known = {one.variable for one in mapped}
        free = [column for column in columns if column not in taken]
        for variable in (variable for variable in variables if variable not in known):
            column = _matching(variable, free, how)
            if column is not None:
                free.remove(column)
                mapped.append(Mapped(column, variable, how))
    order = {column: position for position, column in enumerate(columns)}
    return sorted(mapped, key=lambda one: order[one.column])


def _matching(variable: str, columns: Sequence[str], how: How) -> str | None:
    if how == "exact":
        return variable if variable in columns else None
    fold = str.casefold if how == "case" else _plain
    folded = {fold(column): column for column in reversed(columns)}
    wanted = fold(variable)
    if how != "close":
        return folded.get(wanted)
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.75)
    return folded[near[0]] if near else None


def _plain(text: str) -> str:
    """The text without accents, capitals and separators: `Fecha_Próxima` and `fecha proxima` are alike."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[\s_\-.]+", " ", bare).strip()
