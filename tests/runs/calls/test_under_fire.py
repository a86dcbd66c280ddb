"""Whatever goes wrong, nobody is rung twice: lost answers, kill -9, crashes at every moment, re-runs, renamed files."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

from connectors.sandbox import Fault, Sandbox
from tests.runs.calls.machine import LOST, batch_in, number, try_histories
from tests.worlds import with_project


def requested(sandbox: Sandbox, *faults: str) -> set[str]:
    """Addresses whose request met one of these faults."""
    calls = [one for one in sandbox.requests if one.path == "/api/call.json"]
    return {parse_qs(one.query)["address"][0] for one in calls if one.fault in faults}


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


def test_no_history_rings_anybody_twice_or_who_asked_not_to_be_or_forgets_anybody() -> None:
    try_histories(examples=12, steps=12)
