"""A push cut into parts that several workers send. What may be sent by whom is settled in the ledger alone.

The run that made the plan holds the pipeline's lease and records every request; a part is a range of their numbers, so
no contact is in two parts. Parts are fenced by the run's own lease: once another run has taken over, they stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from connectors.errors import CouldNotBeDone
from connectors.ledger.values import Lease, WriteState
from connectors.ledger.writes import OPEN
from flows import wiring
from flows.contacts.plan import Plan
from flows.runs.contacts import memory
from flows.runs.contacts.deliver import Delivery, RowResults, Singles, probes_first
from flows.runs.contacts.journal import Errands, PushJournal, recorded_singles
from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.prepared import Prepared
from flows.runs.contacts.reread import Rereading
from flows.runs.contacts.resume import recorded_results
from flows.runs.contacts.run import send_contacts
from flows.runs.contacts.write import Write
from flows.runs.execution import Silence
from flows.runs.folder import RunFolder, home_folder
from flows.runs.kinds import SYNC
from flows.runs.lease import HeldLease, holding
from flows.runs.run import Ended, Run
from flows.runs.stopping import interrupted, is_called_off, stopping
from flows.settings import load_pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

FEWEST = 200  # requests of a part: a worker takes seconds to begin


@dataclass(frozen=True, slots=True)
class Piece:
    """The requests `first` up to but not `end` of a run."""

    run_id: str
    project_id: int
    first: int
    end: int

    @property
    def lease(self) -> str:
        """The lease of whoever sends this part."""
        return f"part:{self.run_id}:{self.first}"

    def open_writes(self, ledger: Ledger) -> int:
        """How many of its requests are not settled."""
        seqs = ledger.writes(self.run_id, OPEN)["seq"].to_pylist()
        return sum(self.first <= seq < self.end for seq in seqs)


HandOut = Callable[[Sequence[Piece]], None]


def cut(errands: Errands, *, run_id: str, project_id: int, parts: int) -> list[Piece]:
    """Parts of about equal size, fewer than asked for where they would be too small to be worth a worker."""
    first, count = (errands.singles[0].seq, len(errands.singles)) if errands.singles else (0, 0)
    number = max(1, min(parts, count // FEWEST))
    bounds = [first + count * part // number for part in range(number + 1)]
    return [Piece(run_id, project_id, low, high) for low, high in pairwise(bounds)]


def send_by_fleet(run: Run, *, hand_out: HandOut, parts: int) -> Ended[Plan]:
    """As a sync, but the parts of the push are sent by others; `hand_out` returns when they are settled or given up.

    A plan that is small, or is one request for everybody, is sent here.
    """
    return send_contacts(run, prepare, delivering=Fleet(hand_out, parts).deliver)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Who sends parts, and into how many a push is cut at most."""

    hand_out: HandOut
    parts: int

    def deliver(self, run: Run, prepared: Prepared, journal: PushJournal) -> RowResults:
        """Record every request of the plan, prove here what is unproven, and have the rest sent in parts."""
        plan = prepared.plan
        errands = Errands.of(plan, read_at=prepared.read_at, unproven=prepared.unproven)
        journal.intend(errands.singles, errands.everyone)
        delivery = Delivery(run, journal, plan, prepared.remote)
        pieces = cut(errands, run_id=run.run_id, project_id=plan.project_id, parts=self.parts)
        if errands.everyone is not None or len(pieces) < 2:
            return delivery.send(errands)
        proved = _proved(delivery, errands)
        if proved.stopped is not None:
            return proved
        run.progress.begin(f"Changing contacts in {len(pieces)} parts", len(errands.singles))
        self.hand_out(pieces)
        return RowResults(recorded_results(run, plan), interrupted(run) if is_called_off(run) else _left(run))


def _proved(delivery: Delivery, errands: Errands) -> RowResults:
    """Send the requests that show whether Verboice knows the unproven variables, before anybody else sends anything."""
    writes, probes = probes_first(errands.singles, errands.unproven)
    return delivery.send(replace(errands, singles=tuple(writes[:probes])))


def _left(run: Run) -> CouldNotBeDone | None:
    begun = run.ledger.count_writes(run.run_id)
    left = begun["planned"] + begun["sending"]
    if not left:
        return None
    return CouldNotBeDone(
        f"{left:,} requests could not be sent by the workers.",
        hint=f"Go on here with `verboice-sync resume {run.run_id}`.",
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A part's own lease, and the pace that all workers share."""

    lease: HeldLease
    pace: Callable[[int], None]


class PartJournal(PushJournal):
    """As a push's journal, fenced by the lease of the part as well as by that of its run.

    `pace` is asked before each group of requests, for a limit that all workers share.
    """

    def __init__(self, run: Run, fence: Lease, piece: Piece, part: Held) -> None:
        scope = run.scope(piece.project_id)
        super().__init__(run, HeldLease(fence), scope=scope)
        self._part = part

    def sending(self, seqs: Sequence[int]) -> None:
        if self._part.lease.lost is not None:
            raise self._part.lease.lost
        self._part.pace(len(seqs))
        super().sending(seqs)


def push_part(typed: str, piece: Piece, pace: Callable[[int], None]) -> int:
    """Send a part; how many of its requests are still open. Started once more after a crash, it reads the contacts
    whose requests were under way again, and sends nothing twice.

    Raises CouldNotBeDone if the run to which it belongs is over, or another worker is at this part.
    """
    pipeline = load_pipeline(typed)
    with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger, wiring.open_client(pipeline) as client:
        fence = _fence(ledger, memory.right(pipeline.name), piece)
        run = Run(
            run_id=piece.run_id,
            kind=SYNC.name,
            pipeline=pipeline,
            folder=RunFolder.of(home_folder(pipeline.folder), piece.run_id),
            ledger=ledger,
            source=wiring.open_source(pipeline),
            client=client,
            progress=Silence(),
            started_at=_started(ledger, piece),
        )
        told = "Another worker sends this part"
        with holding(ledger, piece.lease, run_id=piece.run_id, told=told) as held:
            _send(run, piece, PartJournal(run, fence, piece, Held(held, pace)))
        return piece.open_writes(ledger)


def _started(ledger: Ledger, piece: Piece) -> datetime:
    """When the run began to which the part belongs; what it knows of contacts is no older."""
    record = ledger.run(piece.run_id)
    return datetime.now(UTC) if record is None else record.started_at


def _fence(ledger: Ledger, name: str, piece: Piece) -> Lease:
    lease, run = ledger.lease(name), ledger.run(piece.run_id)
    if lease is None or lease.run_id != piece.run_id or (run is not None and run.status != "running"):
        told = f"The run {piece.run_id} is over; nothing of it may be sent any more."
        raise CouldNotBeDone(told, hint="Start a new one.")
    return lease


def _send(run: Run, piece: Piece, journal: PartJournal) -> None:
    def mine(*states: WriteState) -> list[Write]:
        return [write for write in recorded_singles(run, states) if piece.first <= write.seq < piece.end]

    under_way = Rereading(run, piece.project_id).sift(mine("sending", "uncertain"), was_sent=True)
    journal.settle_known(under_way.known)
    todo = sorted((*under_way.send, *mine("planned")), key=lambda write: write.seq)
    # The run has proved its variables before it handed anything out; what it knows of contacts is no older than itself.
    errands = Errands(tuple(todo), None, read_at=run.started_at, unproven=frozenset())
    results = RowResults()
    with stopping(run) as stop:
        Singles(run, journal, piece.project_id).send(errands, results, stop)
        if results.stopped is None and stop.is_set():
            results.stopped = interrupted(run)
    if results.stopped is not None:
        raise results.stopped
