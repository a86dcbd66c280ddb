"""How well `concurrency: auto` finds the pace of a server, beside the best fixed setting.

Run alone with `python -m tests.bench.bench_pacing [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from connectors.ledger import Ledger
from connectors.verboice.concurrency import ConcurrencySearch
from connectors.verboice.pacing import Pacer, Slot
from tests.bench.measuring import elapsed
from tests.bench.pushing import push, writes_of
from tests.bench.server import EIGHT, SERIAL, Server, sandbox

WORKERS = 32
_SECOND = 1.0


class Watched(Pacer):
    """A pacer that keeps when each request ended, how long it took, and how many might be in flight then."""

    def __init__(self, limit: int = 1, search: ConcurrencySearch | None = None) -> None:
        super().__init__(limit=limit, search=search)
        self.ended: list[tuple[float, float, int]] = []

    def leave(self, slot: Slot) -> None:
        now = time.monotonic()
        self.ended.append((now, now - slot.began, self.limit))
        super().leave(slot)

    def p95(self) -> float:
        return quantiles((seconds for _, seconds, _ in self.ended), n=20)[-1]

    def rate(self, at: float) -> float:
        """Requests that ended in the second after `at`."""
        return sum(at <= ended < at + _SECOND for ended, _, _ in self.ended)


def auto() -> Watched:
    return Watched(search=ConcurrencySearch())


def seconds_of(ledger: Ledger, server: Server, count: int, pacer: Watched) -> float:
    return elapsed(partial(push, ledger, server, pacer, writes=writes_of(count), workers=WORKERS))


def run(quick: bool) -> list[tuple[str, str]]:
    """Each figure from one push of its own; the server is a process of its own."""
    count = 4_000
    with sandbox(count) as server, tempfile.TemporaryDirectory() as home, Ledger.open(None, Path(home)) as ledger:
        serial, wide = (400, 800) if quick else (1_200, 4_000)
        results = _against_fixed(ledger, server, SERIAL, "one request at a time, 9 ms", fixed=(2, 3), count=serial)
        results += _against_fixed(ledger, server, EIGHT, "8 workers, 20 ms", fixed=(8, 10, 12), count=wide)
        results += _change(ledger, server, quick)
    return results


def _against_fixed(
    ledger: Ledger, server: Server, settings: dict[str, float], name: str, *, fixed: tuple[int, ...], count: int
) -> list[tuple[str, str]]:
    server.become(settings)
    pacers = {limit: Watched(limit) for limit in (1, *fixed)}
    sent = {limit: count if limit > 1 else count // 4 for limit in pacers}
    paces = {limit: sent[limit] / seconds_of(ledger, server, sent[limit], pacer) for limit, pacer in pacers.items()}
    best = max(paces, key=lambda limit: paces[limit])
    found = auto()
    share = count / seconds_of(ledger, server, count, found) / paces[best]
    alone = pacers[1].p95()
    return [
        (f"{name}: pace of auto against the best fixed setting ({best} in flight)", f"{share:.2f}x"),
        (f"{name}: p95 latency of auto against one at a time", f"{found.p95() / alone:.2f}x"),
        (f"{name}: median limit of auto", f"{median(limit for _, _, limit in found.ended):.0f}"),
    ]


def _change(ledger: Ledger, server: Server, quick: bool) -> list[tuple[str, str]]:
    """From serial to 8 workers and back, in the middle of a push."""
    stays = 4.0 if quick else 8.0
    server.become(EIGHT)
    usual = max(_pace_with(12, ledger, server) for _ in range(3))  # a stall in one of them would move the goal
    server.become(SERIAL)
    pacer, changes = auto(), list[float]()

    def change() -> None:
        for settings in (EIGHT, SERIAL):
            time.sleep(stays)
            changes.append(time.monotonic())
            server.become(settings)

    changing = threading.Thread(target=change)
    changing.start()
    count = int(stays * 100 + stays * usual * 0.8 + stays * 60)
    seconds_of(ledger, server, min(count, 4_000), pacer)
    changing.join()
    up = _after(changes[0], [t for t in _moments(pacer, changes[0]) if pacer.rate(t) >= 0.9 * usual])
    down = _after(changes[1], [ended for ended, _, limit in pacer.ended if ended > changes[1] and limit <= 2])
    return [
        ("serial becomes 8 workers: seconds until 90 % of its pace", up),
        ("8 workers become serial: seconds until at most 2 in flight", down),
    ]


def _pace_with(limit: int, ledger: Ledger, server: Server) -> float:
    pacer = Watched(limit)
    seconds_of(ledger, server, 800, pacer)
    return 800 / (pacer.ended[-1][0] - pacer.ended[0][0])


def _moments(pacer: Watched, since: float) -> list[float]:
    return [ended for ended, _, _ in pacer.ended if ended >= since]


def _after(change: float, moments: list[float]) -> str:
    return f"{min(moments) - change:.1f} s" if moments else "not seen"


if __name__ == "__main__":
    for what, figure in run("--quick" in sys.argv):
        print(f"{what}: {figure}")
