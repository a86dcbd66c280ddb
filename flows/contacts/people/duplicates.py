"""Rows that name one contact: equal ones share an outcome, contradicting ones cancel each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.columns import Flags, Positions, take
from flows.contacts.normalise import Statements


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by the contact they name.

    group: a number per row, equal for rows that name one contact (by the same or another of its addresses);
        -1 = names none.
    contradicting: rows whose group says different things about one variable.
    """

    group: Positions
    contradicting: Flags


def group_rows(statements: Statements, contact: Positions, remote_count: int) -> Groups:
    """Groups by matched contact, and by address key where no contact matched."""
    group = contact.copy()
    alone = np.flatnonzero(contact < 0)
    codes = pc.fill_null(pc.dictionary_encode(take(statements.keys, alone)).indices, -1).to_numpy()
    group[alone] = np.where(codes >= 0, remote_count + codes, -1)
    return Groups(group, _contradicting(group, statements))


def _contradicting(group: Positions, statements: Statements) -> Flags:
    """Each different pair of group and statement is counted once: a group with several pairs contradicts itself."""
    clashing = np.zeros(len(group), dtype=np.bool_)
    shared = np.flatnonzero(_is_shared(group))
    if not len(shared):
        return clashing
    for column in statements.desired.values():
        encoded = pc.dictionary_encode(take(column, shared))
        # A blank that keeps is a statement of its own here: whether the rows could be merged is for a person to say.
        said = pc.fill_null(encoded.indices, -1).to_numpy() + 1
        kinds = len(encoded.dictionary) + 1
        groups = np.unique(group[shared] * kinds + said) // kinds
        clashing[shared] |= np.isin(group[shared], groups[:-1][groups[1:] == groups[:-1]])
    return clashing


def _is_shared(group: Positions) -> Flags:
    """Rows that are not alone in their group."""
    counts = np.bincount(group + 1)
    shared: Flags = (group >= 0) & (counts[group + 1] > 1)
    return shared


def leaders(group: Positions, usable: Flags) -> Positions:
    """For each usable row the position of the first usable row of its group; for the others themselves."""
    leader = np.arange(len(group))
    eligible = np.flatnonzero(usable & (group >= 0))
    first = np.empty(int(group.max(initial=-1)) + 1, dtype=np.int64)
    first[group[eligible[::-1]]] = eligible[::-1]  # the earliest row is written last and stays
    leader[eligible] = first[group[eligible]]
    return leader


def contradictions(groups: Groups, statements: Statements, columns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Each contradicting row's position, and what is told about it. `columns` are the source's, by variable."""
    members: dict[int, list[int]] = {}
    for position in np.flatnonzero(groups.contradicting).tolist():
        members.setdefault(int(groups.group[position]), []).append(position)
    numbers = statements.numbers.to_numpy()
    for group in members.values():
        names = ", ".join(columns[name] for name in _differing(statements, group))
        for position in group:
            others = [int(numbers[other]) for other in group if other != position]
            told = f"{_rows(others)} the same contact with different values ({names}). "
            yield position, told + "None of them was applied; keep one."


def _differing(statements: Statements, positions: Sequence[int]) -> list[str]:
    """Names of the variables on which the rows at these positions disagree."""
    return [
        name for name, column in statements.desired.items() if len(pc.unique(pc.take(column, pa.array(positions)))) > 1
    ]


def _rows(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number) for number in numbers[:10]) + (" and others" if len(numbers) > 10 else "")
    return f"Row {listed} names" if len(numbers) == 1 else f"Rows {listed} name"
