"""Commands that are carried out as flows where there is a Prefect server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(170)


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
