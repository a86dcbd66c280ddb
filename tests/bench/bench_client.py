"""What a PUT costs on our side, and how many a second get through: beside a plain loop, two peers, the server alone.

The peers dlt and drt-core are measured with `--peers`: they are installed into a virtual environment of their own.
Run alone with `python -m tests.bench.bench_client [--quick] [--peers]`; `make bench` calls `run`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from functools import partial
from pathlib import Path

import requests

from connectors.ledger import Ledger
from connectors.verboice.pacing import Pacer
from tests.bench.ceiling import requests_per_second
from tests.bench.measuring import elapsed, spent, told
from tests.bench.pushing import push, writes_of
from tests.bench.server import ACCOUNT, AT_ONCE, PASSWORD, SERIAL, WIDE, Server, number, sandbox

IN_FLIGHT = 16
PEERS = {"dlt": "dlt", "drt": "drt-core"}


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


def run(quick: bool) -> list[tuple[str, str]]:
    """Ratios; the server is a process of its own, the client's processor time alone is counted."""
    count, turns = (400, 1) if quick else (2_000, 3)
    with sandbox(count) as server, tempfile.TemporaryDirectory() as home, Ledger.open(None, Path(home)) as ledger:
        results = _processor_time(ledger, server, count, turns=turns)
        results += _throughput(ledger, server, count, turns=turns)
        results.append(_one_by_one(ledger, server, 60 if quick else 200))
        results += _peers(ledger, server, count)
    return results


def _processor_time(ledger: Ledger, server: Server, count: int, *, turns: int) -> list[tuple[str, str]]:
    server.become(AT_ONCE)
    lines = []
    for workers in (1, IN_FLIGHT):
        ratios = [
            spent(partial(ours, ledger, server, count, workers=workers)) / spent(partial(plain_session, server, count))
            for _ in range(turns)
        ]
        what = (
            f"processor time of {count:,} PUTs, {workers} in flight, ledger included, against a requests.Session loop"
        )
        lines.append((what, told(ratios)))
    return lines


def _throughput(ledger: Ledger, server: Server, count: int, *, turns: int) -> list[tuple[str, str]]:
    lines = []
    for name, settings, limit in (("20 ms", WIDE, IN_FLIGHT / 0.020), ("0 ms", AT_ONCE, None)):
        server.become(settings)
        rates, shares = [], []
        for turn in range(turns):
            alone = requests_per_second(server, people=count, in_flight=IN_FLIGHT, age=f"{len(lines)}{turn}")
            rates.append(count / elapsed(partial(ours, ledger, server, count, workers=IN_FLIGHT)))
            shares.append(rates[-1] / alone)
        what = f"PUTs a second at {name}, {IN_FLIGHT} in flight, against bare sockets on the same server"
        lines.append((what, told(shares)))
        if limit is not None:
            lines.append((f"the same against {limit:.0f} a second", told([rate / limit for rate in rates])))
    return lines


def _one_by_one(ledger: Ledger, server: Server, count: int) -> tuple[str, str]:
    server.become(SERIAL)
    script = elapsed(partial(plain_requests, server, count))
    taken = elapsed(partial(ours, ledger, server, count, workers=1))
    return f"{count} PUTs to the serial server, times faster than `requests.put` per row", told([script / taken], "")


def _peers(ledger: Ledger, server: Server, count: int) -> list[tuple[str, str]]:
    """Processor time, ours against each peer's; a peer counts without its start."""
    if "--peers" not in sys.argv:
        return [(f"against {name}", "skipped; `--peers` installs and measures it") for name in PEERS]
    server.become(AT_ONCE)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        for name in PEERS:
            script = Path(__file__).parent / "peers.py"
            words = [name, server.url, str(server.project_id), str(count), ACCOUNT, PASSWORD]
            done = subprocess.run([python, script, *words], check=True, capture_output=True, text=True, cwd=folder)
            seconds = json.loads(done.stdout.splitlines()[-1])["seconds"]
            mine = spent(partial(ours, ledger, server, count, workers=IN_FLIGHT))
            lines.append((f"processor time of {count:,} PUTs, ledger included, against {name}", told([mine / seconds])))
    return lines


def _environment(folder: Path) -> Path:
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS.values()]
    subprocess.run(install, check=True, capture_output=True)
    return python


if __name__ == "__main__":
    for what, ratio in run("--quick" in sys.argv):
        print(f"{what}: {ratio}")
