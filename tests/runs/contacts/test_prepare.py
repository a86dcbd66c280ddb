"""Everything before the first change is sent: which rows, which contacts, and what is wrong for everybody."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from tests.worlds import ROWS


def test_plan_shows_everything_and_sends_nothing(cli, clinic, sheet, pipeline, home):
    said = cli("plan", pipeline(sheet(*ROWS[:2])), "--out", "plan.json")
    assert said.status == 0
    assert "••••5678" in said.out
    assert "85512345678" not in said.out + said.err
    assert clinic.puts() == 0
    assert '"before": "38"' in (home / "plan.json").read_text()


def test_a_sheet_can_be_named_by_its_number(cli, clinic, sheet, pipeline):
    path = sheet(("012345678", 39, None))
    book = load_workbook(path)
    book.create_sheet("Notes", 0).append(["nothing of interest"])
    book.save(path)
    assert cli("sync", pipeline(path, **{"source.sheet": 2})).status == 0
    assert clinic.vars("85512345678")["age"] == "39"


def test_only_and_limit_narrow_a_first_try(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None), ("012999888", 41, None), ("012777666", 1, None)))
    said = cli("sync", name, "--only", "+855 12 999 888", "--json")
    assert (said.json["rows"]["read"], said.json["rows"]["updated"]) == (1, 1)
    assert cli("sync", name, "--limit", "1", "--json").json["rows"]["read"] == 1
    assert clinic.vars("85512777666") == {}


def test_a_contradiction_outside_the_selection_still_counts(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None), ("85512345678", 50, None)))
    assert cli("sync", name, "--limit", "1", "--json").json["rows"]["duplicate"] == 1
    assert clinic.puts() == 0


def test_a_large_source_reads_the_list_once_and_a_small_one_asks_one_by_one(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("85512345678", 38, None)))
    cli("plan", name)
    assert clinic.sandbox.count(path="by_address") == 1
    assert clinic.sandbox.count(path="contacts.json") == 0
    clinic.sandbox.reset()
    many = sheet(*[(f"0123{n:05d}", 1, None) for n in range(40)])
    cli("plan", pipeline(many))
    assert clinic.sandbox.count(path="by_address") == 0
    assert clinic.sandbox.count(path="contacts.json") == 1


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"source.path": "none.xlsx"}, 2, "none.xlsx does not exist"),
        ({"source.sheet": "Nope"}, 2, 'no sheet "Nope"'),
        ({"source.address": "Telephone"}, 2, 'no column "Telephone"'),
        ({"contacts.variables": {"age": "Years"}}, 2, "no column “Years”"),
        ({"verboice.password": "wrong"}, 2, "wrong e-mail or password"),
        ({"verboice.project": "Other"}, 2, "no project named “Other”"),
        ({"verboice.project": 99}, 2, "no project 99"),
        ({"contacts.variables": {"Age": "Age"}}, 2, "Did you mean “age”"),
        ({"contacts.variables": {"a[b]": "Age"}}, 2, "brackets"),
        ({"verboice.url": "http://127.0.0.1:9"}, 1, "cannot be reached"),
        ({"verboice.url": "http://verboice.example.org"}, 2, "https://"),
        ({"contacts.surprise": "x"}, 2, "contacts.surprise"),
        ({"contacts": None}, 2, "nothing to sync"),
    ],
)
def test_bad_input_is_one_clear_message_and_nothing_is_sent(cli, clinic, sheet, pipeline, changes, status, said):
    path = sheet(*ROWS)
    result = cli("sync", pipeline(path, **changes))
    assert result.status == status
    assert said in result.err
    assert clinic.puts() == 0


def test_a_read_only_project_is_told_apart_and_nothing_is_lost(cli, clinic, sheet, pipeline):
    reader = clinic.sandbox.add_account("ben@example.org", "pw")
    clinic.sandbox.share_project(clinic.project, reader, "read")
    changes = {"verboice.account": "ben@example.org", "verboice.password": "pw", "verboice.project": clinic.project.id}
    result = cli("sync", pipeline(sheet(("012345678", 39, None)), **changes))
    assert result.status == 2
    assert "read" in result.err
    assert clinic.vars("85512345678")["age"] == "38"


def test_a_project_shared_with_the_right_to_write_is_synced_by_its_number(cli, clinic, sheet, pipeline):
    helper = clinic.sandbox.add_account("ben@example.org", "pw")
    clinic.sandbox.share_project(clinic.project, helper, "admin")
    changes = {"verboice.account": "ben@example.org", "verboice.password": "pw", "verboice.project": clinic.project.id}
    assert cli("sync", pipeline(sheet(("012345678", 39, None)), **changes)).status == 0
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_number_given_with_only_that_no_row_has_is_said(cli, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS)), "--only", "012000000")
    assert "No row of the source has an address that was given with --only." in said.out


def test_an_error_in_the_address_column_is_named_as_such(cli, clinic, sheet, pipeline):
    path = sheet(("012345678", 39, None), ("x", 40, None), (None, 41, None))
    book = load_workbook(path)
    book.active["A3"], book.active["A3"].data_type = "#REF!", "e"
    book.active["A4"] = "=B4"
    book.save(path)
    said = cli("sync", pipeline(path), "--json")
    assert [(p["row"], p["column"], p["reason"].split(".")[0]) for p in said.json["problems"]] == [
        (3, "Phone", "The cell shows the error #REF!"),
        (4, "Phone", "The cell has a formula whose result is not stored in the file"),
    ]


def test_a_near_miss_is_held_and_a_new_contact_created_once(cli, clinic, sheet, pipeline):
    clinic.sandbox.add_contact(clinic.project, ["0011222333"], {})
    name = pipeline(
        sheet(("011222333", 5, "red"), ("015666777", 6, "--")),
        **{"contacts.missing": "create", "source.region": None},
    )
    said = cli("sync", name, "--json")
    assert said.status == 4
    assert (said.json["rows"]["held"], said.json["rows"]["created"], said.json["requests"]["post"]) == (1, 1, 1)
    assert "very similar address" in said.json["problems"][0]["reason"]
    assert clinic.vars("015666777") == {"age": "6", "favorite color": ""}
    assert cli("sync", name, "--json").json["rows"]["unchanged"] == 1
