"""What the ledger adds to a simulated 20 ms request, and to a bare database, side by side in one run.

Run alone with `python -m tests.bench.bench_ledger [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import importlib.util
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa

from connectors.ledger import Ledger
from connectors.ledger.values import CHANGES, VALUES, WRITES, CallIntent, Scope, SettledWrite

REQUEST_SECONDS = 0.020
IN_FLIGHT = 16
GROUP = 100  # writes marked together before they are sent, and settled together after

_RUN_IDS = (f"r{number}" for number in count())


class Push:
    """Writes sent by several threads: who finds none ready marks the next group, who fills a group settles it."""

    def __init__(self, ledger: Ledger, run_id: str, writes: int) -> None:
        self.ledger, self.run_id = ledger, run_id
        self.unsent, self.ready, self.outcomes = iter(range(writes)), list[int](), list[SettledWrite]()
        self.lock = threading.Lock()

    def next_ready(self) -> int | None:
        with self.lock:
            if not self.ready:
                self.ready = [seq for seq, _ in zip(self.unsent, range(GROUP), strict=False)]
                if self.ready:
                    self.ledger.mark_sending(self.run_id, self.ready, datetime.now(UTC))
            return self.ready.pop() if self.ready else None

    def settle(self, seq: int | None) -> None:
        with self.lock:
            if seq is not None:
                self.outcomes.append(SettledWrite(seq, "done"))
            if len(self.outcomes) >= GROUP or (seq is None and self.outcomes):
                outcomes, self.outcomes = self.outcomes, []
                self.ledger.settle_writes(
                    self.run_id, outcomes, datetime.now(UTC), scope=Scope("https://v", 1, "bench")
                )

    def work(self) -> None:
        while (seq := self.next_ready()) is not None:
            time.sleep(REQUEST_SECONDS)
            self.settle(seq)


def bare_push(writes: int) -> None:
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        list(threads.map(lambda _: time.sleep(REQUEST_SECONDS), range(writes)))


def recorded_push(ledger: Ledger, writes: int) -> None:
    push = Push(ledger, next(_RUN_IDS), writes)
    numbers = list(range(writes))
    planned = pa.table([numbers, ["put"] * writes, numbers, ["85512345678"] * writes, numbers], schema=WRITES)
    changes = pa.table([numbers, numbers, ["age"] * writes, ["38"] * writes, ["39"] * writes], schema=CHANGES)
    ledger.plan_writes(push.run_id, planned, changes)
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        for worker in [threads.submit(push.work) for _ in range(IN_FLIGHT)]:
            worker.result()
    push.settle(None)


def bare_calls(calls: int) -> None:
    for _ in range(calls):
        time.sleep(REQUEST_SECONDS)


def recorded_calls(ledger: Ledger, calls: int) -> None:
    run_id = next(_RUN_IDS)
    for row in range(calls):
        intent = CallIntent(run_id, row, "https://v", 1, "bench", f"{run_id} {row}", f"+855{row}", f"0{row}")
        ledger.begin_call(intent, datetime.now(UTC))
        time.sleep(REQUEST_SECONDS)
        ledger.settle_call(run_id, row, "queued", datetime.now(UTC), call_id=row)


def bare_values(folder: Path, values: pa.Table) -> None:
    """The least SQLite can do for the same durable rows: the driver's executemany in one transaction."""
    connection = sqlite3.connect(folder / f"bare{next(_RUN_IDS)}.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE v (contact_id, variable, source, remote, PRIMARY KEY (contact_id, variable)) WITHOUT ROWID"
    )
    columns = (column.to_pylist() for column in values.columns)
    connection.executemany("INSERT INTO v VALUES (?, ?, ?, ?)", zip(*columns, strict=True))
    connection.commit()
    connection.close()


def remembered_values(ledger: Ledger, values: pa.Table) -> None:
    run_id = next(_RUN_IDS)
    ledger.remember_values(Scope(run_id, 1, "bench"), values)


def ratio(bare: Callable[[], None], ours: Callable[[], None], times: int) -> str:
    """Median and range of ours/bare over alternating turns, after one turn of each to warm up."""
    ratios = [_seconds(ours) / _seconds(bare) for _ in range(times + 1)][1:]
    return f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f}, {times} turns)"


def _seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def _ledgers() -> Iterator[dict[str, Ledger]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ledgers = {"SQLite": stack.enter_context(Ledger.open(None, folder))}
        if importlib.util.find_spec("pgserver"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pgserver
            server = pgserver.get_server(tempfile.mkdtemp(prefix="bench-ledger-"), cleanup_mode="delete")
            stack.callback(server.cleanup)
            ledgers["PostgreSQL"] = stack.enter_context(Ledger.open(server.get_uri(), folder))
        yield ledgers


def run(quick: bool) -> list[tuple[str, str]]:
    """What was measured, and the ratio: the ledger's time over the time of the same work without it."""
    writes, calls, rows, times = (640, 40, 50_000, 1) if quick else (3_200, 150, 200_000, 3)
    numbers = [str(number) for number in range(rows)]
    values = pa.table([range(rows), ["age"] * rows, numbers, numbers], schema=VALUES)
    results = []
    with _ledgers() as ledgers, tempfile.TemporaryDirectory() as folder:
        for name, ledger in ledgers.items():
            pushed = ratio(lambda: bare_push(writes), lambda at=ledger: recorded_push(at, writes), times)
            results.append((f"{writes:,} writes of 20 ms, {IN_FLIGHT} in flight, ledger on {name}", pushed))
            called = ratio(lambda: bare_calls(calls), lambda at=ledger: recorded_calls(at, calls), times)
            results.append((f"{calls} calls of 20 ms, one at a time, ledger on {name}", called))
        remembered = ratio(
            lambda: bare_values(Path(folder), values), lambda: remembered_values(ledgers["SQLite"], values), times
        )
        results.append((f"{rows:,} values remembered against bare SQLite executemany", remembered))
    return results


if __name__ == "__main__":
    for what, found in run("--quick" in sys.argv):
        print(f"{what}: {found}")
