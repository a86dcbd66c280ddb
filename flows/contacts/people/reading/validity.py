"""Which of a column's digits are numbers of a plan, and what else they may be; by expressions over the column.

All take digits (string) and where to look (as long), and answer for the rest with False.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.columns import Flags, Positions, flags, matching, take
from flows.contacts.people.reading.plan import NumberingPlan, is_country, plan_of_code, split_code
from flows.contacts.people.reading.readings import with_zero
from flows.contacts.people.reading.renumbered import CODES, old_forms

_LONGEST_CODE = 3


def lack_prefix(digits: pa.Array, plan: NumberingPlan, bare: Flags) -> Flags:
    """Which of the nsns people do not write without the national prefix."""
    if not any(grouping.with_prefix for grouping in plan.groupings) or not bare.any():
        return np.zeros(len(bare), dtype=np.bool_)
    open_rows, lacking = bare.copy(), np.zeros(len(bare), dtype=np.bool_)
    counts = pc.binary_length(digits).to_numpy()
    for grouping in plan.groupings:
        suspects = open_rows & with_lengths(counts, grouping.lengths)
        here = matching(digits, f"^(?:{grouping.leading})", suspects)
        if grouping.with_prefix:
            lacking |= here
        open_rows &= ~here
    return lacking


def are_valid_abroad(digits: pa.Array, where: Flags) -> Flags:
    """Which of the digits are numbers with their country code, as they stand."""
    valid = np.zeros(len(where), dtype=np.bool_)
    for rows, some, plan in _by_country(digits, where):
        found = are_valid(some, plan, np.ones(len(rows), dtype=np.bool_), lead=plan.code)
        found &= ~may_be_cut(some, plan, found, lead=plan.code)
        valid[rows] = found & ~have_code_twice(some, plan, found)
    return valid & ~are_renumbered(digits, CODES) if valid.any() else valid


def may_be_abroad(digits: pa.Array, where: Flags) -> Flags:
    """Which of the digits are, or may be, numbers of a country with its code."""
    found = np.zeros(len(where), dtype=np.bool_)
    for rows, some, plan in _by_country(digits, where):
        if is_country(plan):
            every = np.ones(len(rows), dtype=np.bool_)
            valid = are_valid(some, plan, every, lead=plan.code)
            found[rows] = valid | have_prefix_inside(some, plan, every)
    return found


def _by_country(digits: pa.Array, where: Flags) -> Iterator[tuple[Positions, pa.Array, NumberingPlan]]:
    """The rows whose digits begin with the code of each country, and these digits."""
    rows = np.flatnonzero(where)
    if not len(rows):
        return
    some = pc.take(digits, pa.array(rows))
    encoded = pc.dictionary_encode(pc.utf8_slice_codeunits(some, 0, _LONGEST_CODE))
    plans: dict[str, NumberingPlan] = {}
    code_of_head = [""] * len(encoded.dictionary)
    for position, head in enumerate(encoded.dictionary.to_pylist()):
        found = split_code(f"{head}0")
        if found is not None:
            plans[found[0].code] = found[0]
            code_of_head[position] = found[0].code
    codes = np.array(code_of_head)[encoded.indices.to_numpy()]
    for code, plan in plans.items():
        here = np.flatnonzero(codes == code)
        yield rows[here], take(some, here), plan


def have_code_twice(digits: pa.Array, plan: NumberingPlan, where: Flags) -> Flags:
    """Which of the digits are, or may be, a number of the plan behind its code that stands there twice."""
    twice = begin(digits, plan.code + plan.code, where)
    if not twice.any():
        return twice
    valid = are_valid(digits, plan, twice, lead=plan.code + plan.code)
    return valid | _have_prefix_behind(digits, plan, twice, lead=plan.code + plan.code)


def have_other_zero(digits: pa.Array, plan: NumberingPlan, where: Flags) -> Flags:
    """Which of the digits may be another number with a 0 in front."""
    found = np.zeros(len(where), dtype=np.bool_)
    if not plan.zero_is_trunk:
        rows = np.flatnonzero(where)
        texts = pc.take(digits, pa.array(rows)).to_pylist()
        found[rows] = [next(with_zero(text, plan), None) is not None for text in texts]
    return found


def have_prefix_inside(digits: pa.Array, plan: NumberingPlan, where: Flags) -> Flags:
    """Which of the digits have the country's code and the national prefix behind it."""
    return _have_prefix_behind(digits, plan, where, lead=plan.code)


def _have_prefix_behind(digits: pa.Array, plan: NumberingPlan, where: Flags, *, lead: str) -> Flags:
    if not plan.parsed_prefix or plan.parsed_prefix == plan.code:
        return np.zeros(len(where), dtype=np.bool_)
    return matching(digits, f"^{lead}(?:{plan.parsed_prefix})", begin(digits, lead, where))


def are_valid(digits: pa.Array, plan: NumberingPlan, where: Flags, *, lead: str = "") -> Flags:
    """Which of the digits are `lead` and match a number of the plan; see `may_be_cut` for the rest of the answer."""
    valid = np.zeros(len(where), dtype=np.bool_)
    if not where.any():
        return valid
    counts, remaining = pc.binary_length(digits).to_numpy(), where
    for shape in plan.shapes:
        suspects = remaining & with_lengths(counts, shape.lengths, len(lead))
        found = matching(digits, f"^{lead}(?:{shape.kinds})$", suspects)
        found = matching(digits, f"^{lead}(?:{shape.general})$", found)
        valid |= found
        remaining = remaining & ~found
    return valid


def may_be_cut(digits: pa.Array, plan: NumberingPlan, where: Flags, *, lead: str = "") -> Flags:
    """Which of the numbers of the plan behind `lead` may not be read back as themselves."""
    main = plan_of_code(plan.code)
    if main is None or not main.may_be_cut or not where.any():
        return np.zeros(len(where), dtype=np.bool_)
    pattern = f"^{lead}(?:{main.parsed_prefix})"
    if not re.fullmatch(main.parsed_prefix, ""):
        return matching(digits, pattern, where)
    rest = pc.replace_substring_regex(digits, pattern, lead)
    shorter: Flags = pc.binary_length(rest).to_numpy() < pc.binary_length(digits).to_numpy()
    return where & shorter


def begin(digits: pa.Array, lead: str, where: Flags) -> Flags:
    """Which of the digits begin like `lead`."""
    return where & flags(pc.starts_with(digits, lead)) if where.any() else where


def may_begin(digits: pa.Array, pattern: str, where: Flags) -> Flags:
    """Which of the digits may begin like the pattern."""
    return matching(digits, f"^(?:{pattern})", where)


def with_lengths(counts: npt.NDArray[np.int32], lengths: range | frozenset[int], added: int = 0) -> Flags:
    """Where a count is one of the lengths and as many more as are added."""
    found: Flags = np.isin(counts, [length + added for length in lengths])
    return found


def are_renumbered(numbers: pa.Array, codes: tuple[str, ...]) -> Flags:
    """Which of the numbers have another canonical one, or may have."""
    patterns = [f"{code}(?:{'|'.join(old_forms(code))})" for code in codes]
    return flags(pc.match_substring_regex(numbers, f"^(?:{'|'.join(patterns)})$"))
