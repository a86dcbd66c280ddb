"""Whatever goes wrong, nobody is rung twice: lost answers, kill -9, crashes at every moment, re-runs, renamed files."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs

import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import VerboiceSyncError
from connectors.ledger import Ledger
from connectors.ledger.values import Call
from connectors.sandbox import Fault, Sandbox, SandboxServer
from connectors.values import Rows
from flows import wiring
from flows.runs.calls.resume import resume_calls
from flows.runs.calls.run import enqueue_calls
from flows.runs.execution import Started, execute
from tests.worlds import with_project

LOST = ("drop_before", "drop_after")


def number(person: int) -> str:
    return f"8551234{person:05d}"


def requested(sandbox: Sandbox, *faults: str) -> set[str]:
    """Addresses whose request met one of these faults."""
    calls = [one for one in sandbox.requests if one.path == "/api/call.json"]
    return {parse_qs(one.query)["address"][0] for one in calls if one.fault in faults}


@dataclass
class Batch:
    """A sandbox that can call, and a pipeline of one spreadsheet in its own folder."""

    sandbox: Sandbox
    server: SandboxServer
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def ledger(self) -> Ledger:
        return Ledger.open(None, self.home)

    def calls(self) -> list[Call]:
        """Every call in the ledger, of all runs."""
        with self.ledger() as ledger:
            return [call for run in ledger.runs() for call in ledger.calls_of_run(run.run_id)]

    def placed(self) -> list[str]:
        return [call["address"] for call in self.sandbox.calls()]


@contextmanager
def batch_in(folder: Path, **settings: object) -> Iterator[Batch]:
    sandbox = Sandbox()
    account = sandbox.add_account("ana@example.org", "secret")
    project = sandbox.add_project(account, "Clinic", call_flows=["Reminder"])
    sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Reminder"))
    sandbox.configure(**settings)
    with SandboxServer(sandbox) as server:
        pipeline = {
            "verboice": {
                "url": server.url,
                "account": "ana@example.org",
                "password": "secret",
                "project": project.name,
            },
            "source": {"kind": "csv", "path": str(folder / "people.csv"), "address": "Phone"},
            "calls": {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name"}},
        }
        (folder / "p.yaml").write_text(yaml.safe_dump(pipeline))
        yield Batch(sandbox, server, folder)
    assert sandbox.errors == []
    sandbox.close()


def test_500_rows_on_a_bad_line_with_a_kill_and_a_resume_ring_nobody_twice(tmp_path: Path) -> None:
    people = {number(n): n + 2 for n in range(500)}
    (tmp_path / "people.csv").write_text("Phone,Name\n" + "".join(f"{address},Ana\n" for address in people))
    with batch_in(tmp_path, request_seconds=0.004) as batch:
        faults = [Fault(action, path="/api/call", probability=0.03, seed=7) for action in LOST]
        batch.sandbox.faults.add(*faults)
        environment = with_project(VERBOICE_SYNC_HOME=str(batch.home))
        command = [sys.executable, "-m", "flows"]
        quiet = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([*command, "call", "p.yaml"], **quiet) as killed:  # type: ignore[call-overload]
            while batch.sandbox.count(path="/api/call.json") < 200 and killed.poll() is None:
                time.sleep(0.005)
            killed.kill()
        assert killed.returncode == -9
        stranded = {call.address for call in batch.calls() if call.state == "sending"}
        assert len(stranded) <= 1
        (run,) = (batch.home / "runs").iterdir()
        resumed = subprocess.run([*command, "resume", run.name, "--json"], check=False, **quiet)  # type: ignore[call-overload]
        assert resumed.returncode == 4, resumed.stderr

        calls = batch.calls()
        states = {call.address: call.state for call in calls}
        assert set(states) == set(people)
        assert {call.row for call in calls} == set(people.values())
        assert max(Counter(batch.placed()).values()) == 1
        uncertain = {address for address, state in states.items() if state == "uncertain"}
        lost = requested(batch.sandbox, *LOST)
        assert len(lost) > 10
        assert lost <= uncertain <= lost | stranded
        queued = {call.address for call in calls if call.state == "queued"}
        assert queued | uncertain == set(people)
        assert queued <= set(batch.placed())
        ids = {call["id"]: call["address"] for call in batch.sandbox.calls()}
        assert all(ids[call.call_id] == call.address for call in calls if call.state == "queued" and call.call_id)


def test_what_a_kill_left_in_the_air_can_be_settled_without_another_run(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Phone,Name\n" + "".join(f"{number(n)},Ana\n" for n in range(3)))
    with batch_in(tmp_path, request_seconds=0.5) as batch:
        environment = with_project(VERBOICE_SYNC_HOME=str(batch.home))
        command = [sys.executable, "-m", "flows"]
        quiet = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([*command, "call", "p.yaml"], **quiet) as killed:  # type: ignore[call-overload]
            while not any(call.state == "sending" for call in batch.calls()) and killed.poll() is None:
                time.sleep(0.02)
            killed.kill()
        (run,) = (batch.home / "runs").iterdir()
        resolve = [*command, "resolve", run.name]
        listed = subprocess.run(resolve, check=False, **quiet)  # type: ignore[call-overload]
        assert b"row 2: " in listed.stdout
        settled = subprocess.run([*resolve, "--not-placed"], check=False, **quiet)  # type: ignore[call-overload]
        assert b"1 row settled." in settled.stdout
        assert [call.state for call in batch.calls()] == ["not_placed"]


# Crashes at every moment, in one process: the ledger dies at a chosen point, and everything after it with it.


class Killed(BaseException):
    """The process is gone; nothing it would still do happens."""


@dataclass
class DyingLedger:
    """A ledger that works until the `nth` call is about to be recorded, is recorded, or is answered."""

    ledger: Ledger
    nth: int
    moment: str
    begun: int = 0
    dead: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.ledger, name)
        if not callable(method):
            return method

        def living(*words: object, **named: object) -> object:
            self.begun += name == "begin_call"
            due = self.begun == self.nth
            self.dead = self.dead or (
                due and (name, self.moment) in {("begin_call", "before"), ("settle_call", "answered")}
            )
            if self.dead:
                raise Killed
            result = method(*words, **named)
            if due and (name, self.moment) == ("begin_call", "recorded"):
                self.dead = True
                raise Killed
            return result

        return living


@dataclass
class ListSource:
    """Rows in memory under a file name."""

    people: list[int]
    stem: str = "people"
    rows: list[int] = field(default_factory=list)

    def describe(self) -> str:
        return self.stem

    def read(self) -> Rows:
        table = pa.table({"Phone": [number(p) for p in self.people], "Name": [f"N{p}" for p in self.people]})
        return Rows(table, pa.array(range(2, len(self.people) + 2), pa.int64()), self.stem)


crash = st.none() | st.tuples(st.integers(1, 4), st.sampled_from(["before", "recorded", "answered"]))
trouble = st.none() | st.tuples(
    st.integers(0, 3), st.sampled_from([*LOST, "truncate", "refused", "not placed", "not Verboice"])
)
step = st.tuples(
    st.sampled_from(["call", "call", "resume", "resume the first"]),
    st.lists(st.integers(1, 6), min_size=1, max_size=5),
    st.sampled_from(["people", "renamed", "people (1)"]),
    crash,
    trouble,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(step, min_size=1, max_size=5))
def test_no_interleaving_of_crashes_lost_answers_and_reruns_rings_anybody_twice(
    steps: list, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("batch")
    with batch_in(folder) as batch, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERBOICE_SYNC_HOME", str(batch.home))
        for kind, people, stem, dies, fault in steps:
            _arm(batch, patch, dies, fault)
            patch.setattr(wiring, "open_source", lambda *_a, people=people, stem=stem, **_k: ListSource(people, stem))
            _run(batch, kind)
            _bury(batch)
            _check(batch)


def _arm(batch: Batch, patch: pytest.MonkeyPatch, dies: tuple[int, str] | None, fault: tuple[int, str] | None) -> None:
    def opened(_pipeline: object, home: Path) -> Ledger | DyingLedger:
        ledger = Ledger.open(None, home)
        return DyingLedger(ledger, *dies) if dies else ledger

    patch.setattr(wiring, "open_ledger", opened)
    batch.sandbox.faults.clear()
    if fault is not None:
        skip, action = fault
        replies = {
            "refused": {"action": "reply", "status": 400, "body": '{"error": "Validation failed"}'},
            "not placed": {"action": "reply", "status": 404, "body": "x" * 728},
            "not Verboice": {"action": "reply", "status": 404},
        }
        shape = replies.get(action, {"action": action})
        batch.sandbox.faults.add(Fault(path="/api/call", skip=skip, times=1, **shape))  # type: ignore[arg-type]


def _run(batch: Batch, kind: str) -> None:
    runs = sorted(path.name for path in (batch.home / "runs").iterdir()) if (batch.home / "runs").exists() else []
    try:
        if kind == "call" or not runs:
            ended = execute(Started("call", str(batch.folder / "p.yaml")), enqueue_calls)
        else:
            ended = resume_calls(runs[0 if kind == "resume the first" else -1])
    except (Killed, VerboiceSyncError):
        return  # what matters then is what the sandbox and the ledger say
    rows = dict(ended.report.summary["rows"])
    assert rows.pop("read") == sum(rows.values())
    told = [call for call in batch.calls() if (call.run_id, call.state) == (ended.report.summary["run_id"], "queued")]
    assert rows["queued"] == len(told)
    assert not [call for call in batch.calls() if call.state == "sending"]


def _bury(batch: Batch) -> None:
    """What a dead process leaves is taken over at once; here its process id is still alive."""
    with batch.ledger() as ledger:
        left = ledger.lease("call:p")
        if left is not None:
            ledger.release_lease(left, at=datetime.now(UTC))


def _check(batch: Batch) -> None:
    placed = Counter(batch.placed())
    assert all(count == 1 for count in placed.values())
    calls = batch.calls()
    queued = [call.address for call in calls if call.state == "queued"]
    open_ended = {call.address for call in calls if call.state in ("uncertain", "sending")}
    assert len(queued) == len(set(queued))
    assert set(queued) <= set(placed)
    assert set(placed) - set(queued) <= open_ended
