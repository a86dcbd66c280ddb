"""What the ledger adds to asking for calls, beside the bare loop over the same client and server in the same run."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import requests

from connectors.ledger import Ledger
from connectors.ledger.values import CallIntent
from connectors.sandbox.clinic import CHANNEL, EMAIL, PASSWORD
from connectors.values import CallRequest
from connectors.verboice.client import VerboiceClient
from connectors.verboice.session import Server
from flows.calls.batch import PlannedCall
from flows.runs.calls.push import CallPush

SERVER_SECONDS = 0.02


class _Journal:
    """The ledger as a run uses it: one durable record before each call, and one after."""

    def __init__(self, ledger: Ledger, run_id: str) -> None:
        self._ledger = ledger
        self._run_id = run_id

    def begin(self, call: PlannedCall) -> None:
        intent = CallIntent(self._run_id, call.row, "s", 1, "p", call.identity, call.key, call.request.address)
        self._ledger.begin_call(intent, datetime.now(UTC))

    def settle(self, row: int, state: str, *, call_id: int | None = None, reason: str = "") -> None:
        self._ledger.settle_call(self._run_id, row, state, datetime.now(UTC), call_id=call_id, reason=reason)


def run(quick: bool) -> list[tuple[str, str]]:
    """Milliseconds per call of a server that takes 20 ms: median of calls made by turns in the two ways."""
    pairs = 150 if quick else 600
    with (
        _sandbox() as url,
        tempfile.TemporaryDirectory() as folder,
        VerboiceClient(Server(url, EMAIL, PASSWORD)) as client,
        Ledger.open(None, Path(folder)) as ledger,
    ):
        client.projects()
        push = CallPush(client, _Journal(ledger, "run"))
        bare, recorded = [], []
        for number in range(pairs):
            one, other = (_call(2 * number + which) for which in (0, 1))
            bare.append(_taken(partial(client.enqueue_call, one.request)))
            recorded.append(_taken(partial(push.run, [other])))
    plain, with_ledger = statistics.median(bare), statistics.median(recorded)
    told = f"{with_ledger * 1000:.1f} ms, {with_ledger / plain - 1:+.1%} (limit +10 %)"
    return [("call, bare loop at 20 ms", f"{plain * 1000:.1f} ms"), ("call, recorded before and after", told)]


@contextmanager
def _sandbox() -> Iterator[str]:
    """A sandbox in a process of its own: in this one it would compete with the client for the interpreter."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "connectors.sandbox", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as serving:
        try:
            assert serving.stdout is not None
            serving.stdout.readline()
            settings = {"request_seconds": SERVER_SECONDS}
            requests.put(f"{url}/_sandbox/settings.json", json=settings, timeout=10).raise_for_status()
            yield url
        finally:
            serving.terminate()


def _call(row: int) -> PlannedCall:
    call = CallRequest(CHANNEL, f"855{row:08d}")
    return PlannedCall(row, call.address, call.address, call)


def _taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    for name, result in run(quick=True):
        print(f"{name:32} {result}")
