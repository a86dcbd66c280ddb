"""Reading again what was not heard: each lost answer is settled by what Verboice has."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault

SOK, DARA, NOBODY = "85512345678", "+85512999888", "85512777666"


def test_a_value_whose_answer_was_lost_is_not_taken_for_a_callers(cli, clinic, home, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)))
    assert cli("sync", name).status == 0
    sheet(("012345678", 50, None))
    clinic.sandbox.faults.add(Fault("drop_after", method="PUT"))
    clinic.sandbox.faults.add(Fault("reply", method="GET", path="by_address", status=404, skip=1))
    cli("sync", name)
    clinic.sandbox.faults.clear()
    assert clinic.vars(SOK)["age"] == "50"
    sheet(("012345678", 39, None))
    assert "age: 50 → 39" in cli("contact", name, SOK).out
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
    assert clinic.vars(SOK)["age"] == "39"


@pytest.mark.parametrize("action", ["drop_after", "late", "truncate", "drop_before"])
def test_a_creation_whose_answer_was_lost_is_read_and_made_once(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="POST", times=1, seconds=0.4))
    name = pipeline(sheet(("015666777", 6, None)), **{"contacts.missing": "create"})
    said = cli("sync", name, "--json")
    assert (said.status, said.json["rows"]["created"]) == (0, 1)
    assert len(clinic.sandbox.contacts(clinic.project)) == 4
    assert clinic.vars("85515666777") == {"age": "6"}


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_is_looked_into_and_never_a_lost_or_doubtful_row(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="PUT", path="by_address", times=1))
    result = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 41, None))), "--json")
    assert result.status == 0
    assert result.json["rows"]["updated"] == 2
    assert clinic.vars("85512345678")["age"] == "39"
    assert result.json["requests"]["put"] == 2 + result.json["requests"]["retries"]
    assert result.json["requests"]["retries"] == (1 if action == "drop_before" else 0)
