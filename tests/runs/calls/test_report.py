"""How a batch is told: each row with its call, those that need a person, and what Verboice last said."""

from __future__ import annotations

from connectors.sandbox import Fault
from tests.worlds import PATIENTS, cells


def test_every_row_has_its_bucket_and_the_call_that_was_made_of_it(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    said = cli("call", people(*PATIENTS, PATIENTS[0], ("bad", "Dan", 1)), "--json")
    assert cells(said, "sync_status", "call_id") == [
        ("queued", "1"),
        ("uncertain", None),
        ("queued", "3"),
        ("duplicate", None),
        ("rejected", None),
    ]
    assert [(p["row"], p["status"]) for p in said.json["problems"]] == [
        (3, "uncertain"),
        (5, "duplicate"),
        (6, "rejected"),
    ]
    assert said.json["call_states"] == {"queued": 2}


def test_a_call_that_a_person_settled_is_told_apart_from_one_that_answered(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", times=1))
    run = cli("call", people(), "--json").json["run_id"]
    cli("resolve", run, "--placed")
    said = cli("resolve", run, "--json")
    assert said.json["call_states"] == {"queued": 2, "placed, settled by hand": 1}
