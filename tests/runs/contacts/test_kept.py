"""What a run keeps for the runs that come after it."""

from __future__ import annotations

import json


def test_a_plan_that_was_used_is_not_given_out_again(cli, saved, home):
    name = saved()
    cli("undo", cli("apply", "plan.json", "--json").json["run_id"])
    assert cli("plan", name, "--out", "again.json").status == 0
    used, fresh = (json.loads((home / file).read_text()) for file in ("plan.json", "again.json"))
    assert used["plan"]["checksum"] == fresh["plan"]["checksum"]
    assert used["run_id"] != fresh["run_id"]
    assert cli("apply", "again.json").status == 0
