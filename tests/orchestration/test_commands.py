"""Commands that are carried out as flows where there is a Prefect server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(170)


def test_without_a_server_a_sync_is_carried_out_on_a_temporary_one_inside_the_home_folder(
    clinic, sheet, pipeline, home
):
    """The pipeline's own, wherever the command is typed."""
    name = pipeline(sheet(("012345678", 39, "blue")))
    (home / "elsewhere").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "VERBOICE_SYNC_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "flows", "sync", f"../configs/{name}.yaml", "--prefect", "--json"],
        cwd=home / "elsewhere",
        env=environment | {"HOME": str(home / "user"), "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["updated"] == clinic.puts() == 1
    assert not (home / "user").exists()
    assert not list((home / "elsewhere").iterdir())
    written = list((home / ".verboice-sync").rglob("*"))
    assert "prefect.db" in {path.name for path in written}
    open_to_others = [path for path in written if path.exists() and path.stat().st_mode & 0o077]
    assert not open_to_others


def test_a_batch_and_its_tracking_are_flow_runs_with_the_same_output(prefect, clinic, sheet, pipeline, home: Path):
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    clinic.sandbox.set_outcomes("85512345678", "completed")
    name = pipeline(sheet(("012345678", 38, "blue")), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})

    def run(*words: str) -> dict[str, Any]:
        environment = prefect.environment | {"VERBOICE_SYNC_HOME": str(home / ".verboice-sync")}
        command = [sys.executable, "-m", "flows", *words, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    batch = run("call", name, "--only", "012345678")
    clinic.sandbox.advance(2)
    assert run("track", batch["run_id"][-6:], "--until-done")["call_states"] == {"completed": 1}
    flows = {f["id"]: f["name"] for f in prefect.post("/flows/filter")}
    ended = prefect.post("/flow_runs/filter", {"flow_runs": {"state": {"name": {"any_": ["Completed"]}}}})
    told = {flows[one["flow_id"]]: one["parameters"] for one in ended}
    assert told["track-calls"] == {"run": batch["run_id"], "until_done": True}
    assert "012345678" not in json.dumps(told["enqueue-calls"])
