"""A run as a value: what was asked for, what it works with, what it prepared, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from connectors.errors import VerboiceSyncError
from connectors.ledger.values import RunStatus, Scope
from flows.opening import Source
from flows.reports.report import Report
from flows.runs.clock import now
from flows.runs.folder import RunFolder
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.verboice.client import VerboiceClient

T = TypeVar("T")

OVER: frozenset[RunStatus] = frozenset({"succeeded", "partial", "refused"})
"""How a run stands that came to its end."""

UNFINISHED: frozenset[RunStatus] = frozenset({"running", "interrupted", "failed"})
"""How a run stands that was cut off, or stopped by an error; also one that is still at work."""

Tell = Callable[[str], None]  # is given one line for whoever watches


def silent(_line: str) -> None:
    """For runs that nobody watches."""


def never() -> bool:
    """For runs that nobody can cancel but by a signal or through the ledger."""
    return False


class Step(Protocol):
    """How one named step is carried out: by a plain call, or as a Prefect task."""

    def __call__(self, name: str, work: Callable[[], T], /) -> T: ...


def direct(_name: str, work: Callable[[], T]) -> T:
    """A step carried out by a plain call."""
    return work()


class Progress(Protocol):
    """Shows how far a step is. `total` None = unknown. `pause`: for so many seconds at most nothing goes on, and why;
    it may be told from any thread."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...
    def pause(self, why: str, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a lost answer is waited for: seconds before each re-reading, and how often a request is sent at most."""

    waits: tuple[float, ...] = (0.3, 1.0, 3.0)
    sends: int = 3


class AnyPlan(Protocol):
    """What a run may send: a plan of changes, or a batch of calls. `size`: how many changes, or calls, it holds."""

    @property
    def checksum(self) -> str: ...
    @property
    def is_empty(self) -> bool: ...
    @property
    def size(self) -> int: ...
    @property
    def project_id(self) -> int: ...
    @property
    def project_name(self) -> str: ...


P_co = TypeVar("P_co", bound=AnyPlan, covariant=True)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for beside the pipeline.

    approve: the checksum of the plan that may be sent, and approver: who said so, as far as that can be known.
    guarded: False = no limit on the size of changes (backfill); empty and halved sides still trip.
    after_row: only rows below this one of the source (a backfill that goes on).
    plan_file: the saved plan (apply). undone: the run whose changes are taken back, and hold: they are then kept
        from the source. values: NAME=VALUE (set-all).
    retry: the run whose calls are tried again. again: why people are called although they have been. lost_past: why
        they are although calls were made that the ledger does not know. dry_run: everything but sending (calls).
    dropped: the rows come from a file dropped into the inbox, whose size says nothing about the next one's.
    """

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    approver: str = ""
    fill_only: bool = False
    guarded: bool = True
    after_row: int | None = None
    plan_file: str | None = None
    undone: str | None = None
    hold: bool = False
    values: tuple[str, ...] = ()
    again: str = ""
    lost_past: str = ""
    retry: str = ""
    dry_run: bool = False
    dropped: bool = False

    def as_dict(self) -> dict[str, object]:
        """As a run's record keeps them; `flows.runs.reopen.options_of` reads them."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what it works with.

    client: of the account the pipeline names, closed by whoever opened the run. step: how each named step is carried
    out. is_cancelled: whether whoever carries the run out has been asked to stop it; any thread asks, every second.
    is_resumed: it was cut off and goes on. requests_before: what was sent for it before, by kind, as far as is known.
    meant_at: the moment that a schedule meant by it, if one did.
    clock: gives aware UTC times. patience: how lost answers are waited for.
    """

    run_id: str
    kind: str
    pipeline: Pipeline
    folder: RunFolder
    ledger: Ledger
    source: Source
    client: VerboiceClient
    progress: Progress
    started_at: datetime
    options: Options = Options()
    step: Step = direct
    is_cancelled: Callable[[], bool] = never
    is_resumed: bool = False
    requests_before: Mapping[str, int] = field(default_factory=dict)
    meant_at: datetime | None = None
    clock: Callable[[], datetime] = field(default=now)
    patience: Patience = field(default_factory=Patience)

    @property
    def requests(self) -> dict[str, int]:
        """The run's requests so far, by kind."""
        return {kind: count + self.requests_before.get(kind, 0) for kind, count in self.client.tally.as_dict().items()}

    def scope(self, project_id: int) -> Scope:
        """What the pipeline remembers belongs to one server and project."""
        return Scope(self.pipeline.verboice.url, project_id, self.pipeline.name)


@dataclass(frozen=True, slots=True)
class Ended(Generic[P_co]):
    """How a run ended: its report, its plan or batch, the error that stopped it, if any, and what to tell beside it."""

    report: Report
    plan: P_co
    error: VerboiceSyncError | None = None
    notes: tuple[str, ...] = ()
