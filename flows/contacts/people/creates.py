"""Contacts that do not exist yet. A wrong one cannot be deleted through the API, so near misses are never created."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.normalise import Statements
from flows.contacts.plan import Create

NEAR_DIGITS = 8  # the last digits that make two differently written numbers suspiciously alike
NATIONAL = 7  # digits of the shortest national numbers: such a one may stand at the end of an international one


def near_misses(keys: pa.Array, stored: pa.Array) -> list[str | None]:
    """For each key the spelling of a stored address that is probably the same person (`+`, blanks, leading zeros,
    the same national number), or None."""
    wanted = [_digits(key) for key in keys.to_pylist()]
    has_short = any(len(digits) == NATIONAL for digits in wanted)
    spelling_of: dict[str, str] = {}
    for spelling in stored.to_pylist():
        for end in _ends(_digits(spelling), has_short=has_short):
            spelling_of.setdefault(end, spelling)
    return [_spelled_alike(digits, spelling_of) for digits in wanted]


def _digits(address: str | None) -> str:
    """The digits without leading zeros; "" for what is no phone number."""
    if address is None or "@" in address:
        return ""
    digits = "".join(c for c in address if c.isdigit()).lstrip("0")
    return "" if len(digits) < NATIONAL and any(map(str.isalpha, address)) else digits


def _ends(digits: str, *, has_short: bool) -> tuple[str, ...]:
    """Under which last digits a stored number is found; under its last seven only by national numbers of just seven."""
    if len(digits) < NEAR_DIGITS:
        return (digits,) if digits else ()
    eight = digits[-NEAR_DIGITS:]
    return (eight, f"…{digits[-NATIONAL:]}") if has_short else (eight,)


def _spelled_alike(digits: str, spelling_of: Mapping[str, str]) -> str | None:
    if len(digits) < NEAR_DIGITS:
        return spelling_of.get(digits) or spelling_of.get(f"…{digits}")
    return spelling_of.get(digits[-NEAR_DIGITS:]) or spelling_of.get(digits[-NATIONAL:])


def new_contacts(statements: Statements, positions: Sequence[int]) -> tuple[Create, ...]:
    """One create per position, with every variable the row says something about, also that it is empty: otherwise the
    next run would find it absent, and set it.

    Phone numbers are created as digits without a plus, the way Verboice's own importer stores and looks them up
    (API sheet 11.6, 11.7): with a plus its next import would make a second contact.
    """
    columns = (statements.numbers, statements.addresses.numbers)
    rows, spellings = (pc.take(column, pa.array(positions, pa.int64())).to_pylist() for column in columns)
    return tuple(
        Create(row=row, address=spelling, vars=_values(statements, position))
        for row, spelling, position in zip(rows, spellings, positions, strict=True)
    )


def _values(statements: Statements, position: int) -> dict[str, str]:
    said = {name: column[position].as_py() for name, column in statements.desired.items()}
    return {name: value for name, value in said.items() if value is not None}
