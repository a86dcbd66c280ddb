"""The right to do something alone, across processes and machines: taken from the ledger and kept alive by a thread.

It survives a crash by running out; a holder known to be dead (same machine, no such process) is not waited for.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.ledger.leases import LeaseLost
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import Lease, RunRecord

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from flows.runs.run import Run

LEASE_LASTS = timedelta(seconds=60)
RENEWED_EVERY = 15.0  # seconds


class AtWork(CouldNotBeDone):
    """Somebody else holds the lease."""


@dataclass(slots=True)
class HeldLease:
    """A lease while it is held. `lost` is set if somebody else took over: nothing more may then be sent."""

    lease: Lease
    lost: LeaseLost | None = None


@contextmanager
def holding(ledger: Ledger, name: str, *, run_id: str, told: str) -> Iterator[HeldLease]:
    """Hold the lease `name` for `run_id` within the block.

    Raises AtWork while somebody else holds it; `told` begins that message (“Another run of … is at work”).
    """
    held = HeldLease(_acquire(ledger, name, run_id, told))
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(ledger, held, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield held
    finally:
        done.set()
        keeper.join()
        with suppress(LedgerAway):  # it runs out by itself, and how the run ended is worth more
            ledger.release_lease(held.lease, at=_now())


def close_cut_off(run: Run, earlier: RunRecord) -> None:
    """Note that an earlier run never ended, now that a lease which `run` holds proves that it is dead."""
    if earlier.status == "running" and earlier.run_id != run.run_id:
        run.ledger.finish_run(earlier.run_id, "interrupted", run.clock(), error="The run was cut off.")


def is_held(ledger: Ledger, name: str, *, run_id: str | None = None) -> bool:
    """Whether a living holder has the lease (for a certain run, if one is named)."""
    lease = ledger.lease(name)
    if lease is None or lease.expires_at <= _now() or is_dead(lease.holder):
        return False
    return run_id is None or lease.run_id == run_id


def _acquire(ledger: Ledger, name: str, run_id: str, told: str) -> Lease:
    for _ in range(2):
        taken = ledger.acquire_lease(name, run_id=run_id, holder=this_process(), at=_now(), ttl=LEASE_LASTS)
        if taken is not None:
            return taken
        holder = ledger.lease(name)
        if holder is None or not is_dead(holder.holder):
            break
        ledger.release_lease(holder, at=_now())
    by = f" ({holder.run_id} on {holder.holder.split('/')[0]})" if holder is not None else ""
    raise AtWork(f"{told}{by}.", hint="Wait until it is done; after a crash its place is free again within a minute.")


def _renew(ledger: Ledger, held: HeldLease, done: threading.Event) -> None:
    while not done.wait(RENEWED_EVERY):
        try:
            held.lease = ledger.renew_lease(held.lease, at=_now(), ttl=LEASE_LASTS)
        except LeaseLost as lost:
            held.lost = lost
            return
        except VerboiceSyncError:
            continue  # the ledger was out of reach for a moment; the lease itself says when it is too late


def _now() -> datetime:
    return datetime.now(UTC)


def this_process() -> str:
    """`host/pid/start`: enough to tell later on the same machine whether this very process still lives."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(holder: str) -> bool:
    """Whether a holder is a process of this machine that is no more. False where that cannot be known."""
    host, _, process = holder.partition("/")
    pid, _, started = process.partition("/")
    return host == socket.gethostname() and pid.isdigit() and bool(started) and _started(int(pid)) != started


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; "" where this system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - a pseudo file, read once
            facts = stat.read().rpartition(b")")[2].split()
        return "gone" if facts[0] == b"Z" else facts[19].decode()
    except (OSError, IndexError):
        return "gone" if os.path.isdir("/proc/self") else ""  # noqa: PTH112
