"""What a run over contacts has prepared before anything is sent: a judged plan, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from connectors.errors import RefusedByGuard
from connectors.ledger.values import SavedPlan
from connectors.values import RemoteContacts, Rows
from flows.contacts.guard import Violation
from flows.contacts.plan import Plan
from flows.contacts.trust import Contents


@dataclass(frozen=True, slots=True)
class FromSource:
    """The plan was made from the source's rows, of which the ledger remembers what arrived.

    rows: how many the source has in all, None where only changed ones were read. contents: what to remember of the
    selected ones. is_full: whether all rows of the source were compared.
    """

    rows: int | None
    contents: Contents
    is_full: bool


@dataclass(frozen=True, slots=True)
class FromFile:
    """The plan was saved before: the file's own content, the one use it has, and why it cannot be used as it is."""

    content: bytes
    use: SavedPlan
    refusal: RefusedByGuard | None = None


@dataclass(frozen=True, slots=True)
class FromServer:
    """The plan was made from what Verboice and the ledger say alone (set-all, undo): the source has no part in it."""


@dataclass(frozen=True, slots=True)
class GoneOnWith:
    """The run was cut off after this plan was released, so its files are kept and what it saw is remembered already.

    is_overtaken: whether another run may have settled rows meanwhile.
    """

    is_overtaken: bool


Origin = FromSource | FromFile | FromServer | GoneOnWith


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything known before anything is sent.

    rows: the rows the plan's outcomes are about, in the same order. remote: the contacts as they were read for it, and
    read_at: when reading them began. base: what the ledger knew of earlier values
    (`connectors.ledger.values.VALUES`). unproven: variables of a shared project that nothing shows to exist.
    notes: what to tell beside the plan, a sentence each.
    """

    rows: Rows
    plan: Plan
    violations: tuple[Violation, ...]
    remote: RemoteContacts
    read_at: datetime
    base: pa.Table
    unproven: frozenset[str]
    notes: tuple[str, ...]
    origin: Origin
