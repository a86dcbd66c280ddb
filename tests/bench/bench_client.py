"""What a PUT costs on our side, and how many a second get through: beside plain loops, two peers, the server alone.

The peers dlt and drt-core are measured with `--peers`: they are installed into a virtual environment of their own.
Run alone with `python -m tests.bench.bench_client [--quick] [--peers]`; `make bench` calls `run`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import requests

from connectors.ledger import Ledger
from connectors.verboice.pacing import Pacer
from tests.bench.ceiling import requests_per_second
from tests.bench.measuring import elapsed, spent, told
from tests.bench.pushing import push, writes_of
from tests.bench.server import ACCOUNT, AT_ONCE, PASSWORD, SERIAL, WIDE, Server, number, sandbox

IN_FLIGHT = 16
PEERS = {"dlt": "dlt", "drt": "drt-core"}


@dataclass(frozen=True)
class Kind:
    """A kind of server, how many may be in flight there, and how many PUTs it is given by us and by slower clients."""

    name: str
    settings: dict[str, float]
    in_flight: int
    count: int
    fewer: int


KINDS = (
    Kind("0 ms", AT_ONCE, IN_FLIGHT, 2_000, 400),
    Kind("20 ms, 16 workers", WIDE, IN_FLIGHT, 2_000, 100),
    Kind("one at a time, 9 ms, 56 ms more for a login", SERIAL, 1, 400, 40),
)


def plain_session(server: Server, count: int) -> None:
    """What a careful script does: one session, one PUT per row, its answer parsed."""
    with requests.Session() as session:
        session.auth = (ACCOUNT, PASSWORD)
        for person in range(count):
            _put(session, server, person)


def plain_requests(server: Server, count: int) -> None:
    """What people write: `requests.put` per row, a new login each time."""
    for person in range(count):
        _put(requests, server, person)


def _put(by: object, server: Server, person: int) -> None:
    url = f"{server.url}/api/projects/{server.project_id}/contacts/by_address/{number(person)}.json"
    send = by.put  # type: ignore[attr-defined]  # a session, or the module itself
    send(url, params={"vars[age]": "29"}, auth=(ACCOUNT, PASSWORD), timeout=60).json()


def ours(ledger: Ledger, server: Server, count: int, *, workers: int) -> None:
    push(ledger, server, Pacer.fixed(workers), writes=writes_of(count), workers=workers)


@dataclass(frozen=True)
class Peers:
    """The peers that can be run; none without `--peers`."""

    python: Path | None

    def seconds(self, name: str, server: Server, count: int) -> dict[str, float]:
        """Processor and wall seconds of so many PUTs, without the peer's start."""
        script = Path(__file__).parent / "peers.py"
        words = [name, server.url, str(server.project_id), str(count), ACCOUNT, PASSWORD]
        with tempfile.TemporaryDirectory() as folder:
            command = [str(self.python), str(script), *words]
            done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found

    @classmethod
    @contextmanager
    def installed(cls) -> Iterator[Peers]:
        if "--peers" not in sys.argv:
            yield cls(None)
            return
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder, with_pip=True)
            python = Path(folder) / "bin" / "python"
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS.values()]
            subprocess.run(install, check=True, capture_output=True)
            yield cls(python)


def run(quick: bool) -> list[tuple[str, str]]:
    """Ratios; the server is a process of its own, the client's processor time alone is counted."""
    turns = 1 if quick else 3
    with (
        Peers.installed() as peers,
        sandbox(2_000) as server,
        tempfile.TemporaryDirectory() as home,
        Ledger.open(None, Path(home)) as ledger,
    ):
        results = []
        for kind in KINDS:
            results += _processor_time(ledger, server, peers, kind=kind, turns=turns)
            results += _rates(ledger, server, peers, kind=kind, turns=turns)
    if peers.python is None:
        results.append(("against dlt and drt", "not measured; `make bench ARGS=--peers` installs and measures them"))
    return results


def _processor_time(ledger: Ledger, server: Server, peers: Peers, *, kind: Kind, turns: int) -> list[tuple[str, str]]:
    """Of one PUT, ours with the ledger's part; waiting for a slow server costs everybody some too."""
    server.become(kind.settings)
    others: dict[str, Callable[[], float]] = {
        "a `requests.Session` loop": lambda: spent(partial(plain_session, server, kind.fewer)) / kind.fewer
    }
    for name in PEERS if peers.python is not None else ():
        others[name] = lambda name=name: peers.seconds(name, server, kind.fewer)["processor"] / kind.fewer
    mine, theirs = [], {name: list[float]() for name in others}
    for _ in range(turns):
        work = partial(ours, ledger, server, kind.count, workers=kind.in_flight)
        mine.append(spent(work) / kind.count)
        for name, measure in others.items():
            theirs[name].append(measure())
    what = f"{kind.name}: processor time of a PUT, ledger included, {kind.in_flight} in flight"
    lines = [(what, f"{median(mine) * 1e3:.2f} ms")]
    for name, seconds in theirs.items():
        ratios = [one / other for one, other in zip(mine, seconds, strict=True)]
        lines.append((f"{kind.name}: the same against {name} ({median(seconds) * 1e3:.2f} ms)", told(ratios)))
    return lines


def _rates(ledger: Ledger, server: Server, peers: Peers, *, kind: Kind, turns: int) -> list[tuple[str, str]]:
    """PUTs a second by everybody, turn by turn, and ours against each."""
    server.become(kind.settings)
    clients: dict[str, Callable[[int], float]] = {
        "bare sockets, which do nothing else: the server's ceiling": lambda turn: requests_per_second(
            server, people=kind.count, in_flight=kind.in_flight, age=f"{turn}"
        ),
        "a `requests.Session` loop": lambda _: kind.fewer / elapsed(partial(plain_session, server, kind.fewer)),
        "`requests.put` per row": lambda _: kind.fewer / elapsed(partial(plain_requests, server, kind.fewer)),
    }
    if peers.python is not None:
        for name in PEERS:
            clients[name] = lambda _, name=name: kind.fewer / peers.seconds(name, server, kind.fewer)["wall"]
    rates: dict[str, list[float]] = {name: [] for name in clients}
    mine = []
    for turn in range(turns):
        for name, rate in clients.items():
            rates[name].append(rate(turn))
        mine.append(kind.count / elapsed(partial(ours, ledger, server, kind.count, workers=kind.in_flight)))
    lines = [(f"{kind.name}: PUTs a second, {kind.in_flight} in flight", f"{median(mine):,.0f}")]
    if kind.settings["request_seconds"] and kind.in_flight > 1:
        limit = kind.in_flight / kind.settings["request_seconds"]
        lines.append((f"{kind.name}: against {limit:.0f} a second", told([rate / limit for rate in mine])))
    for name, theirs in rates.items():
        ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
        lines.append((f"{kind.name}: against {name} ({median(theirs):,.0f})", told(ratios)))
    return lines


if __name__ == "__main__":
    for what, ratio in run("--quick" in sys.argv):
        print(f"{what}: {ratio}")
