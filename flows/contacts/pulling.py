"""Which contacts have to be read, and in which of Verboice's two ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.address import address_keys, is_opaque
from flows.contacts.normalise import Statements
from flows.contacts.sip import other_spellings

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
    """One person to look up: as typed first; other spellings only count if nobody is stored exactly like that.

    usual: as digits (what Verboice's importer stores) and with a plus, both asked, since two contacts may have them.
    formatted: as people write them, asked if neither is there.
    """

    key: str
    typed: str
    usual: tuple[str, ...] = ()
    formatted: tuple[str, ...] = ()

    def beginning_with(self, stored: str) -> Lookup:
        """The same, but this spelling is asked before all others."""
        if stored == self.typed:
            return self
        others = tuple(spelling for spelling in (self.typed, *self.usual) if spelling != stored)
        return Lookup(self.key, stored, others, tuple(f for f in self.formatted if f != stored))

    @classmethod
    def of(cls, key: str, typed: str, region: str | None) -> Lookup:
        """The look-up of one address by its key and typed text."""
        if not key.isdigit() or is_opaque(key):
            return cls(key, typed, other_spellings(typed))
        usual = tuple(spelling for spelling in (key, f"+{key}") if spelling != typed)
        formatted = _formatted(key) if region is not None else ()
        return cls(key, typed, usual, tuple(f for f in dict.fromkeys(formatted) if f not in (typed, *usual)))


def lookups(
    statements: Statements,
    selected: npt.NDArray[np.bool_],
    region: str | None,
    *,
    stored: pa.Array | None = None,
) -> list[Lookup]:
    """One look-up per distinct key and typed spelling of the selected rows whose address can be used.

    stored: the spelling that was found for each row before, null where none was; it is asked first.
    """
    wanted = pc.and_(pa.array(selected), pc.is_valid(statements.keys))
    found = pa.nulls(len(statements), pa.string()) if stored is None else stored
    people = zip(
        *(pc.filter(column, wanted).to_pylist() for column in (statements.keys, statements.texts, found)), strict=True
    )
    asked = ((Lookup.of(key, typed, region), known) for key, typed, known in dict.fromkeys(people))
    return [lookup if known is None else lookup.beginning_with(known) for lookup, known in asked]


@lru_cache(maxsize=4096)
def _formatted(key: str) -> tuple[str, str, str]:
    """The number as dialled inside its country, in digits and in groups, and in international groups."""
    number = phonenumbers.parse(f"+{key}")
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return "".join(c for c in national if c.isdigit()), national, international


def select(
    statements: Statements,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    after_row: int | None = None,
    region: str | None = None,
) -> npt.NDArray[np.bool_]:
    """The rows a careful first try is about: those of the addresses in `only`, below the row `after_row`, and of them
    the first `limit`."""
    chosen = np.ones(len(statements), dtype=np.bool_)
    if only:
        wanted = address_keys(pa.array([text.strip() for text in only], pa.string()), region).keys.drop_null()
        by_key = pc.is_in(statements.keys, value_set=wanted, skip_nulls=True)
        by_text = pc.is_in(statements.texts, value_set=pa.array([text.strip() for text in only], pa.string()))
        chosen &= pc.or_(by_key, by_text).to_numpy(zero_copy_only=False)
    if after_row is not None:
        chosen &= statements.numbers.to_numpy(zero_copy_only=False) > after_row
    if limit is not None:
        chosen &= np.cumsum(chosen) <= limit
    return chosen
