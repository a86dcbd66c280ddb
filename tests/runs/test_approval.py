"""A plan or batch that needs a person: refused, approved by its checksum, used once, and who approved it recorded."""

from __future__ import annotations

from pathlib import Path


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
