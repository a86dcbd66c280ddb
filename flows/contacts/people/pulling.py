"""Which contacts have to be read, and in which of Verboice's two ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.columns import Flags, flags
from flows.contacts.normalise import Statements
from flows.contacts.people.address import LONGEST_ADDRESS, Meant, address_keys
from flows.contacts.people.reading.number import STRICT, AddressRules
from flows.contacts.people.reading.plan import split_code
from flows.contacts.people.reading.renumbered import aliases
from flows.contacts.people.sip import other_spellings

Way = Literal["all", "by_address", "changed"]
Pull = Literal["auto", "all", "by_address", "changed"]

FEW_ROWS = 25  # up to this many, asking one by one is polite whatever the size of the project


@dataclass(frozen=True, slots=True)
class PullChoice:
    """How contacts are read, with the reason for the plan."""

    way: Way
    reason: str


def choose(pull: Pull, addresses: int, *, needs_everything: str = "") -> PullChoice:
    """`contacts.json` once, or one `by_address` per address. `needs_everything` names what forces the whole list."""
    if needs_everything:
        return PullChoice("all", needs_everything)
    if pull == "all":
        return PullChoice("all", "the pipeline says so")
    if pull == "by_address":
        return PullChoice("by_address", "the pipeline says so")
    if addresses <= FEW_ROWS:
        return PullChoice("by_address", f"only {addresses:,} addresses are needed")
    return PullChoice("all", f"{addresses:,} addresses are needed")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One address to look up: as typed first; other spellings only count if nobody is stored exactly like that.

    key: the person, None where the text alone does not say who is meant.
    usual: as digits (what Verboice's importer stores) and with a plus, all asked, since several contacts may have them.
    formatted: as people write them, asked if none of those is there, or the text may mean several people.
    """

    key: str | None
    typed: str
    usual: tuple[str, ...] = ()
    formatted: tuple[str, ...] = ()
    is_ambiguous: bool = False

    def beginning_with(self, stored: str) -> Lookup:
        """The same, but this spelling is asked before all others."""
        if stored == self.typed:
            return self
        others = tuple(spelling for spelling in (self.typed, *self.usual) if spelling != stored)
        return replace(self, typed=stored, usual=others, formatted=tuple(f for f in self.formatted if f != stored))

    @classmethod
    def of(cls, person: Person, region: str | None) -> Lookup:
        """The look-up of one address, as somebody typed it."""
        if person.key is not None and not person.key.isdigit():
            return cls(person.key, person.typed, other_spellings(person.typed))
        people = person.candidates if person.key is None else (person.key,)
        numbers = [number for key in people if key.isdigit() for number in (key, *aliases(key))]
        usual = tuple(spelling for number in numbers for spelling in (number, f"+{number}") if spelling != person.typed)
        formatted = [spelling for number in numbers for spelling in _formatted(number)] if region is not None else []
        return cls(
            person.key,
            person.typed,
            tuple(dict.fromkeys(usual)),
            tuple(f for f in dict.fromkeys(formatted) if f not in (person.typed, *usual)),
            is_ambiguous=len(people) > 1,
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an address means, as the columns of `flows.contacts.people.address.Meant` says: `candidates` where `key` is
    None."""

    typed: str
    key: str | None
    candidates: tuple[str, ...] = ()

    @property
    def can_be_stored(self) -> bool:
        """Whether Verboice's database can have the text at all (API sheet 5.15, 5.16)."""
        return len(self.typed) <= LONGEST_ADDRESS and not _NEVER_STORED.search(self.typed)


_NEVER_STORED = re.compile("[\0\ud800-\udfff\U00010000-\U0010ffff]")


def people(texts: pa.Array, meant: Meant, where: pa.Array) -> list[Person]:
    """Whom the addresses mean, where `where` is true. `texts` are as typed, without surrounding blanks."""
    columns = (pc.filter(column, where).to_pylist() for column in (texts, meant.keys, meant.candidates))
    return [Person(typed, key, tuple(candidates or ())) for typed, key, candidates in zip(*columns, strict=True)]


def meant_by(people: Sequence[Person]) -> Meant:
    """The people as columns again."""
    candidates = [person.candidates if person.key is None else None for person in people]
    keys = pa.array([person.key for person in people], pa.string())
    return Meant(keys, pa.array(candidates, pa.list_(pa.string())))


def lookups(
    statements: Statements,
    selected: Flags,
    region: str | None,
    *,
    stored: pa.Array | None = None,
) -> list[Lookup]:
    """One look-up per distinct address of the selected rows that may mean somebody.

    stored: the spelling that was found for each row before, null where none was; it is asked first.
    """
    wanted = pa.array(selected & statements.may_match)
    found = pa.nulls(len(statements)) if stored is None else stored
    known = pc.filter(found, wanted).to_pylist()
    meant = dict.fromkeys(zip(people(statements.texts, statements.addresses, wanted), known, strict=True))
    asked = ((Lookup.of(person, region), spelling) for person, spelling in meant if person.key or person.can_be_stored)
    return [lookup if spelling is None else lookup.beginning_with(spelling) for lookup, spelling in asked]


@lru_cache(maxsize=4096)
def _formatted(number: str) -> tuple[str, ...]:
    """The number as dialled inside its country, in digits and in groups, and in international groups."""
    found = split_code(number)
    if found is None or len(found[1]) < _SHORTEST_NSN:
        return ()
    parsed = phonenumbers.parse(f"+{number}")
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return "".join(c for c in national if c.isdigit()), national, international


_SHORTEST_NSN = 3  # digits; phonenumbers parses no shorter number


def select(
    statements: Statements,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    after_row: int | None = None,
    region: str | None = None,
    rules: AddressRules = STRICT,
) -> Flags:
    """The rows a careful first try is about: those of the addresses in `only`, below the row `after_row`, and of them
    the first `limit`."""
    chosen = np.ones(len(statements), dtype=np.bool_)
    if only:
        texts = pa.array([text.strip() for text in only])
        by_key = pc.is_in(statements.keys, value_set=address_keys(texts, region, rules).keys, skip_nulls=True)
        chosen = flags(pc.or_(by_key, pc.is_in(statements.texts, value_set=texts)))
    if after_row is not None:
        chosen &= statements.numbers.to_numpy() > after_row
    if limit is not None:
        chosen &= np.cumsum(chosen) <= limit
    return chosen
