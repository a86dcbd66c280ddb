"""Calls whose answer was lost are settled by a person, and queued ones can be taken back."""

from __future__ import annotations

from connectors.sandbox import Fault
from tests.worlds import PATIENTS


def test_a_lost_answer_is_uncertain_never_repeated_and_settled_by_hand(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    name = people()
    said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["uncertain"], said.json["rows"]["queued"]) == (4, 1, 2)
    again = cli("call", name, "--json")
    assert (again.json["rows"]["uncertain"], again.json["rows"]["skipped"]) == (1, 2)
    assert f"resolve {said.json['run_id']}" in again.json["problems"][0]["reason"]
    assert len(clinic.rung()) == 3
    elsewhere = cli("resolve", again.json["run_id"]).out
    assert elsewhere.startswith("row 3: Asked for on")
    assert "Nothing is uncertain" not in elsewhere
    listed = cli("resolve", said.json["run_id"])
    assert listed.status == 4
    assert "row 3: ••••9888" in listed.out
    assert cli("resolve", said.json["run_id"], "--row", "2", "--placed").status == 2
    assert cli("resolve", said.json["run_id"], "--row", "3", "--placed").status == 0
    assert cli("call", name, "--json").json["rows"]["skipped"] == 3


def test_several_rows_are_settled_at_once_and_rows_are_never_taken_for_granted(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=2))
    run = cli("call", people(), "--json").json["run_id"]
    assert cli("resolve", run, "3", "--placed").status == 2
    assert cli("resolve", run, "--row", "3", "4", "--placed").status == 0
    assert cli("resolve", run, "--json").json["rows"]["queued"] == 3


def test_a_call_that_was_not_placed_is_asked_for_by_the_next_run(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_before", path="/api/call", times=1))
    name = people(PATIENTS[0])
    run = cli("call", name, "--json").json["run_id"]
    assert clinic.rung() == []
    assert cli("resolve", run, "--not-placed", "--json").json["rows"]["failed"] == 1
    assert cli("call", name, "--json").json["rows"]["queued"] == 1
    assert len(clinic.rung()) == 1


def test_cancelling_takes_out_only_what_is_still_queued(cli, clinic, people):
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(1)
    later = cli("call", people(*PATIENTS, ("012111222", "Dee", 4)), "--json").json["run_id"]
    assert "0 calls cancelled. 3 had begun" in cli("cancel", run).out
    said = cli("cancel", later, "--json")
    assert (said.json["calls"], said.json["requests"]["post"], said.json["requests"]["call"]) == (
        {"cancelled": 1},
        1,
        0,
    )
    assert [call["state"] for call in clinic.sandbox.calls()] == ["active", "active", "active", "cancelled"]
    assert clinic.sandbox.count(method="POST", path="cancel") == 1


def test_the_calls_of_some_rows_are_cancelled(cli, clinic, people):
    run = cli("call", people(), "--json").json["run_id"]
    assert "2 calls cancelled." in cli("cancel", run, "--row", "2", "4").out
    assert [call["state"] for call in clinic.sandbox.calls()] == ["cancelled", "queued", "cancelled"]
    said = cli("cancel", run, "--row", "3", "4")
    assert (said.status, clinic.sandbox.count(method="POST", path="cancel")) == (2, 2)
    assert "Not in Verboice's queue in this run: row 4. Rows that are: 3." in said.err


def test_a_call_that_cannot_be_asked_about_is_left_as_it_is(cli, clinic, people):
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.state.database.run("update call_logs set account_id = 999 where id = 2")
    said = cli("cancel", run)
    assert "2 calls cancelled" in said.out
    assert sorted(call["state"] for call in clinic.sandbox.calls()) == ["cancelled", "cancelled", "queued"]
