"""A run as a value: what was asked for, what it works with, what it prepared, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

import pyarrow as pa

from connectors.errors import RefusedByGuard, VerboiceSyncError
from connectors.ledger.values import SavedPlan
from connectors.values import RemoteContacts, Rows
from flows import wiring
from flows.contacts.guard import Violation
from flows.contacts.plan import Plan
from flows.contacts.trust import Contents
from flows.reports.report import Report
from flows.runs.contacts.push import Patience
from flows.runs.folder import RunFolder
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

T = TypeVar("T")


class Step(Protocol):
    """How one named step is carried out: by a plain call, or as a Prefect task."""

    def __call__(self, name: str, work: Callable[[], T], /) -> T: ...


class Progress(Protocol):
    """Shows how far a step is. `total` None = unknown."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for beside the pipeline.

    guarded: False = no limit on the size of changes (backfill); empty and halved sides still trip.
    after_row: only rows below this one of the source (a backfill that goes on).
    given: what else the command was given: the plan's file, the run to undo, NAME=VALUE.
    again: why people are called although they have been. dry_run: everything but sending (calls).
    dropped: the rows come from a file dropped into the inbox, whose size says nothing about the next one's.
    """

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    fill_only: bool = False
    guarded: bool = True
    after_row: int | None = None
    given: tuple[str, ...] = ()
    again: str = ""
    dry_run: bool = False
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what it works with. `clock` gives aware UTC times; `patience` is how lost answers are waited for."""

    run_id: str
    kind: str
    pipeline: Pipeline
    folder: RunFolder
    ledger: Ledger
    source: wiring.Source
    progress: Progress
    started_at: datetime
    options: Options = Options()
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything known before anything is sent.

    rows: the rows the plan's outcomes are about, in the same order. source_rows: how many rows the source has in all,
    None where no source was read. remote: the contacts the plan was made from. read_at: when reading them began, None =
    just now. base: what the ledger knew of earlier values (`connectors.ledger.values.VALUES`). notes: what to tell
    beside the plan, a sentence each.
    contents: what is remembered of the rows, None where they are not the source's. is_full: whether all rows of the
    source were compared.
    unproven: variables of a shared project that nothing shows to exist.
    refusal: why the plan cannot be used as it is. file and claim: of a plan that was saved before, its own content and
    the one use it has.
    """

    rows: Rows
    plan: Plan
    violations: tuple[Violation, ...]
    remote: RemoteContacts
    base: pa.Table
    read_at: datetime | None = None
    source_rows: int | None = None
    notes: tuple[str, ...] = ()
    contents: Contents | None = None
    is_full: bool = False
    unproven: frozenset[str] = frozenset()
    refusal: RefusedByGuard | None = None
    file: bytes | None = None
    claim: SavedPlan | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its report, what to tell beside it, and the error that stopped it, if any."""

    report: Report
    plan: Plan
    error: VerboiceSyncError | None = None
    notes: tuple[str, ...] = ()


def direct(_name: str, work: Callable[[], T]) -> T:
    """A step carried out by a plain call."""
    return work()
