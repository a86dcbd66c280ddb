"""A batch as a file: whole, its owner's alone, and an edited one is known."""

from __future__ import annotations

from pathlib import Path

import orjson

from connectors.sandbox import Fault


def test_the_plan_file_holds_the_whole_batch_for_its_owner_only(cli, clinic, people):
    said = cli("call", people(), "--json")
    plan = Path(said.json["reports"]["plan"])
    calls = orjson.loads(plan.read_bytes())["calls"]
    assert [call["row"] for call in calls] == [2, 3, 4]
    assert plan.stat().st_mode & 0o077 == 0
    assert said.json["plan"]["changes"] == 3


def test_a_batch_that_was_edited_is_not_gone_on_with(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", status=404))
    cut = cli("call", people(), "--json").json
    clinic.sandbox.faults.clear()
    plan = Path(cut["reports"]["plan"])
    plan.write_bytes(plan.read_bytes().replace(b"85512345678", b"85512345679"))
    said = cli("resume", cut["run_id"])
    assert (said.status, clinic.rung()) == (2, [])
    assert "was changed after it was made" in said.err
