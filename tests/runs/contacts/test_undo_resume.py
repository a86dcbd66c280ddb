"""Going on after a crash, and going back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from connectors.ledger import Ledger
from connectors.sandbox import Fault
from flows.runs.contacts.push import GROUP

ROOT = Path(__file__).parents[3]
SOK, DARA, NOBODY = "85512345678", "+85512999888", "85512777666"
PEOPLE = 80


def number(person: int) -> str:
    return f"8551270{person:05d}"


@pytest.fixture
def crowd(clinic, sheet, pipeline):
    """PEOPLE contacts of age 1; the pipeline wants them to be 100 and more. Gives the pipeline's name."""
    clinic.sandbox.add_contacts(clinic.project, [([number(n)], {"age": "1"}) for n in range(PEOPLE)])
    return pipeline(sheet(*[(number(n), 100 + n, None) for n in range(PEOPLE)]), **{"guard.max_overwrites": "100%"})


def signed_out(*, after):
    """From some PUT on, the password is wrong."""
    challenge = {"WWW-Authenticate": 'Basic realm="Application"'}
    body = '{"error": "Invalid email or password."}'
    return Fault(
        "reply", method="PUT", skip=after, status=401, headers=challenge, body=body, content_type="application/json"
    )


def ages(clinic):
    return [clinic.vars(number(n))["age"] for n in range(PEOPLE)]


def killed_while_changing(home, name, clinic, *, after):
    """A sync in a process of its own, killed without warning after so many PUTs; its run id."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "flows", "sync", name]
    with subprocess.Popen(
        command, cwd=home, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as it:
        while clinic.puts() < after and it.poll() is None:
            time.sleep(0.005)
        it.kill()
    assert it.returncode == -9
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        return ledger.runs()[0].run_id


def test_a_run_killed_halfway_is_gone_on_with_and_reports_all_its_rows(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.01)
    run = killed_while_changing(home, crowd, clinic, after=30)
    done = PEOPLE - ages(clinic).count("1")
    assert 0 < done < PEOPLE
    clinic.sandbox.configure(request_seconds=0.0)
    clinic.sandbox.reset()
    said = cli("resume", run, "--json")
    assert said.status == 0
    assert (said.json["run_id"], said.json["kind"], said.json["status"]) == (run, "sync", "succeeded")
    assert said.json["rows"]["updated"] == said.json["rows"]["read"] == PEOPLE
    assert said.json["variables_changed"] == PEOPLE
    assert ages(clinic) == [str(100 + n) for n in range(PEOPLE)]
    assert clinic.puts() <= PEOPLE - done + GROUP  # at most the requests that were under way are sent again
    assert load_workbook(said.json["reports"]["workbook"]).worksheets[0].max_row == PEOPLE + 1
    assert cli("sync", crowd, "--json").json["rows"]["unchanged"] == PEOPLE
    assert cli("undo", run, "--json").json["rows"]["updated"] == PEOPLE
    assert set(ages(clinic)) == {"1"}


def test_going_on_reads_the_contacts_once_for_what_was_under_way_and_what_was_not_sent(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.05)
    run = killed_while_changing(home, crowd, clinic, after=2)
    clinic.sandbox.configure(request_seconds=0.0)
    clinic.sandbox.reset()
    assert cli("resume", run, "--json").json["rows"]["updated"] == PEOPLE
    assert clinic.sandbox.count(method="GET", path="/contacts.json") == 1


def test_who_changed_since_the_crash_is_left_alone(cli, clinic, crowd, home):
    clinic.sandbox.configure(request_seconds=0.01)
    run = killed_while_changing(home, crowd, clinic, after=20)
    clinic.sandbox.configure(request_seconds=0.0)
    untouched = next(n for n in reversed(range(PEOPLE)) if clinic.vars(number(n))["age"] == "1")
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
    path = sheet(*[(number(n), 200 + n, None) for n in range(PEOPLE)])
    text = (home / "configs/p.yaml").read_text()
    (home / "configs/p.yaml").write_text(text.replace("contacts:", f"contacts:\n  on_conflict: {policy}"))
    clinic.sandbox.reset()
    clinic.sandbox.configure(request_seconds=0.01)
    killed_while_changing(home, crowd, clinic, after=30)
    clinic.sandbox.configure(request_seconds=0.0)
    assert sheet(*[(number(n), then + n, None) for n in range(PEOPLE)]) == path
    said = cli("sync", crowd, "--json")
    assert (said.status, said.json["rows"]["held"]) == (0, 0)
    assert ages(clinic) == [str(then + n) for n in range(PEOPLE)]
    assert "changed in Verboice only" not in said.err


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
    assert broken.json["rows"]["read"] == PEOPLE
    clinic.sandbox.faults.clear()
    run = broken.json["run_id"]
    said = cli("resume", run, "--json")
    assert said.status == 0
    assert said.json["rows"]["updated"] == PEOPLE
    assert said.json["requests"]["put"] >= PEOPLE


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


def test_an_unfinished_backfill_goes_on_by_its_own_limit(cli, clinic, crowd):
    reached = []
    for _ in range(3):
        said = cli("backfill", crowd, "--limit", "30", "--resume", "--json")
        assert said.status == 0
        reached.append((said.json["rows"]["read"], said.json["rows"]["updated"]))
    assert reached == [(30, 30), (30, 30), (20, 20)]
    over = cli("backfill", crowd, "--resume", "--json")
    assert (over.status, over.json["rows"]["read"]) == (0, 0)
    assert "nothing is left" in over.err
    assert cli("backfill", crowd, "--json").json["rows"]["unchanged"] == PEOPLE


def test_a_backfill_that_was_killed_goes_on_with_resume(cli, clinic, crowd, home):
    clinic.sandbox.faults.add(signed_out(after=40))
    broken = cli("backfill", crowd, "--json")
    assert broken.status == 2
    clinic.sandbox.faults.clear()
    said = cli("backfill", crowd, "--resume", "--json")
    assert (said.status, said.json["run_id"]) == (0, broken.json["run_id"])
    assert said.json["rows"]["updated"] == PEOPLE
    assert ages(clinic) == [str(100 + n) for n in range(PEOPLE)]


def test_a_backfill_is_not_stopped_by_its_size_but_by_an_empty_source(cli, clinic, crowd, sheet, pipeline):
    name = pipeline(sheet(*[(number(n), 100 + n, None) for n in range(PEOPLE)]))
    assert cli("sync", name).status == 3
    assert cli("backfill", name).status == 0
    sheet(("Phone", "Age", "Colour"), header=("Phone", "Age", "Colour"))
    empty = pipeline(sheet())
    assert cli("backfill", empty).status == 3


def test_fill_only_never_replaces_a_value(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "red"), ("012999888", 41, "red")))
    said = cli("backfill", name, "--fill-only", "--json")
    assert said.status == 0
    assert clinic.vars(SOK) == {"age": "38", "favorite color": "blue"}
    assert clinic.vars(DARA) == {"age": "40", "favorite color": "red"}


def test_a_fill_only_backfill_stays_one_when_it_goes_on_and_in_what_to_type_next(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "red"), ("12", 1, None), ("012999888", 41, "red")))
    first = cli("backfill", name, "--fill-only", "--limit", "2")
    assert f"verboice-sync backfill {name} --fill-only\n" in first.out
    assert cli("backfill", name, "--resume", "--json").json["rows"]["updated"] == 1
    assert clinic.vars(DARA) == {"age": "40", "favorite color": "red"}


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


@pytest.mark.parametrize("action", ["drop_after", "late", "truncate", "drop_before"])
def test_a_creation_whose_answer_was_lost_is_read_and_made_once(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="POST", times=1, seconds=0.4))
    name = pipeline(sheet(("015666777", 6, None)), **{"contacts.missing": "create"})
    said = cli("sync", name, "--json")
    assert (said.status, said.json["rows"]["created"]) == (0, 1)
    assert len(clinic.sandbox.contacts(clinic.project)) == 4
    assert clinic.vars("85515666777") == {"age": "6"}


def test_what_was_left_in_the_ledger_is_what_the_server_has(cli, clinic, crowd, home):
    run = cli("sync", crowd, "--json").json["run_id"]
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        written = ledger.changes(run, ["done"]).to_pylist()
        assert ledger.run(run).finished_at <= datetime.now(UTC)
    assert len(written) == PEOPLE
    by_id = {c["id"]: c["vars"]["age"] for c in clinic.sandbox.contacts(clinic.project) if "age" in c["vars"]}
    assert all(by_id[change["contact_id"]] == change["after"] for change in written)
    assert json.loads((home / ".verboice-sync" / "runs" / run / "plan.json").read_text())["changes"]
