"""A plan or batch that needs a person: refused, approved by its checksum, used once, and who approved it recorded."""

from __future__ import annotations

from pathlib import Path

from connectors.ledger import Ledger
from tests.worlds import CALLS, PATIENTS, able_to_call


def test_the_guard_refuses_a_plan_that_looks_like_a_mistake_until_it_is_approved(cli, clinic, sheet, pipeline):
    for number in range(6):
        clinic.sandbox.add_contact(clinic.project, [f"8551255500{number}"], {"age": "1"})
    name = pipeline(sheet(*[(f"01255500{number}", 2, None) for number in range(6)]))
    refused = cli("sync", name, "--json")
    assert refused.status == 3
    assert (refused.json["status"], refused.json["sent"]) == ("refused", False)
    assert refused.json["plan"]["violations"] == [{"guard": "max_overwrites", "limit": "5", "found": "6"}]
    assert "at the first run" in refused.err
    assert "--approve" in refused.err
    assert clinic.puts() == 0
    checksum = refused.json["plan"]["checksum"]
    assert Path(refused.json["reports"]["plan"]).exists()
    assert cli("sync", name, "--approve", "0" * 16).status == 3
    assert cli("sync", name, "--approve", checksum).status == 0
    assert clinic.puts() == 6
    sheet(*[(f"01255500{number}", 3, None) for number in range(6)])
    share = cli("sync", name, "--json").json["plan"]["violations"]
    assert share == [{"guard": "max_overwrites", "limit": "30%", "found": "100%"}]


def test_the_ledger_keeps_the_plan_of_a_refused_run_and_its_file_can_be_applied_with_approval(
    cli, clinic, sheet, pipeline
):
    clinic.sandbox.add_contacts(clinic.project, [([f"8551255500{n}"], {"age": "1"}) for n in range(6)])
    name = pipeline(sheet(*[(f"01255500{n}", 2, None) for n in range(6)]))
    refused = cli("sync", name, "--json")
    assert refused.status == 3
    file, checksum = refused.json["reports"]["plan"], refused.json["plan"]["checksum"]
    assert checksum in refused.err
    assert cli("apply", file).status == 3
    assert cli("apply", file, "--approve", "0" * 16).status == 3
    assert clinic.puts() == 0
    assert cli("apply", file, "--approve", checksum).status == 0
    assert clinic.puts() == 6


def test_an_approved_sync_uses_up_the_plan_that_was_refused(cli, clinic, sheet, pipeline):
    clinic.sandbox.add_contacts(clinic.project, [([f"8551255500{n}"], {"age": "1"}) for n in range(6)])
    name = pipeline(sheet(*[(f"01255500{n}", 2, None) for n in range(6)]))
    refused = cli("sync", name, "--json").json
    done = cli("sync", name, "--approve", refused["plan"]["checksum"], "--json").json
    cli("undo", done["run_id"])
    assert cli("apply", refused["reports"]["plan"], "--approve", refused["plan"]["checksum"]).status == 3


def test_who_approved_is_recorded_and_nobody_where_nothing_was_approved(cli, sheet, pipeline, home, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ana")
    name = pipeline(sheet(("012345678", 39, None)), **{"guard.max_overwrites": 0})
    refused = cli("sync", name, "--json").json
    done = cli("sync", name, "--approve", refused["plan"]["checksum"], "--json").json
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        runs = [ledger.run(run["run_id"]) for run in (refused, done)]
    assert [run.approved_by for run in runs] == [None, "ana"]


def test_a_batch_is_refused_and_approved_like_a_plan_and_says_so_of_people(cli, clinic, sheet, pipeline, home):
    able_to_call(clinic)
    path = sheet(*PATIENTS, header=("Phone", "Name", "Dose"))
    name = pipeline(path, contacts=None, calls=CALLS, **{"guard.max_calls": 2})
    refused = cli("call", name)
    assert (refused.status, clinic.rung()) == (3, [])
    assert "nobody was called" in refused.err
    checksum = refused.err.partition("--approve ")[2].split()[0]
    stale = cli("call", name, "--only", "012345678", "--approve", checksum)
    assert (stale.status, clinic.rung()) == (3, [])
    assert "This is not the approved batch any more" in stale.err
    run = cli("call", name, "--approve", checksum, "--json").json["run_id"]
    assert len(clinic.rung()) == 3
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        assert ledger.run(run).approved_by


def test_an_approval_of_a_plan_that_breaks_no_limit_is_no_mistake(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)))
    checksum = cli("plan", name, "--json").json["plan"]["checksum"]
    assert cli("sync", name, "--approve", checksum).status == 0
    assert cli("sync", name, "--approve", checksum).status == 0  # there is nothing left to approve
    assert clinic.puts() == 1
