"""Numbers of a whole column that need no look at each: plain digits, by expressions over the column.

What is decided here is what `flows.contacts.people.reading.readings` decides of each text; whatever could be read in
another way as well, or was renumbered, is left undecided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.columns import Flags, flags
from flows.contacts.people.reading.cell import PLAIN, SUSPICIOUS
from flows.contacts.people.reading.number import fewest_digits
from flows.contacts.people.reading.plan import MOST_DIGITS, NumberingPlan, plan_of_region
from flows.contacts.people.reading.readings import EXIT_CODE, ZERO_NOTE
from flows.contacts.people.reading.renumbered import CODES
from flows.contacts.people.reading.validity import (
    are_renumbered,
    are_valid,
    are_valid_abroad,
    begin,
    have_code_twice,
    have_other_zero,
    have_prefix_inside,
    lack_prefix,
    may_be_abroad,
    may_be_cut,
    may_begin,
    with_lengths,
)

_ALL_ALIKE = "^(?:" + "|".join(f"{digit}+" for digit in range(10)) + ")$"
_LITERAL = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Decided:
    """As long as the texts. numbers: E.164 without the plus, or the digits where no country is known; null where
    undecided. zero_missing: whether a national number has lost its prefix; note: what to say of those."""

    numbers: pa.Array
    zero_missing: Flags
    note: str


def decide(trimmed: pa.Array, region: str | None) -> Decided:
    """The numbers of plain texts (string, without nulls and surrounding blanks) that are not too short; without a
    region they are taken as they are."""
    column, fewest = _AddressColumn.of(trimmed), fewest_digits(region)
    if region is None:
        numbers, zero_missing, note = column.digits, np.zeros(len(column), dtype=np.bool_), ""
        decided = column.of_lengths(range(fewest, MOST_DIGITS + 1), column.national) & ~are_renumbered(numbers, CODES)
    else:
        plan = plan_of_region(region)
        home = _Home.of(column, plan)
        numbers = home.numbers()
        decided = home.decided & (pc.binary_length(numbers).to_numpy() <= MOST_DIGITS)
        decided &= column.plus | (column.counts >= fewest)
        if plan.code in CODES:
            decided &= ~are_renumbered(numbers, (plan.code,))
        zero_missing = home.zero_missing & decided
        note = ZERO_NOTE.format(prefix=plan.lead, region=plan.region)
    if column.plus.any():
        abroad = column.plus & ~decided & (column.counts <= MOST_DIGITS)
        decided |= are_valid_abroad(column.digits, abroad)
    if decided.all():
        return Decided(numbers, zero_missing, note)
    return Decided(pc.if_else(pa.array(decided), numbers, None), zero_missing, note)


@dataclass(frozen=True, slots=True)
class _AddressColumn:
    """The digits of the texts and their count, and which texts are plain: `plus` behind a plus, `national` not."""

    digits: pa.Array
    counts: npt.NDArray[np.int32]
    plus: Flags
    national: Flags

    def __len__(self) -> int:
        return len(self.counts)

    @classmethod
    def of(cls, trimmed: pa.Array) -> _AddressColumn:
        plus = flags(pc.starts_with(trimmed, "+"))
        digits = pc.if_else(pa.array(plus), pc.utf8_slice_codeunits(trimmed, 1), trimmed) if plus.any() else trimmed
        bare = flags(pc.match_substring_regex(digits, "^[0-9]+$"))
        plain = bare
        if not bare.all():
            plain = flags(pc.match_substring_regex(trimmed, f"^{PLAIN.pattern}$"))
            plain &= ~flags(pc.match_substring_regex(trimmed, SUSPICIOUS.pattern))
            digits = pc.replace_substring_regex(trimmed, r"[^0-9]", "")
        placeholder = bare & flags(pc.match_substring_regex(digits, _ALL_ALIKE))
        counts = pc.binary_length(digits).to_numpy()
        return cls(digits, counts, plain & plus, plain & ~plus & ~placeholder)

    def of_lengths(self, lengths: range | frozenset[int], where: Flags, added: int = 0) -> Flags:
        """Which of the texts have one of the lengths, and as many more digits as are added."""
        return where & with_lengths(self.counts, lengths, added)


@dataclass(frozen=True, slots=True)
class _Home:
    """How the texts that are `decided` read as numbers of the country: behind the national prefix (`prefixed`, with
    the rest in `stripped`), without it (`bare`; `zero_missing` where people write it), or else with the country's code.
    """

    column: _AddressColumn
    plan: NumberingPlan
    stripped: pa.Array
    prefixed: Flags
    bare: Flags
    zero_missing: Flags
    decided: Flags

    @classmethod
    def of(cls, column: _AddressColumn, plan: NumberingPlan) -> _Home:
        digits, national = column.digits, column.national
        own = begin(digits, plan.code, column.of_lengths(plan.lengths, column.national | column.plus, len(plan.code)))
        own = are_valid(digits, plan, own, lead=plan.code)
        bare = are_valid(digits, plan, column.of_lengths(plan.lengths, national))
        stripped, prefixed, unclear = _prefixed(column, plan)
        rivals = (own & (bare | prefixed)) | (bare & prefixed) | unclear | _may_lead_abroad(column, plan)
        rivals |= have_prefix_inside(digits, plan, column.national & ~own) | have_code_twice(digits, plan, own)
        rivals |= may_be_cut(digits, plan, own, lead=plan.code) | may_be_cut(digits, plan, bare)
        rivals |= may_be_cut(stripped, plan, prefixed)
        decided = (own | bare | prefixed) & ~rivals
        bare, prefixed = bare & decided, prefixed & decided
        zero_missing = lack_prefix(digits, plan, bare)
        if zero_missing.any():
            decided &= ~may_be_abroad(digits, zero_missing)
            decided &= ~have_other_zero(digits, plan, zero_missing)
        return cls(column, plan, stripped, prefixed, bare, zero_missing, decided)

    def numbers(self) -> pa.Array:
        """The E.164 number of each text, right where decided."""
        numbers = self.column.digits
        if self.bare.any():
            with_code = pc.binary_join_element_wise(self.plan.code, self.column.digits, "")
            numbers = pc.if_else(pa.array(self.bare), with_code, numbers)
        if self.prefixed.any():
            with_code = pc.binary_join_element_wise(self.plan.code, self.stripped, "")
            numbers = with_code if self.prefixed.all() else pc.if_else(pa.array(self.prefixed), with_code, numbers)
        return numbers


def _prefixed(column: _AddressColumn, plan: NumberingPlan) -> tuple[pa.Array, Flags, Flags]:
    """The digits without the national prefix, which of them are numbers of the plan then, and which texts have a
    prefix that the plan puts something else in place of."""
    none = np.zeros(len(column), dtype=np.bool_)
    if not plan.parsed_prefix or plan.prefix == plan.parsed_prefix == plan.code:
        return column.digits, none, none
    if _LITERAL.fullmatch(plan.parsed_prefix):
        prefix = plan.parsed_prefix
        suspects = begin(column.digits, prefix, column.of_lengths(plan.lengths, column.national, len(prefix)))
        valid = are_valid(column.digits, plan, suspects, lead=prefix)
        stripped = pc.utf8_slice_codeunits(column.digits, len(prefix)) if valid.any() else column.digits
        return stripped, valid, none
    return _without_pattern(column, plan)


def _without_pattern(column: _AddressColumn, plan: NumberingPlan) -> tuple[pa.Array, Flags, Flags]:
    """As `_prefixed`, of a prefix that is a pattern: the last group, if it matched, is what a plan transforms."""
    none = np.zeros(len(column), dtype=np.bool_)
    if not may_begin(column.digits, plan.parsed_prefix, column.national).any():
        return column.digits, none, none
    groups = re.compile(plan.parsed_prefix).groups
    mark = rf"<\{groups}>" if plan.transformation and groups else "<>"
    marked = pc.replace_substring_regex(column.digits, f"^(?:{plan.parsed_prefix})", mark)
    unclear = column.national & flags(pc.match_substring_regex(marked, "^<[0-9]"))
    marks = column.national & flags(pc.starts_with(marked, "<>"))
    stripped = pc.if_else(pa.array(marks), pc.utf8_slice_codeunits(marked, 2), column.digits)
    counts = pc.binary_length(stripped).to_numpy()
    is_cut = counts < column.counts
    return stripped, are_valid(stripped, plan, is_cut & with_lengths(counts, plan.lengths)), unclear


def _may_lead_abroad(column: _AddressColumn, plan: NumberingPlan) -> Flags:
    """Texts that begin like a foreign number as it is dialled."""
    found = begin(column.digits, EXIT_CODE, column.national)
    if plan.exit_code.startswith(EXIT_CODE):
        return found
    return found | may_begin(column.digits, plan.exit_code, column.national)
