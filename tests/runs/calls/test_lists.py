"""People on a do-not-call list, or without consent, are not rung: by a batch, by one that goes on, by none."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import timedelta

import pytest

from connectors.sandbox import Fault
from tests.worlds import PATIENTS, cells

NO_ROUTE = {"status": 404, "body": "x" * 728}  # as long as Verboice's own page
LIST = {"kind": "csv", "path": "never.csv", "address": "Tel"}


@pytest.fixture
def impatient(monkeypatch):
    """Lists are read before each call."""
    monkeypatch.setattr("flows.runs.calls.gate.LISTS_LAST", timedelta(0))
    monkeypatch.setattr("flows.runs.calls.gate.REST", 0)


@contextmanager
def queued_after(clinic, happens):
    """Once Verboice has accepted a call, and before it is asked for another, something happens."""
    enqueue = clinic.sandbox.state.database.insert

    def then(table, **columns):
        made = enqueue(table, **columns)
        if table == "queued_calls" and not done:
            done.append(table)
            happens()
        return made

    done: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinic.sandbox.state.database, "insert", then)
        yield
    assert done


@pytest.fixture
def listing(home):
    """listing(line, …): the do-not-call list."""

    def write(*lines):
        (home / "never.csv").write_text("\n".join(["Tel,Why", *lines]), encoding="utf-8")
        return {"calls.do_not_call": dict(LIST)}

    return write


def test_people_are_meant_not_spellings(cli, clinic, people, listing):
    said = cli("call", people(**listing("+855 (12) 345-678,asked us", "12 999 888,moved")), "--json")
    assert (said.status, said.json["rows"]["blocked"], said.json["rows"]["queued"]) == (0, 2, 1)
    assert clinic.rung() == ["85512777666"]
    assert cells(said, "sync_status", "sync_reason")[0] == ("blocked", "On the list never, row 2.")


def test_no_reason_to_call_again_overrides_a_list(cli, clinic, people, listing):
    cli("call", people())
    said = cli("call", people(**listing("012345678,")), "--again", "power cut", "--json")
    assert (said.json["rows"]["blocked"], said.json["rows"]["queued"]) == (1, 2)
    assert clinic.rung().count("85512345678") == 1


def test_a_list_is_read_anew_by_resume(cli, clinic, people, listing):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, **NO_ROUTE))
    cut = cli("call", people(**listing("011111111,")), "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    listing("012 777 666,has asked meanwhile")
    said = cli("resume", cut, "--json")
    assert (said.json["rows"]["queued"], said.json["rows"]["blocked"]) == (2, 1)
    assert "85512777666" not in clinic.rung()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "never.csv"),
        ("Phone,Why\n012345678,x", 'no column "Tel"'),
        ("Tel,Why\n012345678,x\nask Maria,y", "row 3"),
        ("Tel,Why\n012345678 or 012999888,y", "row 2"),
    ],
    ids=["not there", "another column", "a name", "two numbers"],
)
def test_nobody_is_called_while_a_list_cannot_be_read(cli, clinic, home, people, content, told):
    if content is not None:
        (home / "never.csv").write_text(content, encoding="utf-8")
    said = cli("call", people(**{"calls.do_not_call": [LIST]}))
    assert (said.status, clinic.rung()) == (2, [])
    assert told in said.err
    assert "345678" not in said.err


def test_a_row_that_may_mean_several_people_keeps_all_of_them_from_being_called(cli, clinic, people, listing):
    """Without a region 012345678 and 85512345678 are two numbers; what is listed with + is one."""
    said = cli("call", people(**listing("+855 12 345 678,", ",no number at all"), **{"source.region": None}), "--json")
    assert said.json["rows"]["queued"] == 3
    assert "that name nobody: 3." in said.err
    assert cli("call", people(**listing("12345678,")), "--again", "x", "--json").json["rows"]["blocked"] == 1


def test_a_list_may_be_a_workbook_or_a_database(cli, clinic, home, people, sheet):
    sheet(("012345678",), header=("Tel",), name="never")
    with sqlite3.connect(home / "never.db") as database:
        database.execute("create table never (tel text)")
        database.execute("insert into never values ('012 999 888')")
    workbook = {"kind": "excel", "path": "never.xlsx", "address": "Tel"}
    table = {"kind": "database", "url": "sqlite:///never.db", "table": "never", "address": "tel"}
    said = cli("call", people(**{"calls.do_not_call": [workbook, table]}), "--json")
    assert (said.json["rows"]["blocked"], clinic.rung()) == (2, ["85512777666"])


def test_whoever_answered_so_on_the_telephone_is_not_called_by_any_number(cli, clinic, people):
    other = clinic.sandbox.add_project(clinic.account, "Survey", variables=["opted_out"])
    clinic.sandbox.add_contact(other, ["85500000000", "85512999888"], {"opted_out": "1"})
    clinic.sandbox.add_contact(other, ["85512345678"], {"opted_out": "0"})
    answers = {"kind": "verboice", "project": "Survey", "variable": "opted_out", "is": "1"}
    said = cli("call", people(**{"calls.do_not_call": answers}), "--json")
    assert said.json["rows"]["blocked"] == 1
    assert "opted_out is “1”" in cells(said, "sync_reason")[1][0]
    wrong = cli("call", people(**{"calls.do_not_call": answers | {"variable": "opted out"}}))
    assert wrong.status == 2
    assert "Did you mean “opted_out”?" in wrong.err


def test_only_rows_that_say_so_are_called(cli, clinic, people):
    rows = [(*PATIENTS[0][:1], " Yes ", 3), (*PATIENTS[1][:1], "no", 2), (*PATIENTS[2][:1], None, 1)]
    said = cli("call", people(*rows, **{"calls.only_if": {"column": "Name", "is": ["yes", "oui"]}}), "--json")
    assert (said.status, said.json["rows"]["blocked"], clinic.rung()) == (0, 2, ["85512345678"])
    reasons = [reason for (reason,) in cells(said, "sync_reason")]
    assert reasons[1] == "Column “Name” says “no”; only “yes” or “oui” is called."
    assert "is empty" in reasons[2]


def test_what_keeps_back_one_row_does_not_make_another_of_the_person_a_duplicate(cli, clinic, people):
    rows = [("012345678", "no", 3), ("012 345 678", "yes", 3)]
    said = cli("call", people(*rows, **{"calls.only_if": {"column": "Name", "is": "yes"}}), "--json")
    assert [status for (status,) in cells(said, "sync_status")] == ["blocked", "queued"]


def test_the_keys_of_lists_are_checked(cli, people):
    wrong = {"calls.do_not_call": [{"kind": "csv", "path": "x", "adress": "Tel"}, {"kind": "paper"}]}
    said = cli("check", people(**wrong, **{"calls.only_if": {"column": "Name", "is": []}}))
    assert said.status == 2
    assert "calls.do_not_call.0.adress is not a known key; did you mean address?" in said.err
    assert 'calls.do_not_call.1.kind must be one of csv, excel, database, verboice, not "paper"' in said.err
    assert "calls.only_if.is is empty; name at least one" in said.err


def test_a_batch_that_takes_long_reads_its_lists_again(cli, clinic, people, listing, impatient):
    name = people(**listing("011111111,"))
    with queued_after(clinic, lambda: listing("012 777 666,has asked while others were called")):
        said = cli("call", name, "--json")
    assert (said.json["rows"]["queued"], said.json["rows"]["blocked"]) == (2, 1)
    assert cells(said, "sync_reason")[2] == ("On the list never, row 2.",)


def test_a_batch_stops_where_its_list_is_gone_and_goes_on_when_it_is_back(
    cli, clinic, home, people, listing, impatient
):
    name = people(**listing("012999888,"))
    with queued_after(clinic, (home / "never.csv").unlink):
        said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["queued"], said.json["rows"]["unsent"]) == (2, 1, 1)
    assert "never.csv" in said.err
    assert cli("resume", said.json["run_id"]).status == 2
    listing("012999888,")
    assert cli("resume", said.json["run_id"], "--json").json["rows"]["queued"] == 2
