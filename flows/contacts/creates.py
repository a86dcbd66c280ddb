"""Contacts that do not exist yet. A wrong one cannot be deleted through the API, so near misses are never created."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.normalise import Statements
from flows.contacts.plan import Create

NEAR_DIGITS = 8  # the last digits that make two differently written numbers suspiciously alike


def near_misses(keys: pa.Array, stored: pa.Array) -> list[str | None]:
    """For each key the spelling of a stored address that is probably the same person (`+`, blanks, leading zeros,
    the same national number), or None."""
    spelling_of: dict[str, str] = {}
    for spelling in stored.to_pylist():
        near = _near_key(spelling)
        if near:
            spelling_of.setdefault(near, spelling)
    return [spelling_of.get(_near_key(key) or "") for key in keys.to_pylist()]


def _near_key(address: str | None) -> str | None:
    if address is None or "@" in address:
        return None
    digits = "".join(c for c in address if c.isdigit()).lstrip("0")
    return digits[-NEAR_DIGITS:] if len(digits) >= NEAR_DIGITS - 1 else None


def new_contacts(statements: Statements, positions: Sequence[int]) -> tuple[Create, ...]:
    """One create per position, with every variable the row says something about, also that it is empty: otherwise the
    next run would find it absent, and set it.

    Phone numbers are created as digits without a plus, the way Verboice's own importer stores and looks them up
    (API sheet 11.6, 11.7): with a plus its next import would make a second contact.
    """
    numbers = pc.take(statements.numbers, pa.array(positions, pa.int64())).to_pylist()
    return tuple(
        Create(row=number, address=_spelling(statements, position), vars=_values(statements, position))
        for number, position in zip(numbers, positions, strict=True)
    )


def _spelling(statements: Statements, position: int) -> str:
    key: str = statements.keys[position].as_py()
    text: str = statements.texts[position].as_py()
    return key if key.isdigit() else text


def _values(statements: Statements, position: int) -> dict[str, str]:
    said = {name: column[position].as_py() for name, column in statements.desired.items()}
    return {name: value for name, value in said.items() if value is not None}
