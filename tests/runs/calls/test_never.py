"""`never`: a person is not called by any pipeline of the ledger, by whatever command, until that is lifted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.ledger import Ledger
from connectors.ledger.values import Listing
from connectors.sandbox import Fault
from flows.runs.calls.run import push
from tests.worlds import CALLS, PATIENTS, cells

ONE = PATIENTS[0]


def test_nobody_of_the_list_is_called_until_it_is_lifted(cli, clinic, people):
    name = people()
    said = cli("never", "012 345 678", "--reason", "asked us to stop")
    assert (said.status, said.out.startswith("••••5678 is not called any more (")) == (0, True)
    called = cli("call", name, "--json")
    assert (called.json["rows"]["blocked"], called.json["rows"]["queued"]) == (1, 2)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    told = f"Never to be called, since {day} (verboice-sync never: asked us to stop)."
    assert cells(called, "sync_status", "sync_reason")[0] == ("blocked", told)
    assert cli("call", name, "--again", "power cut", "--json").json["rows"]["blocked"] == 1
    assert cli("never", "+85512345678").out.startswith("••••5678 was on the list already")
    lifted = cli("never", "+85512345678", "--lift", "--json")
    assert lifted.json["ledgers"][0]["changed"] is True
    assert cli("call", name, "--json").json["rows"]["queued"] == 1
    assert cli("never", "+85512345678", "--lift").out.startswith("••••5678 was not on the list")


def test_every_address_of_the_contact_is_meant(cli, clinic, people, sheet, pipeline):
    both = sheet(("012 999 888", 40, "blue"), ("097 000 001", 40, "blue"))
    assert cli("sync", pipeline(both)).status == 0
    cli("never", "+85512999888")
    assert cli("call", people(("097000001", "Bo", 2)), "--json").json["rows"]["blocked"] == 1


def test_resume_and_retry_ask_the_list(cli, clinic, people):
    clinic.sandbox.set_outcomes("*", "busy")
    name = people(calls={**CALLS, "retry": {"on": ["failed"], "times": 1, "after": "0s"}})
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=2, times=1, status=404, body="x" * 728))
    run = cli("call", name, "--json").json["run_id"]
    cli("never", "012777666")
    assert cli("resume", run, "--json").json["rows"]["blocked"] == 1
    clinic.sandbox.advance(5)
    cli("track", run)
    cli("never", "012345678")
    rows = cli("call", name, "--retry", run, "--json").json["rows"]
    assert (rows["queued"], rows["blocked"]) == (1, 2)
    assert clinic.rung().count("85512345678") == 1


def test_who_is_put_on_the_list_while_others_are_called_is_not_called(cli, clinic, people, home, monkeypatch):
    """Between the plan and the first call; the lists themselves are read every five minutes only."""

    def late(run, *told):
        run.ledger.list_never({"85512777666"}, Listing(run.clock(), "somebody"))
        return push(run, *told)

    monkeypatch.setattr("flows.runs.calls.run.push", late)
    said = cli("call", people(), "--json")
    assert (said.json["rows"]["queued"], said.json["rows"]["blocked"]) == (2, 1)
    assert "85512777666" not in clinic.rung()


def test_calls_that_wait_in_the_queue_are_told_with_the_way_to_take_them_back(cli, clinic, people):
    run = cli("call", people(), "--json").json["run_id"]
    said = cli("never", "+85512345678")
    assert (
        f"1 call to them was still in Verboice's queue: `verboice-sync cancel {run} --row 2` takes it back." in said.out
    )


def test_forgetting_keeps_the_person_on_the_list_and_not_the_reason(cli, home, people):
    name = people(ONE)
    cli("never", "+85512345678", "--reason", "Ana Sok asked for it")
    assert cli("forget", "+85512345678").status == 0
    assert cli("call", name, "--json").json["rows"]["blocked"] == 1
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        (listing,) = ledger.never_called(["85512345678"]).values()
    assert listing.reason == ""


@pytest.mark.parametrize(
    ("words", "told"), [(("nobody",), "This is no address"), (("+85512345678", "--lift", "--reason", "x"), "--reason")]
)
def test_what_cannot_be_meant_is_refused(cli, people, words, told):
    people()
    said = cli("never", *words)
    assert (said.status, told in said.err) == (2, True)


def test_the_list_is_there_before_anything_else(cli, home):
    (home / ".verboice-sync" / "ledger.db").unlink()
    assert "is not called any more" in cli("never", "+85512345678").out
    assert (home / ".verboice-sync" / "ledger.db").is_file()
