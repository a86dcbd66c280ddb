"""Carries out the requests of a plan: first the one for everybody, then single ones; and what became of each row."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.errors import VerboiceSyncError
from connectors.ledger.outage import LedgerAway
from connectors.values import RemoteContacts
from connectors.verboice.errors import VerboiceFault
from flows.contacts.outcome import RowResult
from flows.contacts.plan import Plan
from flows.runs.contacts import costs
from flows.runs.contacts.everyone import BulkPatience, BulkPush, BulkVerdict, newcomers, unknown
from flows.runs.contacts.journal import Errands, Everyone, PushJournal
from flows.runs.contacts.prepared import Prepared
from flows.runs.contacts.push import Lane, Push
from flows.runs.contacts.reread import Rereading
from flows.runs.contacts.write import Write, WriteOutcome
from flows.runs.run import Run
from flows.runs.stopping import interrupted, stopping
from flows.runs.waiting import TOLD, Waiting

MOST_WORKERS = 32  # threads of a push whose concurrency is `auto`
SLICE = 500  # contacts, at first; later slices are as large as what was sent in so many seconds:
SLICE_SECONDS = 5.0
FRESH = 60.0  # seconds; values read longer ago are read again, because a caller may have answered meanwhile


@dataclass(slots=True)
class RowResults:
    """What became of each row that acted, what stopped the push early, and what to tell beside it."""

    by_row: dict[int, RowResult] = field(default_factory=dict)
    stopped: VerboiceSyncError | None = None
    notes: tuple[str, ...] = ()

    def add(self, write: Write, outcome: WriteOutcome) -> None:
        """One request's outcome, together with others of the same row."""
        stored = frozenset(write.after) if outcome.state == "done" else outcome.stored
        self.add_result(write.row, RowResult(outcome.state, outcome.reason, outcome.contact_id, stored))

    def add_result(self, row: int, result: RowResult) -> None:
        """What became of one row, together with what is known of it already."""
        earlier = self.by_row.get(row)
        self.by_row[row] = result if earlier is None else earlier.and_also(result)


def deliver(run: Run, prepared: Prepared, journal: PushJournal) -> RowResults:
    """Record every request of the plan, and send them all from here."""
    errands = Errands.of(prepared.plan, read_at=prepared.read_at, unproven=prepared.unproven)
    journal.intend(errands.singles, errands.everyone)
    return Delivery(run, journal, prepared.plan, prepared.remote).send(errands)


@dataclass(frozen=True, slots=True)
class Singles:
    """Sends requests for single contacts, in slices: contacts whose values were read a while ago are read again before
    they are written to, and one request with each unproven variable is answered before all others are sent."""

    run: Run
    journal: PushJournal
    project_id: int

    def send(self, errands: Errands, results: RowResults, stop: threading.Event) -> None:
        """Send them until all are settled, something stops the run, or `stop` is set."""
        if not errands.singles or results.stopped is not None:
            return
        writes, probes = probes_first(errands.singles, errands.unproven)
        self.run.progress.begin("Changing contacts", len(writes))
        start, size = 0, probes or SLICE
        while start < len(writes) and results.stopped is None and not stop.is_set():
            piece = self._still_wanted(writes[start : start + size], errands.read_at, results)
            began = time.monotonic()
            self._push(piece, results, stop, done=start, workers=1 if start < probes else self._workers)
            seconds = time.monotonic() - began
            self._measure(piece, seconds, calm=results.stopped is None and not stop.is_set())
            start += size
            size = max(SLICE, int(len(piece) / seconds * SLICE_SECONDS)) if seconds else SLICE

    @property
    def _workers(self) -> int:
        concurrency = self.run.pipeline.verboice.concurrency
        return MOST_WORKERS if concurrency == "auto" else concurrency

    def _push(
        self, piece: Sequence[Write], results: RowResults, stop: threading.Event, *, done: int, workers: int
    ) -> None:
        lane = Lane(self.project_id, workers=workers, patience=self.run.patience)
        push = Push(
            self.run.client, self.journal, lane, stop=stop, progress=lambda more: self.run.progress.advance(done + more)
        )
        pushed = push.run(piece)
        by_seq = {write.seq: write for write in piece}
        for outcome in pushed.outcomes:
            results.add(by_seq[outcome.seq], outcome)
        results.stopped = results.stopped or pushed.stopped

    def _still_wanted(self, piece: Sequence[Write], read_at: datetime, results: RowResults) -> Sequence[Write]:
        if (self.run.clock() - read_at).total_seconds() < FRESH:
            return piece
        try:
            sifted = Rereading(self.run, self.project_id).sift(piece, was_sent=False)
        except VerboiceFault as fault:  # nothing of this slice was sent
            results.stopped = fault
            return ()
        self.journal.settle_known(sifted.known)
        for write, result in sifted.known:
            results.add_result(write.row, result)
        return sifted.send

    def _measure(self, sent: Sequence[Write], seconds: float, *, calm: bool) -> None:
        """What a PUT costs, unless the user's own limit, rather than the server, set the pace."""
        if calm and self.run.pipeline.verboice.rate_limit is None and all(write.kind == "put" for write in sent):
            costs.observe(self.run, "put", seconds=seconds, count=len(sent))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push of one plan. `contacts` are those the plan was made from."""

    run: Run
    journal: PushJournal
    plan: Plan
    contacts: RemoteContacts

    def send(self, errands: Errands) -> RowResults:
        """Send everything; requests must have been recorded (`PushJournal.intend`) before. A ledger that has gone away
        stops it; what is known by then is told."""
        results = RowResults()
        with stopping(self.run) as stop:
            try:
                leftover = () if errands.everyone is None else self._everyone(errands.everyone, results, stop)
                singles = replace(errands, singles=(*errands.singles, *leftover))
                Singles(self.run, self.journal, self.plan.project_id).send(singles, results, stop)
            except LedgerAway as away:
                results.stopped = results.stopped or away
            if results.stopped is None and stop.is_set():
                results.stopped = interrupted(self.run)
        return results

    def _everyone(self, everyone: Everyone, results: RowResults, stop: threading.Event) -> Sequence[Write]:
        """Requests for single contacts that are left to be sent."""
        expected = costs.of_server(self.run).bulk(len(self.contacts), everyone.changes["before"].null_count)
        about = f", which takes Verboice about {expected:,.0f} s" if expected >= TOLD else ""
        what = (
            "Looking after the request for everybody" if everyone.was_sent else "Changing all contacts in one request"
        )
        self.run.progress.begin(f"{what}{about}", None)
        push = BulkPush(
            writer=self.run.client,
            journal=self.journal,
            project_id=self.plan.project_id,
            contacts=self.contacts,
            patience=BulkPatience.of(self.run.patience, expected=expected),
            waiting=Waiting(self.run, stop),
        )
        try:
            verdict = push.run(everyone)
        except LedgerAway as away:
            verdict = unknown(everyone, f"Sent, but what became of it could not be recorded: {away.message}", away)
        results.stopped = verdict.stopped
        for write in verdict.arrived:
            results.add(write, WriteOutcome(write.seq, "done", contact_id=write.contact_id))
        for write, outcome in verdict.known:
            results.add(write, outcome)
        self._learn_from(everyone, verdict, results)
        return verdict.leftover

    def _learn_from(self, everyone: Everyone, verdict: BulkVerdict, results: RowResults) -> None:
        if verdict.contacts is None:
            return
        if verdict.seconds is not None:
            lacking = everyone.changes["before"].null_count * costs.of_server(self.run).bulk_lacking
            seconds = max(verdict.seconds - lacking, verdict.seconds / 4)
            costs.observe(self.run, "bulk_contact", seconds=seconds, count=len(verdict.contacts))
        appeared = newcomers(self.contacts, verdict.contacts)
        if appeared:
            who = "1 contact appeared" if appeared == 1 else f"{appeared:,} contacts appeared"
            results.notes = (f"{who} in Verboice during this run; the request for everybody may have reached it too.",)


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
