"""Cancel in Prefect's pages always cancels, also where nobody is left to tell the flow run but the flow run itself."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import able_to_call, gather_crowd, number, process

pytestmark = pytest.mark.timeout(170)

PEOPLE = 80
PUSH = {"contacts.bulk": "never", "contacts.pull": "all", "verboice.concurrency": 1, "guard.max_overwrites": "100%"}
CALL = {"contacts": None, "calls": {"channel": "chan", "call_flow": "Reminder"}, "guard.max_calls": 1000}


def test_after_an_outage_a_push_and_a_batch_of_calls_are_cancelled(
    prefect, clinic, sheet, pipeline, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.setenv(name, prefect.environment[name])
    gather_crowd(able_to_call(clinic))
    source = sheet(*((number(n), 100 + n, None) for n in range(PEOPLE)))
    pipeline(source, **PUSH)
    (home / "configs" / "p.yaml").rename(home / "configs" / "push.yaml")
    pipeline(source, **CALL)
    (home / "configs" / "p.yaml").rename(home / "configs" / "ring.yaml")
    clinic.sandbox.configure(request_seconds=0.8)

    commands = [_command(home, "sync", "push"), _command(home, "call", "ring")]
    prefect.until(lambda: clinic.puts() and clinic.rung())
    prefect.outage()
    before = clinic.puts(), len(clinic.rung())
    prefect.begin()
    assert (clinic.puts(), len(clinic.rung())) > before, "the runs go on without the server"
    runs = [_running(prefect, flow) for flow in ("sync-contacts", "enqueue-calls")]
    for run in runs:
        prefect.post(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    for command in commands:
        _out, err = command.communicate()
        assert command.returncode == 1
        assert b"Stopped, as was asked" in err
        assert b"Traceback" not in err
    assert 0 < clinic.puts() < PEOPLE
    assert 0 < len(clinic.rung()) < PEOPLE
    for run in runs:
        state = prefect.settled(run)
        assert state["name"] == "Cancelled"
        assert "verboice-sync resume" in state["message"]


def _command(home: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {"cwd": home, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return process(*words, **environment)


def _running(prefect: Any, flow: str) -> str:
    (found,) = prefect.post(
        "/flow_runs/filter",
        {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}},
    )
    return str(found["id"])


def test_a_server_that_does_not_answer_has_cancelled_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.orchestration.cancelling import Cancelling

    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "0191d6a4-0000-7000-8000-000000000000")
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert not Cancelling()()
