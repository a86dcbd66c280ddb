"""A batch as a file: whole, its owner's alone, and an edited one is known."""

from __future__ import annotations

import orjson


def test_the_plan_file_holds_the_whole_batch_for_its_owner_only(cli, clinic, people):
    said = cli("call", people(), "--json")
    from pathlib import Path

    plan = Path(said.json["reports"]["plan"])
    calls = orjson.loads(plan.read_bytes())["calls"]
    assert [call["row"] for call in calls] == [2, 3, 4]
    assert plan.stat().st_mode & 0o077 == 0
    assert said.json["plan"]["changes"] == 3
