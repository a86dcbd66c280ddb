"""Going on with a run that was cut off: what was under way, what was not sent, and who changed meanwhile."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from flows.runs.contacts.push import GROUP
from tests.worlds import CROWD, crowd_ages, killed_while_changing, number, signed_out


def test_a_run_killed_halfway_is_gone_on_with_and_reports_all_its_rows(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.01)
    run = killed_while_changing(home, crowd, clinic, after=30)
    done = CROWD - crowd_ages(clinic).count("1")
    assert 0 < done < CROWD
    clinic.sandbox.configure(request_seconds=0.0)
    clinic.sandbox.reset()
    said = cli("resume", run, "--json")
    assert said.status == 0
    assert (said.json["run_id"], said.json["kind"], said.json["status"]) == (run, "sync", "succeeded")
    assert said.json["rows"]["updated"] == said.json["rows"]["read"] == CROWD
    assert said.json["variables_changed"] == CROWD
    assert crowd_ages(clinic) == [str(100 + n) for n in range(CROWD)]
    assert clinic.puts() <= CROWD - done + GROUP  # at most the requests that were under way are sent again
    assert load_workbook(said.json["reports"]["workbook"]).worksheets[0].max_row == CROWD + 1
    assert cli("sync", crowd, "--json").json["rows"]["unchanged"] == CROWD
    assert cli("undo", run, "--json").json["rows"]["updated"] == CROWD
    assert set(crowd_ages(clinic)) == {"1"}


def test_going_on_reads_the_contacts_once_for_what_was_under_way_and_what_was_not_sent(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.05)
    run = killed_while_changing(home, crowd, clinic, after=2)
    clinic.sandbox.configure(request_seconds=0.0)
    clinic.sandbox.reset()
    assert cli("resume", run, "--json").json["rows"]["updated"] == CROWD
    assert clinic.sandbox.count(method="GET", path="/contacts.json") == 1


def test_who_changed_since_the_crash_is_left_alone(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.01)
    run = killed_while_changing(home, crowd, clinic, after=20)
    clinic.sandbox.configure(request_seconds=0.0)
    untouched = next(n for n in reversed(range(CROWD)) if clinic.vars(number(n))["age"] == "1")
    contact = clinic.sandbox.contact(clinic.project, number(untouched))["id"]
    clinic.sandbox.state.database.run("update persisted_variables set value = '7' where contact_id = ?", (contact,))
    said = cli("resume", run, "--json")
    assert said.status == 4
    (problem,) = said.json["problems"]
    assert problem["row"] == untouched + 2
    assert problem["status"] in {"held", "failed"}  # not sent yet, or under way
    assert clinic.vars(number(untouched))["age"] == "7"


@pytest.mark.parametrize(("then", "policy"), [(100, "source"), (300, "hold")])
def test_what_a_killed_run_had_sent_is_nobody_elses_change(cli, clinic, crowd, sheet, home, then, policy):
    assert cli("sync", crowd).status == 0
    path = sheet(*[(number(n), 200 + n, None) for n in range(CROWD)])
    text = (home / "configs/p.yaml").read_text()
    (home / "configs/p.yaml").write_text(text.replace("contacts:", f"contacts:\n  on_conflict: {policy}"))
    clinic.sandbox.reset()
    clinic.sandbox.configure(request_seconds=0.01)
    killed_while_changing(home, crowd, clinic, after=30)
    clinic.sandbox.configure(request_seconds=0.0)
    assert sheet(*[(number(n), then + n, None) for n in range(CROWD)]) == path
    said = cli("sync", crowd, "--json")
    assert (said.status, said.json["rows"]["held"]) == (0, 0)
    assert crowd_ages(clinic) == [str(then + n) for n in range(CROWD)]
    assert "changed in Verboice only" not in said.err


def test_a_run_that_is_over_or_unknown_is_not_gone_on_with(cli, sheet, pipeline):
    run = cli("sync", pipeline(sheet(("012345678", 39, None))), "--json").json["run_id"]
    plan = cli("plan", "p", "--json").json["run_id"]
    for _ in range(2):
        over = cli("resume", run)
        assert over.status == 2
        assert "is over" in over.err
    assert cli("resume", plan).status == 2
    assert {one["run_id"]: one["status"] for one in cli("runs", "--json").json} == dict.fromkeys(
        (run, plan), "succeeded"
    )
    assert cli("resume", "nothing").status == 2
    assert cli("undo", "nothing").status == 2


def test_an_interrupted_run_says_how_to_go_on(cli, clinic, crowd, home):
    clinic.sandbox.faults.add(signed_out(after=5))
    broken = cli("sync", crowd, "--json")
    assert broken.status == 2
    assert broken.json["status"] == "failed"
    assert broken.json["rows"]["read"] == CROWD
    clinic.sandbox.faults.clear()
    run = broken.json["run_id"]
    said = cli("resume", run, "--json")
    assert said.status == 0
    assert said.json["rows"]["updated"] == CROWD
    assert said.json["requests"]["put"] >= CROWD
