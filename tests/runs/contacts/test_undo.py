"""Going back: what a run replaced, where nobody has changed it since."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

SOK, DARA, NOBODY = "85512345678", "+85512999888", "85512777666"


def test_undo_puts_back_only_what_is_still_as_the_run_wrote_it(cli, clinic, sheet, pipeline):
    rows = [("012345678", 39, "red"), ("012999888", 41, "red"), ("012777666", 5, None)]
    run = cli("sync", pipeline(sheet(*rows)), "--json").json["run_id"]
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '41'")
    shown = cli("undo", run, "--dry-run", "--json")
    assert (shown.status, shown.json["kind"]) == (4, "plan")
    before = clinic.puts()
    said = cli("undo", run)
    assert said.status == 4  # one value waits for a person
    assert "age: 39 → 38" in said.out
    assert said.out.index("age: 39 → 38") < said.out.index("Done")
    assert clinic.puts() == before + 3
    assert clinic.vars(SOK) == {"age": "38", "favorite color": "blue"}
    assert clinic.vars(DARA) == {"age": "50", "favorite color": ""}
    assert clinic.vars(NOBODY) == {"age": ""}


def test_a_number_among_the_values_that_go_back_is_masked(cli, sheet, pipeline):
    run = cli("sync", pipeline(sheet((SOK, "012 345 678", None))), "--json").json["run_id"]
    said = cli("undo", run)
    assert "age: ••••5678 → 38" in said.out
    assert "345 678" not in said.out + said.err


def test_undo_says_what_it_cannot_do(cli, clinic, sheet, pipeline):
    rows = [("012999888", 41, "red"), ("011222333", 5, "red")]
    run = cli("sync", pipeline(sheet(*rows), **{"contacts.missing": "create"}), "--json").json["run_id"]
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '41'")
    said = cli("undo", run, "--json")
    first = load_workbook(said.json["reports"]["workbook"]).worksheets[0]
    head, dara, new = first.iter_rows(values_only=True)
    reason = head.index("sync_reason")
    assert dara[reason] == (
        "favorite color: was absent and becomes empty, because nothing can be deleted. "
        "age: changed by somebody since the run, left alone."
    )
    assert "The contact itself stays" in new[reason]
    assert clinic.vars("85511222333") == {"age": "", "favorite color": ""}


def test_undo_twice_changes_nothing_more_and_an_undo_can_be_undone(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)))
    run = cli("sync", name, "--json").json["run_id"]
    undone = cli("undo", run, "--json").json["run_id"]
    again = cli("undo", run, "--json")
    assert (again.status, again.json["rows"]["unchanged"]) == (0, 1)
    assert clinic.vars(SOK)["age"] == "38"
    cli("undo", undone)
    assert clinic.vars(SOK)["age"] == "39"
    assert cli("plan", name, "--json").json["rows"]["unchanged"] == 1


@pytest.mark.parametrize("kind", ["backfill", "apply"])
def test_undo_takes_back_every_kind_of_run(cli, clinic, sheet, pipeline, home, kind):
    name = pipeline(sheet(("012345678", 39, None)))
    cli("plan", name, "--out", "plan.json")
    before = cli("plan", name, "--json").json["plan"]["checksum"]
    run = cli(kind, "plan.json" if kind == "apply" else name, "--json").json["run_id"]
    assert cli("undo", run[-6:]).status == 0
    assert clinic.vars(SOK)["age"] == "38"
    assert cli("plan", name, "--json").json["plan"]["checksum"] == before


def test_a_run_that_changes_nothing_cannot_be_undone(cli, sheet, pipeline):
    run = cli("plan", pipeline(sheet(("012345678", 39, None))), "--json").json["run_id"]
    said = cli("undo", run)
    assert said.status == 2
    assert "changes no contacts" in said.err


def test_a_source_that_fell_back_after_an_undo_does_not_cost_a_callers_answer(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 38, None)))
    cli("sync", name)
    clinic.sandbox.state.database.run("update persisted_variables set value = '45' where value = '38'")
    cli("sync", name)  # sees the answer and keeps it
    sheet(("012345678", 41, None))
    cli("undo", cli("sync", name, "--json").json["run_id"])
    sheet(("012345678", 38, None))
    assert cli("sync", name, "--json").json["rows"]["unchanged"] == 1
    assert clinic.vars(SOK)["age"] == "45"


def test_a_value_that_the_server_altered_can_be_undone_like_any_other(cli, clinic, sheet, pipeline):
    clinic.sandbox.state.database.run(
        "create trigger narrow after update of value on persisted_variables when length(new.value) > 3 "
        "begin update persisted_variables set value = substr(new.value, 1, 3) where id = new.id; end"
    )
    said = cli("sync", pipeline(sheet(("012345678", 39, "turquoise"))), "--json")
    assert (said.status, said.json["rows"]["failed"]) == (4, 1)
    assert clinic.vars(SOK) == {"age": "39", "favorite color": "tur"}
    clinic.sandbox.state.database.run("drop trigger narrow")
    undone = cli("undo", said.json["run_id"], "--json")
    assert (undone.status, undone.json["rows"]["updated"]) == (0, 1)
    assert clinic.vars(SOK) == {"age": "38", "favorite color": "blue"}


def test_undo_says_that_the_source_still_holds_what_it_takes_back(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)))
    run = cli("sync", name, "--json").json["run_id"]
    said = cli("undo", run)
    assert "The source still holds the values that are taken back here, and the next sync sends them again." in said.out
    assert f"verboice-sync undo {run} --hold" in said.out
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
    settled = cli("set-all", name, "age=7", "--json").json["plan"]["checksum"]
    everyone = cli("set-all", name, "age=7", "--approve", settled, "--json").json["run_id"]
    assert "The source" not in cli("undo", everyone).out


@pytest.mark.parametrize("first", [(), ("undo",)])
def test_what_is_held_stays_until_the_source_says_something_else(cli, clinic, sheet, pipeline, first):
    rows = [("012345678", 39, "red"), ("012999888", 41, "red")]
    name = pipeline(sheet(*rows))
    run = cli("sync", name, "--json").json["run_id"]
    if first:
        cli(*first, run)
    held = cli("undo", run, "--hold")
    assert "held until it says something else" in held.out
    for _ in range(2):
        assert cli("sync", name, "--json").json["rows"]["unchanged"] == 2
    assert clinic.vars(SOK) == {"age": "38", "favorite color": "blue"}
    assert clinic.vars(DARA) == {"age": "40", "favorite color": ""}
    sheet(("012345678", 42, "red"), rows[1])
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
    assert clinic.vars(SOK) == {"age": "42", "favorite color": "blue"}


def test_a_value_that_is_always_taken_from_the_source_cannot_be_held_and_that_is_said(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)), **{"contacts.on_drift": "revert"})
    run = cli("sync", name, "--json").json["run_id"]
    assert "age: the pipeline has on_drift: revert" in cli("undo", run, "--hold").out
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
