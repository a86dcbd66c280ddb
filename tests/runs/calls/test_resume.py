"""A batch that was cut off goes on with what it had left, and rings nobody twice."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault
from tests.worlds import cells

NO_ROUTE = {"status": 404, "body": "x" * 728}  # as long as Verboice's own page


def test_a_channel_that_is_disabled_meanwhile_stops_the_batch_and_resume_goes_on(cli, clinic, people):
    refusal = {"status": 400, "body": '{"error": "Channel is disabled"}', "content_type": "application/json"}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, times=1, **refusal))
    said = cli("call", people(), "--json")
    assert (said.status, said.json["status"]) == (1, "failed")
    counts = said.json["rows"]
    assert (counts["queued"], counts["failed"], counts["unsent"], len(clinic.rung())) == (1, 1, 1, 1)
    assert [problem["status"] for problem in said.json["problems"]] == ["failed"]
    (reason,) = [reason for status, reason in cells(said, "sync_status", "sync_reason") if status == "unsent"]
    assert reason.startswith("Not asked for: the run ended before this row's turn. ")
    assert "disabled" in reason
    on = cli("resume", said.json["run_id"], "--json")
    assert (on.json["run_id"], on.json["rows"]["queued"], on.json["rows"]["failed"]) == (said.json["run_id"], 2, 1)
    assert len(clinic.rung()) == 2


@pytest.mark.parametrize("again", [(), ("--again", "the clinic moved")])
def test_resume_leaves_out_what_another_run_has_asked_for_meanwhile(cli, clinic, people, again):
    name = people()
    if again:
        cli("call", name)
    before = len(clinic.rung())
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, **NO_ROUTE))
    cut = cli("call", name, *again, "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    cli("call", name, *again)
    after = clinic.rung()
    on = cli("resume", cut, "--json")
    assert (on.status, on.json["rows"]["queued"], on.json["rows"]["skipped"]) == (0, 1, 2)
    assert clinic.rung() == after
    assert len(after) == before + (4 if again else 3)


def test_a_refused_login_stops_at_once_and_the_row_is_not_lost(cli, clinic, people):
    denied = {"status": 401, "headers": {"WWW-Authenticate": "Basic"}, "body": '{"error": "Invalid"}'}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, **denied))
    said = cli("call", people(), "--json")
    assert said.status == 2
    assert said.json["rows"]["unsent"] == 2
    clinic.sandbox.faults.clear()
    assert cli("resume", said.json["run_id"][-6:], "--json").json["rows"]["queued"] == 3
    assert len(clinic.rung()) == 3
