"""Only rows that have changed since they were settled are looked up, and nothing is missed by it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import Ledger
from connectors.ledger.values import Cost, Counts, Scope
from connectors.sandbox import Fault
from tests.worlds import be_impatient

SOK, DARA = "85512345678", "+85512999888"
LINES = (("012345678", 38, "blue"), ("012 999 888", 40, None))
CHANGED = {"contacts.pull": "changed"}


@pytest.fixture
def settled(cli, clinic, sheet, pipeline):
    """A pipeline that reads changed rows only, after a first run of LINES."""
    name = pipeline(sheet(*LINES), **CHANGED)
    assert cli("sync", name).status == 0
    clinic.sandbox.reset()
    return name


def gets(clinic):
    return clinic.sandbox.count(method="GET", path="by_address")


def last_full_check(home, clinic, *, ago):
    scope = Scope(clinic.server.url, clinic.project.id, "p")
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        ledger.record_counts(scope, Counts(full_check_at=datetime.now(UTC) - ago))


def test_nothing_is_asked_about_rows_that_have_not_changed(cli, clinic, settled):
    said = cli("sync", settled, "--json")
    assert said.json["rows"]["unchanged"] == 2
    assert clinic.sandbox.count(path="contacts") == 0
    assert "2 rows are as they were when they were settled" in said.err


def test_a_changed_row_takes_one_get_and_one_put(cli, clinic, sheet, settled):
    sheet(LINES[0], ("012 999 888", 41, None))
    said = cli("sync", settled, "--json")
    assert said.json["rows"] == {**said.json["rows"], "updated": 1, "unchanged": 1}
    assert (gets(clinic), clinic.puts(), clinic.vars(DARA)["age"]) == (1, 1, "41")
    clinic.sandbox.reset()
    assert cli("sync", settled, "--json").json["rows"]["unchanged"] == 2
    assert gets(clinic) == 0


def test_a_value_that_goes_back_and_forth_is_sent_each_time(cli, clinic, sheet, settled):
    for age in (41, 40, 41):
        sheet(LINES[0], ("012 999 888", age, None))
        assert cli("sync", settled, "--json").json["rows"]["updated"] == 1
        assert clinic.vars(DARA)["age"] == str(age)


def test_a_row_whose_request_failed_is_compared_again_even_if_it_goes_back(cli, clinic, sheet, settled, monkeypatch):
    be_impatient(monkeypatch)
    sheet(LINES[0], ("012 999 888", 41, None))
    clinic.sandbox.faults.add(
        Fault("drop_after", method="PUT"), Fault("reply", method="GET", path="by_address", status=503, skip=1)
    )
    cli("sync", settled)
    clinic.sandbox.faults.clear()
    assert clinic.vars(DARA)["age"] == "41"
    clinic.sandbox.reset()
    sheet(*LINES)
    assert "settled and were not compared" in cli("sync", settled, "--json").err
    assert gets(clinic) == 1


def test_drift_is_seen_when_everything_is_due_to_be_compared(cli, clinic, home, sheet, pipeline, settled):
    name = pipeline(sheet(*LINES), **CHANGED, **{"contacts.on_drift": "revert"})
    assert cli("sync", name).status == 0  # the policy has changed, so everything is compared
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '38'")
    assert cli("sync", name, "--json").json["rows"]["updated"] == 0
    last_full_check(home, clinic, ago=timedelta(hours=25))
    said = cli("sync", name, "--json")
    assert said.json["rows"]["updated"] == 1
    assert "more than 24 hours ago" in said.err
    assert clinic.vars(SOK)["age"] == "38"


@pytest.mark.parametrize("command", ["undo", "set-all"])
def test_after_anything_else_was_sent_everything_is_compared(cli, clinic, sheet, settled, command):
    sheet(LINES[0], ("012 999 888", 41, None))
    run = cli("sync", settled, "--json").json["run_id"]
    words = {"undo": ("undo", run), "set-all": ("set-all", settled, "age=9")}[command]
    planned = cli(*words, "--json").json
    if planned["status"] == "refused":
        cli(*words, "--approve", planned["plan"]["checksum"])
    clinic.sandbox.reset()
    said = cli("plan", settled, "--json")
    assert clinic.sandbox.count(method="GET", path="contacts") > 0
    assert "something else was sent since" in said.err


def test_a_mapping_that_has_changed_trusts_nothing(cli, clinic, sheet, pipeline, settled):
    name = pipeline(sheet(*LINES), **CHANGED, **{"contacts.variables": {"age": "Colour"}})
    said = cli("plan", name, "--json")
    assert gets(clinic) == 2
    assert said.json["rows"]["updated"] == 1


def test_a_small_project_is_compared_whole_by_default(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(*LINES))
    cli("sync", name)
    clinic.sandbox.reset()
    said = cli("sync", name, "--json")
    assert clinic.sandbox.count(method="GET", path="contacts") > 0
    assert "settled and were not compared" not in said.err


def test_by_default_changed_rows_are_enough_where_all_would_cost_the_server_long(cli, clinic, home, sheet, pipeline):
    name = pipeline(sheet(*LINES))
    cli("sync", name)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        for measure in ("get", "listed"):
            ledger.record_cost(clinic.server.url, measure, Cost(4.0, 100, datetime.now(UTC)))
    clinic.sandbox.reset()
    said = cli("plan", name, "--json")
    assert clinic.sandbox.count(path="contacts") == 0
    assert "0 of 2 rows are new or have changed since they were settled" in said.err


def test_what_requests_cost_is_measured(cli, clinic, home, sheet, pipeline):
    clinic.sandbox.add_contacts(clinic.project, [([f"8551270{n:05d}"], {}) for n in range(40)])
    lines = [(f"8551270{n:05d}", 5, None) for n in range(40)]
    cli("plan", pipeline(sheet(*lines), **{"contacts.pull": "all"}))
    cli("plan", pipeline(sheet(*lines), **{"contacts.pull": "by_address"}))
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        costs = ledger.costs(clinic.server.url)
    assert costs["listed"].samples == 43
    assert costs["get"].samples >= 40


def test_filling_what_is_missing_is_no_full_check(cli, clinic, sheet, settled):
    sheet(LINES[0], ("012 999 888", 41, None))
    run = cli("sync", settled, "--json").json["run_id"]
    assert cli("undo", run).status == 0
    assert cli("backfill", settled, "--fill-only").status == 0  # sees the difference, and may not act on it
    assert cli("sync", settled, "--json").json["rows"]["updated"] == 1
    assert clinic.vars(DARA)["age"] == "41"


def test_a_row_that_a_full_check_did_not_see_is_compared_when_it_comes_back(
    cli, clinic, home, sheet, pipeline, settled
):
    changes = CHANGED | {"contacts.on_drift": "revert"}
    name = pipeline(sheet(*LINES), **changes)
    assert cli("sync", name).status == 0
    last_full_check(home, clinic, ago=timedelta(hours=25))
    sheet(LINES[0])
    assert cli("sync", name, "--json").json["rows"]["read"] == 1
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '40'")
    sheet(*LINES)
    assert cli("sync", name, "--json").json["rows"]["updated"] == 1
    assert clinic.vars(DARA)["age"] == "40"


def test_a_full_check_of_the_source_leaves_what_a_dropped_file_brought_to_be_compared(
    cli, clinic, home, sheet, pipeline, settled
):
    inbox = home / "inbox"
    inbox.mkdir()
    name = pipeline(sheet(LINES[0]), **CHANGED, inbox=str(inbox), **{"contacts.on_drift": "revert"})
    assert cli("sync", name).status == 0

    def drop():
        sheet(LINES[1], name="inbox/more")
        os.utime(inbox / "more.xlsx", (0, 0))
        assert cli("watch", name, "--once").status == 0

    drop()
    last_full_check(home, clinic, ago=timedelta(days=90))
    assert cli("sync", name).status == 0
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '40'")
    drop()
    assert clinic.vars(DARA)["age"] == "40"


def test_a_full_check_in_the_far_future_is_not_waited_for(cli, clinic, home, sheet, settled):
    last_full_check(home, clinic, ago=timedelta(days=-3650))  # the clock of the machine was wrong
    assert "more than 24 hours ago" in cli("sync", settled, "--json").err
    assert "settled and were not compared" in cli("sync", settled, "--json").err


def test_a_run_that_goes_on_after_a_later_one_is_looked_after(cli, clinic, sheet, settled):
    refused = {"WWW-Authenticate": 'Basic realm="Application"'}
    sheet(("012345678", 60, "blue"), ("012 999 888", 61, None))
    clinic.sandbox.faults.add(Fault("reply", method="PUT", status=401, headers=refused))
    run = cli("sync", settled, "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    sheet(*LINES)
    assert cli("sync", settled, "--json").json["rows"]["unchanged"] == 2
    cli("resume", run)
    assert clinic.vars(SOK)["age"] == "60"
    assert cli("sync", settled, "--json").json["rows"]["updated"] == 2
    assert clinic.vars(SOK)["age"] == "38"


def test_rows_of_a_first_run_that_never_ended_are_compared_all_at_once(cli, clinic, sheet, pipeline, monkeypatch):
    clinic.sandbox.add_contacts(clinic.project, [([f"8551270{n:05d}"], {}) for n in range(40)])
    name = pipeline(sheet(*[(f"8551270{n:05d}", 5, None) for n in range(40)]), **CHANGED)
    with monkeypatch.context() as broken:
        broken.setattr("flows.runs.contacts.run._concluded", lambda *_: sys.exit(137))
        cli("sync", name)
    clinic.sandbox.reset()
    assert cli("sync", name, "--json").json["rows"]["unchanged"] == 40
    assert gets(clinic) == 0
