"""First guesses about an unknown spreadsheet: which variables its columns mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from flows.contacts.people.reading.header_words import words_of
from flows.contacts.people.reading.words import without_accents

How = Literal["exact", "case", "accents", "bare", "close", "part"]
"""How a header says a variable's name: just so, but for capitals, but for accents and separators, but for group and
unit; nearly; or among other words."""

_TIMES = "years year yrs yr y months month mths mth weeks week wks days day hours hour hrs minutes mins min"
_SIZES = "kg kgs g lb lbs cm mm m km ml l % °c usd khr eur mmhg bpm"
_ELSEWHERE = (
    "ans an mois jours années años meses semanas días anos dias jahre monate wochen tage tahun bulan miaka miezi"
)
_FORMATS = "dd/mm/yyyy mm/dd/yyyy yyyy-mm-dd dd-mm-yyyy dd.mm.yyyy"
_KINDS = "date datum fecha text number"  # said of a column only in brackets; elsewhere they are its name


def _one_of(*words: str) -> str:
    return "|".join(re.escape(word) for word in " ".join(words).split())


_UNITS = _one_of(_TIMES, _SIZES, _ELSEWHERE, _FORMATS)
_GROUP = re.compile(r"^(?:[^\W\d][\w-]*[/.:]\s*)+(?=[^\W\d])")  # group_respondent/Age, form.case.age, Q1:Age
_POINT = re.compile(r"^q?\d+[a-z]?\s*[.):]\s*(?=[^\W\d])", re.IGNORECASE)  # 3. Age
_BRACKETS = rf"\s*[(\[]\s*(?:in\s+)?(?:{_UNITS}|{_one_of(_KINDS)})\s*[)\]]"
_UNIT = re.compile(rf"(?:{_BRACKETS}|(?:[\s_]+(?:in|en|em)[\s_]+|\s*,\s*|_)(?:{_UNITS}))$", re.IGNORECASE)
_ENDING = re.compile(r"[\s*:?]+$")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One column and the variable it most likely holds."""

    column: str
    variable: str
    how: How

    @property
    def is_sure(self) -> bool:
        """Whether a person need not confirm it."""
        return self.how not in ("close", "part")


def bare_name(header: str) -> str:
    """A header without the group it stands in, the number of its question and its unit: `group_a/Age (yrs)` is Age."""
    name = header.strip()
    for pattern in (_ENDING, _UNIT, _ENDING, _GROUP, _POINT):
        name = pattern.sub("", name) or name
    return name


def map_columns(columns: Sequence[str], variables: Sequence[str]) -> list[Mapped]:
    """For each variable at most one column: of the same name, then but for capitals, then but for accents and
    separators, then but for group and unit, then the closest spelling, then one that has the name among other words."""
    mapped: list[Mapped] = []
    for how, matching in _MATCHES.items():
        taken = {one.column for one in mapped}
        known = {one.variable for one in mapped}
        free = [column for column in columns if column not in taken]
        for variable in (variable for variable in variables if variable not in known):
            column = matching(variable, free)
            if column is not None:
                free.remove(column)
                mapped.append(Mapped(column, variable, how))
    order = {column: position for position, column in enumerate(columns)}
    return sorted(mapped, key=lambda one: order[one.column])


def proposed_names(columns: Sequence[str]) -> list[Mapped]:
    """Where nobody knows the variables: each column with the name inside its header, unless another has it too."""
    bare = [bare_name(column) for column in columns]
    return [
        Mapped(column, name if bare.count(name) == 1 else column, "exact")
        for column, name in zip(columns, bare, strict=True)
    ]


def _alike(fold: Callable[[str], str], variable: str, columns: Sequence[str]) -> str | None:
    """The first column that is the variable once both are folded."""
    return next((column for column in columns if fold(column) == fold(variable)), None)


def _bare(variable: str, columns: Sequence[str]) -> str | None:
    """The only column that is the variable but for group and unit; of two of them neither is sure."""
    found = [column for column in columns if _plain(bare_name(column)) == _plain(variable)]
    return found[0] if len(found) == 1 else None


def _close(variable: str, columns: Sequence[str]) -> str | None:
    folded = {_plain(bare_name(column)): column for column in reversed(columns)}
    near = difflib.get_close_matches(_plain(variable), folded, cutoff=0.75)
    return folded[near[0]] if near else None


def _part(variable: str, columns: Sequence[str]) -> str | None:
    """The column with the fewest words beside the variable's own, which stand together in it."""
    wanted = f" {' '.join(words_of(variable))} "
    found = [column for column in columns if wanted in f" {' '.join(words_of(column))} "]
    return min(found, key=lambda column: len(words_of(column)), default=None) if wanted.strip() else None


def _plain(text: str) -> str:
    """The text without accents, capitals and separators: `Fecha_Próxima` and `fecha proxima` are alike."""
    return re.sub(r"[\s_\-.]+", " ", without_accents(text)).strip()


_MATCHES: dict[How, Callable[[str, Sequence[str]], str | None]] = {
    "exact": partial(_alike, str),
    "case": partial(_alike, str.casefold),
    "accents": partial(_alike, _plain),
    "bare": _bare,
    "close": _close,
    "part": _part,
}
