"""What a run over contacts asks of the ledger and tells it, in the ledger's words."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.ledger.leases import LeaseLost
from connectors.ledger.values import CHANGES, ROWS, WRITES, Counts, Lease, Scope
from connectors.ledger.values import WriteOutcome as Settled
from connectors.values import Project, RemoteContacts
from flows.contacts.guard import LastTime
from flows.contacts.plan import Create, Plan, group_starts
from flows.runs.push import Write, WriteOutcome

if TYPE_CHECKING:
    from flows.runs.contact_run import Run

LEASE_LASTS = timedelta(seconds=60)
RENEWED_EVERY = 15.0  # seconds
PUSHING = ("sync", "apply", "backfill", "set-all", "undo", "resume")


def scope_of(run: Run, project_id: int) -> Scope:
    """What the pipeline remembers belongs to one server and project."""
    return Scope(run.pipeline.verboice.url, project_id, run.pipeline.name)


def base(run: Run, project: Project) -> pa.Table:
    """What both sides said when last settled: contact_id, variable, source_value, remote_value."""
    return run.ledger.values(scope_of(run, project.id))


def last_time(run: Run, project: Project) -> LastTime:
    """How large both sides were at the last run that saw them whole."""
    counts = run.ledger.counts(scope_of(run, project.id))
    return LastTime(rows=counts.rows, contacts=counts.contacts)


def remember(run: Run, plan: Plan, *, outcomes: pa.Table, rows: int, remote: RemoteContacts) -> None:
    """After a run that was allowed to send: what both sides say, how large they are, and what became of each row."""
    scope = scope_of(run, plan.project_id)
    run.ledger.remember_values(scope, plan.seen, run_id=run.run_id, at=run.clock())
    contacts = len(remote) if remote.complete else None
    run.ledger.record_counts(scope, Counts(contacts=contacts, rows=rows, counted_at=run.clock()))
    run.ledger.record_rows(run.run_id, _rows(outcomes))


def _rows(outcomes: pa.Table) -> pa.Table:
    told = outcomes.filter(pc.not_equal(outcomes["status"], "unchanged"))
    columns = {
        "row": told["row"],
        "address_key": told["address"],
        "address": told["address"],
        "status": told["status"],
        "reason": pc.fill_null(told["reason"], ""),
        "contact_id": told["contact_id"],
    }
    return pa.table(columns, schema=ROWS)


@dataclass(slots=True)
class HeldLease:
    """The right to push, kept alive by a thread while the run lasts."""

    lease: Lease
    lost: LeaseLost | None = None


@contextmanager
def lease(run: Run) -> Iterator[HeldLease]:
    """The pipeline's lease: two runs of one pipeline never push at the same time.

    It survives a crash by running out; a holder known to be dead (same machine, no such process) is not waited for.
    Raises CouldNotBeDone while another run holds it.
    """
    held = HeldLease(_acquire(run))
    close_cut_off_runs(run)
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(run, held, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield held
    finally:
        done.set()
        keeper.join()
        run.ledger.release_lease(held.lease, at=run.clock())


def _acquire(run: Run) -> Lease:
    name = f"push:{run.pipeline.name}"
    for _ in range(2):
        taken = run.ledger.acquire_lease(name, run_id=run.run_id, holder=_me(), at=run.clock(), ttl=LEASE_LASTS)
        if taken is not None:
            return taken
        holder = run.ledger.lease(name)
        if holder is None or not _is_dead(holder.holder):
            break
        run.ledger.release_lease(holder, at=run.clock())
    by = f" ({holder.run_id} on {holder.holder.split('/')[0]})" if holder is not None else ""
    raise CouldNotBeDone(
        f"Another run of the pipeline “{run.pipeline.name}” is at work{by}.",
        hint="Wait until it is done; after a crash its place is free again within a minute.",
    )


def _renew(run: Run, held: HeldLease, done: threading.Event) -> None:
    while not done.wait(RENEWED_EVERY):
        try:
            held.lease = run.ledger.renew_lease(held.lease, at=run.clock(), ttl=LEASE_LASTS)
        except LeaseLost as lost:
            held.lost = lost
            return
        except VerboiceSyncError:
            continue  # the ledger was out of reach for a moment; the lease itself says when it is too late


def _me() -> str:
    """`host/pid/start`: enough to tell later on the same machine whether this very process still lives."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def _is_dead(holder: str) -> bool:
    host, _, process = holder.partition("/")
    pid, _, started = process.partition("/")
    return host == socket.gethostname() and pid.isdigit() and bool(started) and _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; "" where this system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - a pseudo file, read once
            return stat.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return "gone" if os.path.isdir("/proc/self") else ""  # noqa: PTH112


def close_cut_off_runs(run: Run) -> None:
    """Earlier runs of the pipeline that never ended, now that the lease proves that they are dead."""
    for kind in PUSHING:
        for earlier in run.ledger.runs(run.pipeline.name, kind=kind):
            if earlier.status == "running" and earlier.run_id != run.run_id:
                run.ledger.finish_run(earlier.run_id, "interrupted", run.clock(), error="cut off")


class PushJournal:
    """The write-ahead record of one push."""

    def __init__(self, run: Run, plan: Plan, held: HeldLease) -> None:
        self._run = run
        self._plan = plan
        self._held = held
        self._scope = scope_of(run, plan.project_id)

    def intend(self) -> list[Write]:
        """Record everything the plan will send, and return it, one write per contact."""
        writes = [*_puts(self._plan), *_posts(self._plan.creates, first=len(group_starts(self._plan.changes)) - 1)]
        self._run.ledger.plan_writes(self._run.run_id, _write_table(writes), _change_table(writes))
        return writes

    def sending(self, seqs: Sequence[int]) -> None:
        if self._held.lost is not None:
            raise self._held.lost
        self._run.ledger.mark_sending(self._run.run_id, seqs, self._run.clock(), lease=self._held.lease)

    def settle(self, outcomes: Sequence[WriteOutcome]) -> None:
        settled = [Settled(o.seq, _STATES[o.state], o.reason, o.contact_id) for o in outcomes]
        self._run.ledger.settle_writes(self._run.run_id, settled, self._run.clock(), scope=self._scope)


_STATES: Mapping[str, Literal["done", "failed", "uncertain", "planned"]] = {
    "done": "done",
    "failed": "failed",
    "uncertain": "uncertain",
    "unsent": "planned",
}


def _puts(plan: Plan) -> Iterator[Write]:
    starts = group_starts(plan.changes).tolist()
    columns = {name: plan.changes[name].to_pylist() for name in plan.changes.column_names}
    for seq, (start, end) in enumerate(pairwise(starts)):
        names = columns["variable"][start:end]
        yield Write(
            seq=seq,
            kind="put",
            row=columns["row"][start],
            address=columns["address"][start],
            contact_id=columns["contact_id"][start],
            before=dict(zip(names, columns["before"][start:end], strict=True)),
            after=dict(zip(names, columns["after"][start:end], strict=True)),
        )


def _posts(creates: Sequence[Create], *, first: int) -> Iterator[Write]:
    for seq, create in enumerate(creates, start=first):
        yield Write(seq=seq, kind="post", row=create.row, address=create.address, after=dict(create.vars))


def _write_table(writes: Sequence[Write]) -> pa.Table:
    columns = {name: [getattr(write, name) for write in writes] for name in WRITES.names}
    return pa.table(columns, schema=WRITES)


def _change_table(writes: Sequence[Write]) -> pa.Table:
    rows = [
        (write.seq, write.contact_id, name, write.before.get(name), value)
        for write in writes
        for name, value in write.after.items()
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(CHANGES)
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(columns, CHANGES, strict=True)], schema=CHANGES
    )
