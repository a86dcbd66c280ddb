"""Whole commands against a server in a process of its own, beside the sum of the least that each stage can take.

Run alone with `python -m tests.bench.bench_end_to_end [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import fastexcel
import numpy as np
import pyarrow as pa
import requests
import yaml
from pyarrow import csv
from rustpy_xlsxwriter import write_worksheet

from connectors.ledger import Ledger
from connectors.ledger.values import Cost, Counts, Scope
from connectors.values import Rows
from connectors.verboice.listing import ContactColumns
from flows.contacts.people.address import address_keys
from flows.contacts.rules import ContactRules, VariableRule
from flows.contacts.trust import contents
from tests.bench.bench_client import plain_requests
from tests.bench.bench_diff import plain_orjson
from tests.bench.measuring import elapsed, peak_memory, told
from tests.bench.server import ACCOUNT, PASSWORD, PROJECT, SERIAL, WIDE, Server, number, sandbox

VARIABLES = tuple(f"variable {n}" for n in range(10))
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """A source, the pipeline that reads it, and the home folder of its runs."""

    folder: Path
    server: Server

    def configure(self, source: Path, variables: tuple[str, ...], **changes: object) -> None:
        login = {"url": self.server.url, "account": ACCOUNT, "password": PASSWORD, "project": PROJECT}
        kind = "csv" if source.suffix == ".csv" else "excel"
        pipeline: dict[str, Any] = {
            "verboice": login,
            "source": {"kind": kind, "path": str(source), "address": "Phone", "region": "KH"},
            "contacts": {"variables": {name: name for name in variables}},
        }
        for dotted, value in changes.items():
            group, key = dotted.split("__")
            pipeline[group][key] = value
        (self.folder / "bench.yaml").write_text(yaml.safe_dump(pipeline))

    def run(self, command: str, *, updated: int) -> Ran:
        """Run a command in a process of its own. Raises RuntimeError unless it updates so many rows and succeeds."""
        environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "VERBOICE_SYNC_HOME": str(self.folder / "home")}
        environment.pop("PREFECT_API_URL", None)
        answer = self.folder / "said.json"
        words = [sys.executable, "-m", "flows", command, "bench.yaml", "--json"]
        with answer.open("wb") as out:
            began = time.perf_counter()
            process = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=out, stderr=subprocess.DEVNULL)
            status, used, memory = _watched(process.pid)
        wall = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) != 0:
            raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {answer.read_text()[:2000]}")
        said = json.loads(answer.read_text())
        if said["rows"]["updated"] != updated or said["status"] != "succeeded":
            raise RuntimeError(f"not what was expected: {said['status']}, {said['rows']}")
        return Ran(wall, used.ru_utime + used.ru_stime, memory, said)


def _watched(process: int) -> tuple[int, resource.struct_rusage, float]:
    """How a process ended, what it used, and its most memory in MB as far as a look every 10 ms tells: what the system
    counts for a child begins with the size of the process that started it."""
    memory = 0.0
    while True:
        ended, status, used = os.wait4(process, os.WNOHANG)
        if ended:
            return status, used, memory
        memory = max(memory, peak_memory(process))
        time.sleep(0.01)


@dataclass(frozen=True)
class Ran:
    """One command: wall seconds, processor seconds, most memory in MB, and what it printed."""

    wall: float
    processor: float
    memory: float
    said: dict[str, Any]


def people_of(count: int, variables: tuple[str, ...], *, changed: int) -> pa.Table:
    """Rows for the sandbox's first people, every so manieth with another value."""
    same = pa.array(["30"] * count)
    table = pa.table({"Phone": [number(n) for n in range(count)], **dict.fromkeys(variables, same)})
    moved = np.arange(count) % (count // changed) == 0
    return table.set_column(1, variables[0], pa.array(np.where(moved, "31", "30")))


def headline(quick: bool) -> list[tuple[str, str]]:
    """A server like the real one: one request at a time, 9 ms each, 56 ms for a login, 1.5 ms per listed contact."""
    rows, changed, sample = (1_000, 100, 20) if quick else (10_000, 1_000, 100)
    with sandbox(rows) as server, tempfile.TemporaryDirectory() as folder:
        job = Job(Path(folder), server)
        write_worksheet(people_of(rows, ("age",), changed=changed), Path(folder) / "people.xlsx")
        job.configure(Path(folder) / "people.xlsx", ("age",))
        server.become(SERIAL)
        script = elapsed(partial(plain_requests, server, sample)) / sample * rows
        _restore(server, sample)
        wall = job.run("sync", updated=changed).wall
        bound = SERIAL["login_seconds"] + rows * SERIAL["contact_seconds"] + changed * SERIAL["request_seconds"]
        listed = elapsed(lambda: _list(server))
    what = f"serial server, {rows:,}-row sheet with {changed:,} changes"
    real = listed + changed * SERIAL["request_seconds"]
    return [
        (f"{what}: `sync` as a whole, the process's start included", f"{wall:.1f} s"),
        (
            f"{what}: `requests.put` per row, extrapolated from {sample} rows",
            f"{script:.0f} s, {script / wall:.1f}x ours",
        ),
        (f"{what}: against the bound (one list and {changed:,} x 9 ms: {bound:.1f} s)", f"{wall / bound:.2f}x"),
        (f"{what}: the same with the list as this sandbox answers a bare GET ({real:.1f} s)", f"{wall / real:.2f}x"),
    ]


def _restore(server: Server, count: int) -> None:
    """What the script changed is as before."""
    base = f"{server.url}/api/projects/{server.project_id}/contacts/by_address"
    with requests.Session() as session:
        session.auth = (ACCOUNT, PASSWORD)
        for person in range(count):
            session.put(f"{base}/{number(person)}.json", params={"vars[age]": "30"}, timeout=60).raise_for_status()


def _list(server: Server) -> bytes:
    url = f"{server.url}/api/projects/{server.project_id}/contacts.json"
    return requests.get(url, auth=(ACCOUNT, PASSWORD), timeout=600).content


def whole(quick: bool) -> list[tuple[str, str]]:
    """An xlsx, the project's list, 10 % changed, 20 ms a PUT with 16 at once, against the sum of each stage's least."""
    rows, changed, turns = (10_000, 1_000, 1) if quick else (100_000, 10_000, 3)
    measured = [_whole_once(rows, changed) for _ in range(turns)]
    walls = [run.wall for run, _ in measured]
    sums = [sum(limits.values()) for _, limits in measured]
    lists = [limits["server's list"] for _, limits in measured]
    what = f"{rows:,} x {len(VARIABLES)} xlsx, {changed:,} changes, 20 ms, 16 at once"
    parts = ", ".join(f"{name} {median(limits[name] for _, limits in measured):.2f}" for name in measured[0][1])
    first = measured[0][0]
    return [
        (
            f"{what}: `sync` as a whole",
            f"{told(walls, ' s')}; {first.processor:.1f} s of processor time, {first.memory:,.0f} MB",
        ),
        (f"{what}: the sum of the stages' limits ({parts})", told(sums, " s")),
        (f"{what}: against that sum", told([wall / limit for wall, limit in zip(walls, sums, strict=True)])),
        (
            f"{what}: the same without the time the server takes for its list, on both sides",
            told([(wall - list_) / (limit - list_) for wall, limit, list_ in zip(walls, sums, lists, strict=True)]),
        ),
    ]


def _whole_once(rows: int, changed: int) -> tuple[Ran, dict[str, float]]:
    with sandbox(rows, VARIABLES) as server, tempfile.TemporaryDirectory() as folder:
        job, sheet = Job(Path(folder), server), Path(folder) / "people.xlsx"
        table = people_of(rows, VARIABLES, changed=changed)
        write_worksheet(table, sheet)
        job.configure(sheet, VARIABLES, verboice__concurrency=WIDE["workers"])
        server.become(WIDE)
        limits = _limits(server, sheet, table, changed)
        return job.run("sync", updated=changed), limits


def _limits(server: Server, sheet: Path, table: pa.Table, changed: int) -> dict[str, float]:
    """Seconds of wall time of the bare stages."""
    listed: list[bytes] = []
    limits = {"server's list": elapsed(lambda: listed.append(_list(server)))}
    limits["fastexcel"] = elapsed(lambda: fastexcel.read_excel(sheet).load_sheet(0).to_arrow())
    limits["orjson"] = elapsed(lambda: plain_orjson(listed[0]))
    columns = ContactColumns(VARIABLES)
    columns.feed(listed[0])
    remote = columns.finish()
    contacts = pa.table({"Phone": remote.addresses, **{f"{name} there": remote.variables[name] for name in VARIABLES}})
    limits["join"] = elapsed(lambda: table.join(contacts, "Phone"))
    limits["PUTs"] = changed * WIDE["request_seconds"] / WIDE["workers"]
    limits["bare xlsx"] = elapsed(lambda: write_worksheet(table, sheet.with_name("bare.xlsx")))
    return limits


def changed_rows(quick: bool) -> list[tuple[str, str]]:
    """A large source of which little has changed since it was settled: the ledger knows the rest."""
    rows, changed, turns = (100_000, 1_000, 1) if quick else (1_000_000, 1_000, 3)
    runs = [_changed_once(rows, changed) for _ in range(turns)]
    sent = runs[0].said["requests"]
    away = (sent["get"] + sent["put"]) * WIDE["request_seconds"] / WIDE["workers"]
    what = f"{rows:,} x {len(VARIABLES)} csv with {changed:,} changed since they were settled"
    return [
        (f"{what}: requests", f"{sent['get']:,} GET, {sent['put']:,} PUT"),
        (
            f"{what}: `sync` as a whole, of which the server needs {away:.1f} s",
            told([run.wall for run in runs], " s"),
        ),
        (
            f"{what}: local work in processor time",
            f"{told([run.processor for run in runs], ' s')}, {max(run.memory for run in runs):,.0f} MB",
        ),
    ]


def _changed_once(rows: int, changed: int) -> Ran:
    with sandbox(changed, VARIABLES) as server, tempfile.TemporaryDirectory() as folder:
        job, source = Job(Path(folder), server), Path(folder) / "people.csv"
        same = people_of(rows, VARIABLES, changed=rows).set_column(1, VARIABLES[0], pa.array(["30"] * rows))
        _settle(job, same)
        moved = pa.array(["31"] * changed + ["30"] * (rows - changed))
        csv.write_csv(same.set_column(1, VARIABLES[0], moved), source)
        job.configure(source, VARIABLES, verboice__concurrency=WIDE["workers"])
        server.become(WIDE)
        return job.run("sync", updated=changed)


def _settle(job: Job, table: pa.Table) -> None:
    """The ledger as a full comparison would have left it, with the costs of a slow server."""
    rules = ContactRules("Phone", tuple(VariableRule(name, name) for name in VARIABLES), region="KH")
    rows = Rows(table, pa.array(np.arange(2, len(table) + 2)), "people")
    scope, now = Scope(job.server.url, job.server.project_id, "bench"), datetime.now(UTC)
    settled = pa.table(
        {
            "address_key": address_keys(table["Phone"].combine_chunks(), "KH").keys,
            "content_hash": contents(rows, rules),
            "contact_id": pa.array(np.arange(1, len(table) + 1)),
            "address": table["Phone"],
        }
    )
    with Ledger.open(None, job.folder / "home") as ledger:
        ledger.settle_rows(scope, settled, at=now)
        ledger.record_counts(scope, Counts(contacts=len(table), rows=len(table), counted_at=now, full_check_at=now))
        ledger.record_cost(job.server.url, "listed", Cost(SERIAL["contact_seconds"], 1_000, now))


def run(quick: bool) -> list[tuple[str, str]]:
    """What is compared is measured within the same minute."""
    return [*headline(quick), *whole(quick), *changed_rows(quick)]


if __name__ == "__main__":
    for what, figure in run("--quick" in sys.argv):
        print(f"{what}: {figure}")
