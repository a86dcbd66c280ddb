"""Countries in which one telephone has, or had, two numbers: a mobile digit that comes and goes, an old plan and a new.

Both spellings are one person. The *canonical* number is the one in today's plan, and for Argentina, where both are in
it, the one with the mobile 9; numbers of every other country, and all that fits no row of the table, are their own.
Rows are certain mappings only, from the regulators' announcements; a number whose new form its plan does not have is
left as it is. Nobody is rung by a number that was made here: a canonical number compares, requests carry what is stored
or what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from flows.contacts.people.reading.plan import NumberingPlan, plan_of_code, split_code


@dataclass(frozen=True, slots=True)
class Change:
    """One row: nsns that match `old` became `new`; those that match `present` were `former` before.

    in_use: whether the old form still is a number of the plan as well.
    """

    code: str
    old: re.Pattern[str]
    new: str
    present: re.Pattern[str]
    former: str
    in_use: bool = False

    def renewed(self, nsn: str, plan: NumberingPlan) -> str | None:
        """The new nsn of an old one, if its plan has it."""
        found = self.old.fullmatch(nsn)
        if found is None or (plan.is_valid(nsn) and not self.in_use):
            return None
        renewed = found.expand(self.new)
        return renewed if plan.is_valid(renewed) else None


def _change(code: str, forth: tuple[str, str], back: tuple[str, str], *, in_use: bool = False) -> Change:
    """`forth` and `back`: a pattern of nsns, and what became or was made of them."""
    return Change(code, re.compile(forth[0]), forth[1], re.compile(back[0]), back[1], in_use)


def _put_before(code: str, head: str, old: str) -> Change:
    """A plan that put some digits in front of these nsns."""
    return _change(code, (f"({old})", rf"{head}\1"), (f"{head}({old})", r"\1"))


_NOTHING = (r"(?!)", "")  # back to a spelling that was never stored

_CHANGES = (
    # Argentina: mobile numbers have a 9 behind the country code when called from abroad, and a 15 at home instead.
    _change("54", (r"(\d{10})", r"9\1"), (r"9(\d{10})", r"\1"), in_use=True),
    # Brazil, 2012 to 2016: a 9 in front of mobile numbers.
    _change("55", (r"(\d\d)([689]\d{7})", r"\g<1>9\2"), (r"(\d\d)9([689]\d{7})", r"\1\2")),
    # Mexico, 2019: no 1 before mobile numbers from abroad any more, and no 01, 044 or 045 at home.
    _change("52", (r"1(\d{10})", r"\1"), (r"(\d{10})", r"1\1")),
    _change("52", (r"0(?:1|44|45)(\d{10})", r"\1"), _NOTHING),
    # Benin, 30 November 2024: 01 in front of every number.
    _put_before("229", "01", r"\d{8}"),
    # Ivory Coast, 31 January 2021: two digits of the operator, which the old number's second digit tells of a mobile
    # one and its third of a fixed one.
    _put_before("225", "01", r"(?:[04-7][0-3]|8[1-3])\d{6}"),
    _put_before("225", "05", r"[04-8][4-6]\d{6}"),
    _put_before("225", "07", r"[04-8][7-9]\d{6}"),
    _put_before("225", "21", r"2\d8\d{5}"),
    _put_before("225", "25", r"[23]\d0\d{5}"),
    _put_before("225", "27", r"(?:2\d[1-79]|3\d[1-9])\d{5}"),
    # Cameroon, 21 November 2014: 6 in front of mobile numbers, 2 in front of fixed ones.
    _put_before("237", "6", r"[5-9]\d{7}"),
    _put_before("237", "2", r"(?:22|33)\d{6}"),
    # Gabon: the 0 in front of older numbers, which is written at home, belongs to them or not.
    _change("241", (r"([2-7]\d{6})", r"0\1"), (r"0([2-7]\d{6})", r"\1"), in_use=True),
    # Colombia, 1 September 2021: 60 in front of fixed numbers.
    _put_before("57", "60", r"[124-8]\d{7}"),
)


def canonical(number: str) -> str:
    """The digits of the E.164 number by which a person is known, given any number of theirs."""
    found = split_code(number) if _may_be_renumbered(number) else None
    renewed = None if found is None else _renewed(*found)
    return number if renewed is None else renewed


def renewed(number: str) -> str | None:
    """The number in today's plan of one that is not in it any more; None where it is none of the table's."""
    new = canonical(number)
    return new if new != number else None


@lru_cache(maxsize=65536)
def aliases(key: str) -> tuple[str, ...]:
    """Other numbers of the person with this canonical number: as it may be stored, or was remembered before."""
    return tuple(dict.fromkeys(_aliases(key))) if _may_be_renumbered(key) else ()


def old_forms(code: str) -> tuple[str, ...]:
    """Patterns of the nsns that have another canonical number, or may have."""
    return tuple(change.old.pattern for change in _CHANGES if change.code == code)


CODES = tuple(dict.fromkeys(change.code for change in _CHANGES))


def _may_be_renumbered(number: str) -> bool:
    return number.startswith(CODES)


def _renewed(plan: NumberingPlan, nsn: str) -> str | None:
    for change in _CHANGES:
        if change.code == plan.code:
            new = change.renewed(nsn, plan)
            if new is not None:
                return plan.code + new
    return None


def _aliases(key: str) -> Iterator[str]:
    for change in _CHANGES:
        plan = plan_of_code(change.code)
        if plan is None or not key.startswith(change.code):
            continue
        found = change.present.fullmatch(key[len(change.code) :])
        former = None if found is None else found.expand(change.former)
        if former is not None and _renewed(plan, former) == key:
            yield change.code + former
