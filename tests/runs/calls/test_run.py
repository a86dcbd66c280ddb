"""Calls as their user sees them: a spreadsheet in, telephones that ring once, exit status, output and reports."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault
from tests.worlds import PATIENTS, cells


def test_each_person_is_rung_once_with_variables_from_the_row(cli, clinic, people):
    said = cli("call", people(), "--json")
    assert said.status == 0
    assert said.json["rows"] == {
        "read": 3, "queued": 3, "skipped": 0, "blocked": 0, "duplicate": 0, "rejected": 0, "failed": 0, "uncertain": 0,
        "unsent": 0,
    }  # fmt: skip
    assert clinic.rung() == ["85512345678", "+85512999888", "85512777666"]
    assert clinic.sandbox.calls()[0]["vars"] == {"name": "Ana", "dose": 3}
    assert cells(said, "Name", "sync_status", "call_id", "call_state")[0] == ("Ana", "queued", "1", "queued")
    (request, *_) = [one for one in clinic.sandbox.requests if one.path == "/api/call.json"]
    assert (request.method, request.query) == (
        "GET",
        "channel_id=1&address=85512345678&call_flow_id=1&vars%5Bdose%5D=3&vars%5Bname%5D=Ana",
    )
    assert clinic.sandbox.log.most_in_flight == 1


def test_the_list_of_runs_tells_dry_runs_apart(cli, clinic, people):
    name = people()
    cli("call", name, "--dry-run")
    cli("call", name)
    assert [run.get("dry_run", False) for run in cli("runs", "--json").json] == [False, True]


def test_runs_in_a_ledger_of_the_pipelines_own_are_listed_and_shown(cli, clinic, people, home):
    cli("call", people(PATIENTS[0]))
    own = cli("call", people(PATIENTS[1], name="own", ledger=f"sqlite:///{home}/own.db"), "--json").json["run_id"]
    listed = [run["run_id"] for run in cli("runs", "--json").json]
    assert (len(listed), listed[0]) == (2, own)
    assert cli("runs", own[-6:], "--json").json["run_id"] == own


def test_a_guard_refuses_before_anybody_is_called_and_a_checksum_approves(cli, clinic, people):
    name = people(**{"guard.max_calls": 2})
    refused = cli("call", name, "--json")
    assert (refused.status, refused.json["status"], clinic.rung()) == (3, "refused", [])
    assert refused.json["plan"]["violations"] == [{"guard": "max_calls", "limit": "2", "found": "3"}]
    checksum = refused.json["plan"]["checksum"]
    assert f"--approve {checksum}" in refused.err
    assert cli("call", name, "--approve", "0" * 16).status == 3
    assert cli("resume", refused.json["run_id"]).status == 2
    assert cli("call", name, "--approve", checksum, "--json").json["rows"]["queued"] == 3


def test_a_refused_row_fails_alone_and_is_asked_for_again_by_a_later_run(cli, clinic, people):
    refusal = {"status": 400, "body": '{"error": "Mysql2::Error: Data too long"}', "content_type": "application/json"}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", times=1, **refusal))
    name = people()
    said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["failed"], said.json["rows"]["queued"]) == (4, 1, 2)
    assert "Data too long" in said.json["problems"][0]["reason"]
    assert cli("call", name, "--json").json["rows"]["queued"] == 1


def test_a_server_that_loses_every_answer_is_left_alone_soon(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", status=500))
    said = cli("call", people(*[(f"0123456{n:02d}", "Ana", 1) for n in range(12)]), "--json")
    assert said.status == 1
    assert (said.json["rows"]["uncertain"], said.json["rows"]["unsent"]) == (5, 7)


def test_a_busy_server_is_asked_again_because_it_did_nothing(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", status=503, headers={"Retry-After": "0"}, times=1))
    said = cli("call", people(), "--json")
    assert (said.status, said.json["rows"]["queued"], said.json["requests"]["retries"]) == (0, 3, 1)
    assert len(clinic.rung()) == 3


@pytest.mark.parametrize("more", [0, 40])
def test_the_workbook_names_the_contacts_that_were_looked_up(cli, clinic, people, more):
    others = [(f"0178880{number:02d}", "X", 1) for number in range(more)]
    said = cli("call", people(*PATIENTS, ("011222333", "New", 1), *others), "--json")
    assert [cell for (cell,) in cells(said, "contact_id")[:4]] == ["1", "2", "3", None]
    tracked = cli("track", said.json["run_id"], "--json")
    assert [cell for (cell,) in cells(tracked, "contact_id")[:4]] == ["1", "2", "3", None]


def test_the_workbook_names_contacts_that_the_pipeline_has_settled(cli, clinic, people):
    clinic.sandbox.add_contact(clinic.project, ["sip:nurse@example.org"], {})
    name = people(*PATIENTS, ("sip:nurse@example.org", "Nu", 1), contacts={"variables": {"age": "Dose"}})
    assert cli("sync", name).status == 0
    cli("call", name)
    said = cli("call", name, "--json")
    assert (said.json["rows"]["skipped"], said.json["calls"]) == (4, {})
    assert [cell for (cell,) in cells(said, "contact_id")] == ["1", "2", "3", "4"]
