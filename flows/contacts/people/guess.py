"""First guesses about an unknown spreadsheet: which variables its columns mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flows.contacts.people.reading.words import without_accents

How = Literal["exact", "case", "accents", "close"]


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column and the variable it most likely holds; `close` ones are for a person to confirm."""

    column: str
    variable: str
    how: How


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
    return re.sub(r"[\s_\-.]+", " ", without_accents(text)).strip()
