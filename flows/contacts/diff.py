"""What to do about one variable of one contact: the whole decision is one table.

Three sides are compared: what the source says now (S), what Verboice has now (V), and the *base*, what each of them
said when they were last settled (S₀, V₀; kept by the ledger). Everything is compared as text.

    S says nothing                                    leave it     the cell is blank, and blank keeps
    S = V                                             agreed       nothing to do, whoever changed it
    no base                                           push         first run, or a contact new to the source: two-way
    S ≠ S₀, V = V₀                                    push         the clinic corrected its spreadsheet
    S = S₀, V ≠ V₀                                    drift        a caller answered, or somebody edited Verboice
    S = S₀, V = V₀  (and S ≠ V)                       drift        the same, already seen and kept in an earlier run
    S ≠ S₀, V ≠ V₀                                    conflict     both happened since the last run

Drift is kept or reverted (`on_drift`); a conflict goes to the source, to Verboice, or is held (`on_conflict`).
A conflict that went to Verboice leaves S = S₀, V = V₀ as well: with `on_conflict: verboice` such a difference stands,
also where drift is reverted, or the next run would take back what this one decided.
With `fill_only`, nothing that has a value is ever pushed over.

What Verboice has may be what another pipeline states, whose source says something else. It is no answer of a caller,
but this source has not changed either: kept like drift, so that of two sources the one that was changed last counts,
and held where drift is reverted, or the two would take turns for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.columns import Flags, flags
from flows.contacts.rules import VariableRule


class Decision(IntEnum):
    """What happens to one variable of one contact."""

    NOTHING = 0  # the source says nothing, or both agree
    PUSH = 1
    KEPT_DRIFT = 2  # changed in Verboice only, and kept
    KEPT_CONFLICT = 3  # changed on both sides, Verboice's value kept
    HELD = 4  # changed on both sides, or stated by two sources: a person decides
    KEPT_FILLED = 5  # fill_only: there is a value already


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides said when a contact's variable was last settled; `known` false where it never was."""

    known: Flags
    source: pa.Array
    remote: pa.Array


def decide(
    desired: pa.Array,
    raw: pa.Array,
    remote: pa.Array,
    rule: VariableRule,
    base: Base | None,
    *,
    stated: Flags | None = None,
) -> npt.NDArray[np.int8]:
    """Decisions for aligned columns of one variable (string, null = says nothing / absent), after the table above;
    `stated`: where another pipeline states what Verboice has."""
    differs = flags(pc.is_valid(desired)) & ~same(desired, remote)
    if raw is not desired and differs.any():
        differs &= ~same(raw, remote)  # stored with the blanks the source has around it: the same value
    decisions = np.where(differs, Decision.PUSH, Decision.NOTHING).astype(np.int8)
    if base is None or not differs.any():
        return decisions
    source_moved = ~same(desired, base.source)
    remote_moved = ~same(remote, base.remote)
    drifted = differs & base.known & ~source_moved
    conflict = differs & base.known & source_moved & remote_moved
    decisions[drifted] = Decision.PUSH if rule.on_drift == "revert" else Decision.KEPT_DRIFT
    if rule.on_drift == "revert" and stated is not None:
        decisions[drifted & stated] = Decision.HELD
    if rule.on_drift == "revert" and rule.on_conflict == "verboice":
        decisions[drifted & ~remote_moved] = Decision.KEPT_CONFLICT
    decisions[conflict] = {
        "source": Decision.PUSH,
        "verboice": Decision.KEPT_CONFLICT,
        "hold": Decision.HELD,
    }[rule.on_conflict]
    return decisions


def same(left: pa.Array, right: pa.Array) -> Flags:
    """Element-wise equality as text, where null (absent) equals null only."""
    equal = flags(pc.fill_null(pc.equal(left, right), False))
    if left.null_count and right.null_count:
        equal = equal | flags(pc.and_(pc.is_null(left), pc.is_null(right)))
    return equal
