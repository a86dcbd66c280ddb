"""Reading again what was not heard: each lost answer is settled by what Verboice has."""

from __future__ import annotations

import pytest

from connectors.errors import CouldNotBeDone
from connectors.sandbox import Fault
from flows.runs.contacts.reread import Rereading
from flows.runs.contacts.write import Write
from flows.runs.execution import Started, execute
from tests.worlds import be_impatient

SOK, DARA, NOBODY = "85512345678", "+85512999888", "85512777666"


def test_a_value_whose_answer_was_lost_is_not_taken_for_a_callers(cli, clinic, home, sheet, pipeline, monkeypatch):
    be_impatient(monkeypatch)
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
def test_a_creation_whose_answer_was_lost_is_read_and_made_once(cli, clinic, sheet, pipeline, action, monkeypatch):
    if action == "drop_before":
        be_impatient(monkeypatch)
    clinic.sandbox.faults.add(Fault(action, method="POST", times=1, seconds=0.4))
    name = pipeline(sheet(("015666777", 6, None)), **{"contacts.missing": "create"})
    said = cli("sync", name, "--json")
    assert (said.status, said.json["rows"]["created"]) == (0, 1)
    assert len(clinic.sandbox.contacts(clinic.project)) == 4
    assert clinic.vars("85515666777") == {"age": "6"}


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_is_looked_into_and_never_a_doubtful_row(cli, clinic, sheet, pipeline, action, monkeypatch):
    if action == "drop_before":
        be_impatient(monkeypatch)
    clinic.sandbox.faults.add(Fault(action, method="PUT", path="by_address", times=1))
    result = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 41, None))), "--json")
    assert result.status == 0
    assert result.json["rows"]["updated"] == 2
    assert clinic.vars("85512345678")["age"] == "39"
    assert result.json["requests"]["put"] == 2 + result.json["requests"]["retries"]
    assert result.json["requests"]["retries"] == (1 if action == "drop_before" else 0)


def asked_of(clinic, *changes):
    """Requests for people of the clinic, from an age to an age."""
    ids = {contact["addresses"][0]: contact["id"] for contact in clinic.sandbox.contacts(clinic.project)}
    return [
        Write(seq, "put", seq + 2, who, {"age": after}, {"age": before}, ids.get(who, 99))
        for seq, (who, before, after) in enumerate(changes)
    ]


def sifted_in_run(name, clinic, asked, *, was_sent):
    """What reading again tells of requests, in a run that sends nothing."""
    sifted = []

    def work(run):
        sifted.append(Rereading(run, clinic.project.id).sift(asked, was_sent=was_sent))
        raise CouldNotBeDone("nothing is sent here")

    with pytest.raises(CouldNotBeDone):
        execute(Started("sync", name), work)
    return sifted[0]


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_request_is_judged_by_what_its_contact_has_now(clinic, sheet, pipeline, home, was_sent):
    clinic.sandbox.add_contact(clinic.project, ["85516000000"], {"age": "38"})
    asked = asked_of(
        clinic,
        ("85512345678", "38", "39"),  # as it was
        ("85516000000", "37", "38"),  # as it was to become
        ("+85512999888", "39", "41"),  # somebody set 40
        ("85512000000", "1", "2"),  # nobody
        ("85512777666", None, "5"),  # still absent
    )
    sifted = sifted_in_run(pipeline(sheet()), clinic, asked, was_sent=was_sent)
    assert [write.seq for write in sifted.send] == [0, 4]
    states = {write.seq: result.state for write, result in sifted.known}
    assert states == {1: "done" if was_sent else "unchanged", 2: "failed" if was_sent else "held", 3: "failed"}


@pytest.mark.parametrize("has", ["5", "6"])
def test_a_creation_that_may_have_been_sent_is_ours_if_it_has_our_values(clinic, sheet, pipeline, home, has):
    clinic.sandbox.add_contact(clinic.project, ["85516000000"], {"age": has})
    asked = [Write(seq, "post", seq, who, {"age": "5"}) for seq, who in enumerate(["85516000000", "85516000001"])]
    sifted = sifted_in_run(pipeline(sheet()), clinic, asked, was_sent=True)
    assert [write.seq for write in sifted.send] == [1]
    ((write, result),) = sifted.known
    assert (write.seq, result.state) == (0, "done" if has == "5" else "failed")
