"""`runs`: what ran, newest first."""

from __future__ import annotations

from tests.worlds import ROWS


def test_runs_lists_what_ran_newest_first(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    cli("plan", name)
    cli("sync", name)
    listed = cli("runs", "--json").json
    assert [(run["kind"], run["status"]) for run in listed] == [("sync", "succeeded"), ("plan", "succeeded")]
    assert cli("runs", listed[0]["run_id"], "--json").json["rows"]["updated"] == 1
