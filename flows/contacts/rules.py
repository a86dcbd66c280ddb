"""What the pipeline file says about contacts, as plain values for the pure rooms."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from flows.contacts.people.reading.number import STRICT, AddressRules

Blank = Literal["keep", "clear"]
OnConflict = Literal["source", "verboice", "hold"]
OnDrift = Literal["keep", "revert"]
Missing = Literal["report", "create"]

# Variables every project has without listing them; the API answers "No such variable" for both (API sheet 2.5).
IMPLICIT_VARIABLES = frozenset({"language", "sms_number"})

# How these rules are understood. Empty is version 1, as the first ledgers have it in their digests; {"version": 2} and
# so on where the same rules come to mean something else: everything is read and compared with Verboice once more then.
MEANING_VERSION: Mapping[str, int] = {}
_MEANT_FROM_THE_FIRST = ("address", "variables", "region", "clear_marker", "missing")
_MEANT_OF_A_VARIABLE = ("name", "column", "constant", "blank", "on_conflict", "on_drift")
_WITHOUT_MEANING = frozenset({"fill_only"})

_UNSEEN = "No contact of this shared project has a variable of this name (capitals, blanks and accents count)."


@dataclass(frozen=True, slots=True)
class VariableRule:
    """Where one Verboice variable gets its value: a column of the source, or a constant; and its policies."""

    name: str
    column: str | None = None
    constant: str | None = None
    blank: Blank = "keep"
    on_conflict: OnConflict = "source"
    on_drift: OnDrift = "keep"


@dataclass(frozen=True, slots=True)
class ContactRules:
    """How rows become contacts. `addresses`: what a number that Verboice does not have must be; `blanks` are texts that
    count as an empty cell; `fill_only` never replaces a value that is there, not even an empty one."""

    address: str
    variables: tuple[VariableRule, ...]
    region: str | None = None
    blanks: tuple[str, ...] = ()
    clear_marker: str = "--"
    missing: Missing = "report"
    fill_only: bool = False
    addresses: AddressRules = STRICT

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.variables)

    @property
    def silent(self) -> tuple[str, ...]:
        """Texts that are no values: those that count as an empty cell, and the one that clears."""
        return (*self.blanks, self.clear_marker)

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns that matter, the address first."""
        wanted = (self.address, *(rule.column for rule in self.variables if rule.column is not None))
        return tuple(dict.fromkeys(wanted))


def meaning(rules: ContactRules) -> Mapping[str, object]:
    """What decides what a row says, for digests that outlive this version of the program.

    The rules of version 1 are listed and always part of it. One that came later is part of it only where it is not at
    its default, so that a new rule leaves the digests of everybody who does not use it as they are; in return its
    default never changes under the same MEANING_VERSION.
    """
    variables = [_meant(rule, _MEANT_OF_A_VARIABLE) for rule in rules.variables]
    return _meant(rules, _MEANT_FROM_THE_FIRST) | {"variables": variables, **MEANING_VERSION}


def _meant(rule: ContactRules | VariableRule, always: Collection[str]) -> dict[str, object]:
    values = {each.name: (getattr(rule, each.name), each.default) for each in fields(rule)}
    return {
        name: value
        for name, (value, default) in values.items()
        if name in always or (value != default and name not in _WITHOUT_MEANING)
    }


@dataclass(frozen=True, slots=True)
class NameProblem:
    """A variable name that can never be written, with the reason and the nearest name that could."""

    name: str
    reason: str
    candidates: tuple[str, ...] = field(default=())


def judge_names(names: Iterable[str], known: Iterable[str] | None) -> list[NameProblem]:
    """The names that Verboice would refuse or misunderstand, found before the first request.

    `known` are the project's own variables, or None where they cannot be listed. Names match exactly: case, blanks and
    accents count (API sheet 5.2). Brackets would be read as nesting and overwrite another variable (5.12).
    """
    listed = None if known is None else tuple(known)
    problems = []
    for name in names:
        if "[" in name or "]" in name:
            problems.append(NameProblem(name, "Names with brackets cannot be written through Verboice's API."))
        elif not name.strip():
            problems.append(NameProblem(name, "A variable needs a name."))
        elif listed is not None and name not in listed:
            problems.append(NameProblem(name, _unknown(name), _near(name, listed)))
        elif listed is None and name in IMPLICIT_VARIABLES:
            problems.append(NameProblem(name, _unknown(name)))
    return problems


def judge_unseen(names: Iterable[str], seen: Iterable[str]) -> list[NameProblem]:
    """Names that no contact of a shared project has, and that look like one that some contact has.

    A shared project's variables cannot be listed (API sheet 1.23), so a name that resembles none may well be right.
    """
    among = tuple(seen)
    near = {name: _near(name, among) for name in names}
    return [NameProblem(name, _UNSEEN, candidates) for name, candidates in near.items() if candidates]


def _unknown(name: str) -> str:
    if name in IMPLICIT_VARIABLES:
        return "Verboice keeps this variable itself; its API cannot write it."
    return "The project has no variable of this name (capitals, blanks and accents count)."


def _near(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    folded = {candidate.casefold().strip(): candidate for candidate in known}
    return tuple(folded[match] for match in difflib.get_close_matches(name.casefold().strip(), folded, cutoff=0.7))
