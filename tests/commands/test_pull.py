"""`pull`: all contacts as a file, which can be synced again."""

from __future__ import annotations

import pytest

from tests.worlds import ROWS


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_pull_writes_all_contacts_and_a_sync_of_that_file_changes_nothing(cli, clinic, sheet, pipeline, suffix):
    name = pipeline(sheet(*ROWS))
    assert cli("pull", name, "--to", f"all.{suffix}").status == 0
    kind = {"csv": "csv", "xlsx": "excel"}[suffix]
    source = {"kind": kind, "path": f"all.{suffix}", "address": "address"}
    variables = {"age": "age", "favorite color": "favorite color"}
    again = cli("sync", pipeline(None, source=source, **{"contacts.variables": variables}), "--json")
    assert again.json["rows"]["unchanged"] == 3
    assert clinic.puts() == 0


@pytest.mark.parametrize("target", ["all.txt", "nowhere/all.csv"])
def test_pull_refuses_a_file_it_cannot_write_before_the_server_lists_every_contact(cli, sheet, pipeline, target):
    said = cli("pull", pipeline(sheet(*ROWS)), "--to", target, "--json")
    assert (said.status, said.json["requests"]["get"]) == (2, 0)
    assert "Reading all contacts" not in said.err


@pytest.mark.parametrize("to", ["all.txt", "no/such/folder/all.csv", "oracle://h/db"])
def test_pull_asks_the_server_for_nothing_where_it_cannot_write(cli, clinic, pipeline, to):
    table = ["--table", "contacts"] if "://" in to else []
    assert cli("pull", pipeline("unused.xlsx"), "--to", to, *table).status == 2
    assert clinic.sandbox.requests == []
