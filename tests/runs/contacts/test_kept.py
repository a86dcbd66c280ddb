"""What a run keeps for the runs that come after it."""

from __future__ import annotations

import json

from flows.runs.contacts.kept import with_kept_rows
from flows.runs.contacts.plan_file import read_plan
from flows.runs.folder import RunFolder


def test_a_plan_that_was_used_is_not_given_out_again(cli, saved, home):
    name = saved()
    cli("undo", cli("apply", "plan.json", "--json").json["run_id"])
    assert cli("plan", name, "--out", "again.json").status == 0
    used, fresh = (json.loads((home / file).read_text()) for file in ("plan.json", "again.json"))
    assert used["plan"]["checksum"] == fresh["plan"]["checksum"]
    assert used["run_id"] != fresh["run_id"]
    assert cli("apply", "again.json").status == 0


def test_on_another_machine_a_plan_is_told_by_the_rows_its_file_names(saved, home, tmp_path):
    saved()
    read = read_plan(home / "plan.json")
    here, elsewhere = RunFolder(home / ".verboice-sync" / "runs" / read.made_by), RunFolder(tmp_path / "none")
    plan, rows = with_kept_rows(read, here)
    assert rows.table.column_names == ["Phone", "Age", "Colour"]
    assert plan.outcomes["status"].to_pylist() == ["updated", "updated", "not_found"]
    bare, told = with_kept_rows(read, elsewhere)
    assert told.table["Address"].to_pylist()[:2] == ["85512345678", "+85512999888"]
    assert bare.checksum == plan.checksum == read.plan.checksum
    assert (bare.rows, len(told)) == (3, 3)


def test_a_plan_shown_twice_is_one_plan(cli, saved, home):
    name = saved()
    made = [cli("plan", name, "--json").json["run_id"] for _ in range(2)]
    kept = [home / ".verboice-sync" / "runs" / run / "plan.json" for run in made]
    assert len({path.read_bytes() for path in (*kept, home / "plan.json")}) == 1
