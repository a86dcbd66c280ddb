"""One request that changes one contact, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from connectors.values import Contact
from connectors.verboice.errors import RowFault, StoredDifferently

SentState = Literal["done", "failed", "uncertain", "unsent"]

CONFIRMED = "The answer was lost; read back and confirmed."
GONE = "The contact is gone from Verboice."
MOVED = "Somebody else changed this contact at the same time; nothing was sent again."


@dataclass(frozen=True, slots=True)
class Write:
    """One request that changes one contact. `before` and `after` have the same variables; `before` None = absent."""

    seq: int
    kind: Literal["put", "post"]
    row: int
    address: str
    after: Mapping[str, str]
    before: Mapping[str, str | None] = field(default_factory=dict)
    contact_id: int | None = None

    def is_shown_by(self, contact: Contact) -> bool:
        """Whether the contact has every value that the request gives it."""
        return all(contact.vars.get(name) == value for name, value in self.after.items())


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of a write. `unsent` = provably not carried out, and may be sent by a later run.

    stored: the variables that Verboice has now; None = all of them if `done`, otherwise none. altered: values that it
    keeps in the place of those sent (cut, or characters lost).
    """

    seq: int
    state: SentState
    reason: str = ""
    contact_id: int | None = None
    stored: frozenset[str] | None = None
    altered: Mapping[str, str] = field(default_factory=dict)


def altered_by(fault: RowFault) -> Mapping[str, str]:
    """What Verboice has stored instead of what was sent, without nulls."""
    if not isinstance(fault, StoredDifferently):
        return {}
    kept = {fault.name: fault.stored} | {name: stored for name, (_, stored) in fault.others.items()}
    return {name: value for name, value in kept.items() if value is not None}


def compared(write: Write, contact: Contact | None) -> WriteOutcome | None:
    """What a contact that was read again says of a write; None while it still looks as before."""
    if contact is None:
        if write.kind == "post":
            return None
        return WriteOutcome(write.seq, "failed", GONE)
    if write.is_shown_by(contact):
        return WriteOutcome(write.seq, "done", CONFIRMED, contact.id)
    if all(contact.vars.get(name) in (write.before.get(name), value) for name, value in write.after.items()):
        return None
    return WriteOutcome(write.seq, "failed", MOVED)
