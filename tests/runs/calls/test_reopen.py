"""A run of calls found again by its id."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.worlds import PATIENTS, cells


def test_commands_about_unknown_runs_and_runs_of_another_kind_say_so(cli, clinic, people, sheet, pipeline):
    for command in ("track", "cancel", "resolve", "resume"):
        said = cli(command, "nothing")
        assert said.status == 2
        assert "runs" in said.err


@pytest.mark.parametrize("command", ["track", "cancel", "resolve"])
def test_a_run_over_contacts_and_one_that_rang_nobody_have_no_calls(cli, people, pipeline, sheet, command):
    dry = cli("call", people(), "--dry-run", "--json").json["run_id"]
    said = cli(command, dry)
    assert (said.status, "ended before anybody was called" in said.err) == (2, True)
    contacts = cli("plan", pipeline(sheet(("012345678", 39, None))), "--json").json["run_id"]
    said = cli(command, contacts)
    assert (said.status, "asks for no calls" in said.err) == (2, True)


def test_looking_at_a_batch_again_tells_what_it_told(cli, clinic, people):
    said = cli("call", people(*PATIENTS, ("bad", "Dan", 1)), "--json")
    again = cli("resolve", said.json["run_id"], "--json")
    assert again.json["rows"] == said.json["rows"]
    told, told_again = (datetime.fromisoformat(one.json["finished_at"]) for one in (said, again))
    assert timedelta(0) <= told_again - told < timedelta(minutes=1)  # the ledger learns it after the reports
    assert cells(again, "sync_status", "call_id") == cells(said, "sync_status", "call_id")
