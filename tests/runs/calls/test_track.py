"""What became of the calls: asked politely, told in the reports."""

from __future__ import annotations

import sqlite3

import pytest

from flows.runs.calls.track import TrackingPace
from tests.worlds import PATIENTS, cells


@pytest.mark.parametrize("version", ["3.5.1", "3.1.1"])
def test_tracking_tells_what_became_of_the_calls(cli, clinic, people, version):
    clinic.sandbox.configure(version=version)
    clinic.sandbox.set_outcomes("85512345678", "completed")
    clinic.sandbox.set_outcomes("+85512999888", "busy")
    clinic.sandbox.set_outcomes("85512777666", "completed")
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(1)
    assert cli("track", run, "--json").json["calls"] == {"active": 3}
    clinic.sandbox.advance(1)
    before = len(clinic.sandbox.requests)
    said = cli("track", run, "--until-done", "--json")
    assert said.status == 0
    assert said.json["calls"] == said.json["call_states"] == {"completed": 2, "failed": 1}
    assert said.json["requests"]["call"] == 0
    assert sum(said.json["requests"].values()) == len(clinic.sandbox.requests) - before
    assert cli("runs", run, "--json").json["requests"]["call"] == 3
    states = cells(said, "call_state", "fail_reason", "finished_at")
    assert states[1][:2] == ("failed", "busy" if version == "3.1.1" else None)
    assert (states[0][2] is not None) is (version == "3.1.1")
    asked = clinic.sandbox.count(path="/api/calls/")
    cli("track", run)
    assert clinic.sandbox.count(path="/api/calls/") == asked


def test_a_pending_retry_is_still_queued_and_says_why(cli, clinic, people):
    clinic.sandbox.configure(version="3.1.1")
    clinic.sandbox.set_outcomes("85512345678", "busy", "completed")
    run = cli("call", people(PATIENTS[0], **{"calls.schedule": "Office hours"}), "--json").json["run_id"]
    clinic.sandbox.advance(2, seconds=90_000)
    said = cli("track", run, "--json")
    assert cells(said, "call_state", "fail_reason")[0] == ("queued", "busy (to be tried again)")


def test_a_call_of_a_shared_flow_is_not_visible_and_that_is_an_answer(cli, clinic, people):
    run = cli("call", people(PATIENTS[0]), "--json").json["run_id"]
    clinic.sandbox.state.database.run("update call_logs set account_id = 999")
    said = cli("track", run, "--until-done", "--json")
    assert said.json["call_states"] == {"not visible": 1}


def test_tracked_states_reach_the_results_table_and_a_dry_run_does_not(cli, clinic, people, home):
    name = people(PATIENTS[0], **{"results.url": f"sqlite:///{home}/results.db"})
    cli("call", name, "--dry-run")
    run = cli("call", name, "--json").json["run_id"]
    clinic.sandbox.advance(1)
    cli("track", run)
    with sqlite3.connect(home / "results.db") as database:
        told = database.execute("select run_id, sync_status, call_state from verboice_results").fetchall()
    database.close()
    assert told == [(run, "queued", "active")]


def test_tracking_backs_off_while_nothing_happens_and_never_keeps_the_server_busy():
    pace = TrackingPace(first=2, growth=2, longest=300, share=0.1)
    assert [pace.wait(quiet, 0.0) for quiet in (0, 1, 2, 20)] == [2, 4, 8, 300]
    assert pace.wait(0, 10.0) == pytest.approx(90)
