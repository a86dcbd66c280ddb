"""The ledger against Verboice: uncertain calls are settled where its log tells of them, and left where it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from connectors.sandbox import Fault
from tests.worlds import PATIENTS, cells

DEE = ("012111222", "Dee", 4)


def ring(clinic, address: str) -> None:
    """Somebody else asks for a call with the same account."""
    url = f"{clinic.server.url}/api/call"
    with requests.Session() as session:
        session.auth = ("ana@example.org", "se cret:ñ".encode())
        assert session.get(url, params={"channel": "chan", "address": address}, timeout=10).json()["state"] == "queued"


@pytest.fixture
def lost_for_long(monkeypatch):
    """As if every lost request were long past."""
    monkeypatch.setattr("flows.calls.evidence.LATE", timedelta(0))


def test_a_call_that_was_placed_is_found_by_address_and_time(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    run = cli("call", people(), "--json").json["run_id"]
    said = cli("reconcile", run, "--json")
    assert (said.status, said.json["rows"]["queued"], said.json["rows"]["uncertain"]) == (0, 3, 0)
    assert said.json["calls"] == {
        "asked": 3, "accepted": 3, "rang": 0, "answered": 0, "failed": 0, "never_seen": 0, "not_ours": 0,
    }  # fmt: skip
    assert cells(said, "call_id", "sync_reason")[1] == ("2", "Found in Verboice's log by its address and time: call 2.")
    assert len(clinic.rung()) == 3


def test_one_that_was_not_is_settled_once_it_cannot_come_any_more(cli, clinic, people, lost_for_long):
    clinic.sandbox.faults.add(Fault("drop_before", path="/api/call", skip=1, times=1))
    name = people()
    run = cli("call", name, "--json").json["run_id"]
    said = cli("reconcile", run)
    assert "1 uncertain call was settled by Verboice's log." in said.out
    assert cli("call", name, "--json").json["rows"]["queued"] == 1
    assert sorted(clinic.rung()) == ["+85512999888", "85512345678", "85512777666"]


def test_it_is_left_as_long_as_it_may_come_yet(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_before", path="/api/call", skip=1, times=1))
    run = cli("call", people(), "--json").json["run_id"]
    said = cli("reconcile", run)
    assert said.status == 4
    assert "row 3: ••••9888, asked for on " in said.out
    assert f"verboice-sync resolve {run} --row N --placed | --not-placed" in said.out
    assert cli("reconcile", run, "--json").json["calls"]["never_seen"] == 1


def test_calls_of_others_in_between_are_counted_and_not_taken_for_ours(cli, clinic, people, lost_for_long):
    clinic.sandbox.faults.add(Fault("drop_before", path="/api/call", skip=1, times=1))
    run = cli("call", people(PATIENTS[0], PATIENTS[1]), "--json").json["run_id"]
    ring(clinic, "85512000111")
    cli("call", people(DEE, name="other"))
    said = cli("reconcile", run, "--json")
    assert said.json["calls"]["not_ours"] == 1
    assert said.json["rows"]["unsent"] == 1


def test_two_calls_to_the_same_address_are_no_evidence(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    run = cli("call", people(PATIENTS[0], PATIENTS[1]), "--json").json["run_id"]
    ring(clinic, clinic.rung()[1])
    assert cli("reconcile", run).status == 4


def test_states_are_asked_for_on_the_way_and_a_pipeline_means_its_open_runs_and_the_latest(cli, clinic, people):
    name = people(PATIENTS[0])
    assert "No calls were asked for in the last 7 days" in cli("reconcile", name).out
    cli("call", name)
    cli("call", people(PATIENTS[0], PATIENTS[1]))
    clinic.sandbox.advance(600)
    said = cli("reconcile", name, "--json")
    assert (said.json["kind"], said.json["pipeline"], len(said.json["runs"])) == ("reconcile", "p", 2)
    assert (said.json["calls"]["rang"], said.json["calls"]["asked"]) == (2, 2)
    assert cli("reconcile", name, "--json").json["calls"] == said.json["calls"]  # also of those that have ended


def test_what_is_neither_a_run_nor_a_pipeline_is_told(cli, people):
    people()
    said = cli("reconcile", "absent")
    assert (said.status, "no run" in said.err) == (2, True)
