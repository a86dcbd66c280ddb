"""Carries out the requests of a plan: first the one for everybody, then single ones; and what became of each row."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.values import RemoteContacts
from connectors.verboice.errors import VerboiceFault
from flows.contacts.outcome import RowResult
from flows.contacts.plan import Plan
from flows.runs.contacts import memory
from flows.runs.contacts.everyone import BulkPush, Verdict, newcomers
from flows.runs.contacts.journal import Errands, Everyone, PushJournal
from flows.runs.contacts.push import Lane, Push
from flows.runs.contacts.reread import Rereading
from flows.runs.contacts.write import Write, WriteOutcome
from flows.runs.signals import stopped_by_signal

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient
    from flows.runs.run import Run

MOST_WORKERS = 32  # threads of a push whose concurrency is `auto`
SLICE = 500  # contacts, at first; later slices are as large as what was sent in so many seconds:
SLICE_SECONDS = 5.0
FRESH = 60.0  # seconds; values read longer ago are read again, because a caller may have answered meanwhile


@dataclass(slots=True)
class Delivered:
    """What became of each row that acted, what stopped the push early, and what to tell beside it."""

    results: dict[int, RowResult] = field(default_factory=dict)
    stopped: VerboiceSyncError | None = None
    notes: tuple[str, ...] = ()

    def add(self, write: Write, outcome: WriteOutcome) -> None:
        """One request's outcome, together with others of the same row."""
        stored = frozenset(write.after) if outcome.state == "done" else outcome.stored
        self.add_result(write.row, RowResult(outcome.state, outcome.reason, outcome.contact_id, stored))

    def add_result(self, row: int, result: RowResult) -> None:
        """What became of one row, together with what is known of it already."""
        known = self.results.get(row)
        self.results[row] = result if known is None else known.and_also(result)


@dataclass(frozen=True, slots=True)
class Singles:
    """Sends requests for single contacts, in slices: contacts whose values were read a while ago (`read_at`) are read
    again before they are written to.

    unproven: variables that may not exist; one request with each is answered before all others are sent.
    """

    run: Run
    client: VerboiceClient
    journal: PushJournal
    project_id: int
    read_at: datetime
    unproven: frozenset[str] = frozenset()

    def send(self, writes: Sequence[Write], told: Delivered, stop: threading.Event) -> None:
        """Send them until all are settled, something stops the run, or `stop` is set."""
        if not writes or told.stopped is not None:
            return
        self.run.progress.begin("Changing contacts", len(writes))
        concurrency = self.run.pipeline.verboice.concurrency
        workers = MOST_WORKERS if concurrency == "auto" else concurrency
        lane = Lane(self.project_id, workers=workers, patience=self.run.patience)
        writes, probes = probes_first(writes, self.unproven)
        start, size = 0, probes or SLICE
        while start < len(writes) and told.stopped is None and not stop.is_set():
            try:
                piece = self._still_wanted(writes[start : start + size], told)
            except VerboiceFault as fault:  # nothing of this slice was sent
                told.stopped = fault
                return

            def advance(done: int, before: int = start) -> None:
                self.run.progress.advance(before + done)

            began = time.monotonic()
            width = replace(lane, workers=1) if start < probes else lane
            pushed = Push(self.client, self.journal, width, stop=stop, progress=advance).run(piece)
            by_seq = {write.seq: write for write in piece}
            for outcome in pushed.outcomes:
                told.add(by_seq[outcome.seq], outcome)
            told.stopped = pushed.stopped
            taken = time.monotonic() - began
            self._measure(piece, taken, calm=pushed.stopped is None and not stop.is_set())
            start += size
            size = max(SLICE, int(len(piece) / taken * SLICE_SECONDS)) if taken else SLICE

    def _still_wanted(self, piece: Sequence[Write], told: Delivered) -> Sequence[Write]:
        if (self.run.clock() - self.read_at).total_seconds() < FRESH:
            return piece
        sifted = Rereading(self.run, self.client, self.project_id).sift(piece, was_sent=False)
        self.journal.settle_known(sifted.known)
        for write, result in sifted.known:
            told.add_result(write.row, result)
        return sifted.send

    def _measure(self, sent: Sequence[Write], seconds: float, *, calm: bool) -> None:
        """What a PUT costs, unless the user's own limit, rather than the server, set the pace."""
        if calm and self.run.pipeline.verboice.rate_limit is None and all(write.kind == "put" for write in sent):
            memory.observe_cost(self.run, "put", seconds=seconds, count=len(sent))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push of one plan. `known` are the contacts the plan was made from; the others as for `Singles`."""

    run: Run
    client: VerboiceClient
    journal: PushJournal
    plan: Plan
    known: RemoteContacts
    read_at: datetime
    unproven: frozenset[str] = frozenset()

    def carry_out(self, errands: Errands) -> Delivered:
        """Send everything; requests must have been recorded (`PushJournal.intend`) before."""
        told = Delivered()
        with stopped_by_signal() as stop:
            leftover = () if errands.everyone is None else self._everyone(errands.everyone, told, stop)
            singles = Singles(self.run, self.client, self.journal, self.plan.project_id, self.read_at, self.unproven)
            singles.send((*errands.singles, *leftover), told, stop)
            if told.stopped is None and stop.is_set():
                told.stopped = interrupted(self.run)
        return told

    def _everyone(self, everyone: Everyone, told: Delivered, stop: threading.Event) -> Sequence[Write]:
        """Requests for single contacts that are left to be sent."""
        self.run.progress.begin("Changing all contacts in one request", None)
        costs = memory.server_costs(self.run)
        expected = costs.bulk(len(self.known), everyone.changes.num_rows)
        waits = tuple(max(wait, expected * 2**n) for n, wait in enumerate(self.run.patience.waits))
        push = BulkPush(self.client, self.journal, self.plan.project_id, waits, stop)
        verdict = push.run(everyone)
        told.stopped = verdict.stopped
        for write in verdict.arrived:
            told.add(write, WriteOutcome(write.seq, "done", contact_id=write.contact_id))
        for write, outcome in verdict.failed:
            told.add(write, outcome)
        self._learn_from(everyone, verdict, told)
        return verdict.leftover

    def _learn_from(self, everyone: Everyone, verdict: Verdict, told: Delivered) -> None:
        if verdict.known is None:
            return
        if verdict.seconds is not None:
            lacking = everyone.changes["before"].null_count * memory.server_costs(self.run).bulk_lacking
            seconds = max(verdict.seconds - lacking, verdict.seconds / 4)
            memory.observe_cost(self.run, "bulk_contact", seconds=seconds, count=len(verdict.known))
        appeared = newcomers(self.known, verdict.known)
        if appeared:
            who = "1 contact appeared" if appeared == 1 else f"{appeared:,} contacts appeared"
            told.notes = (f"{who} in Verboice during this run; the request for everybody may have reached it too.",)


def probes_first(writes: Sequence[Write], unproven: frozenset[str]) -> tuple[Sequence[Write], int]:
    """The writes with one for each unproven variable at the beginning, and how many those are.

    In each of them the unproven variables come first: if Verboice refuses one, nothing has been written (API sheet
    5.4).
    """
    if not unproven:
        return writes, 0
    asked: set[str] = set()
    probes, rest = [], []
    for write in writes:
        new = unproven.intersection(write.after) - asked
        asked |= new
        if new:
            probes.append(replace(write, after=dict(sorted(write.after.items(), key=lambda item: item[0] not in new))))
        else:
            rest.append(write)
    return [*probes, *rest], len(probes)


def interrupted(run: Run) -> CouldNotBeDone:
    """What is told when a signal ended a push."""
    return CouldNotBeDone(
        "Interrupted; requests under way were finished.",
        hint=f"Go on with `verboice-sync resume {run.run_id}`.",
    )
