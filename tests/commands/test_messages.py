"""What people read when they typed something that cannot be done: what is the matter, where, and the next step."""

from __future__ import annotations

import functools
import re

from connectors.sandbox import Fault
from flows.runs.run import Patience, Run

ROW = ("012345678", 39, None)


def test_a_spreadsheet_in_the_place_of_a_pipeline_is_told_to_be_one(cli, home, sheet):
    path = sheet(ROW, name="my appointments")
    (home / "people.csv").write_text("Phone,Age\n012345678,39\n", encoding="utf-8")
    said = cli("plan", path.name)
    assert (said.status, "is a spreadsheet, not a pipeline file" in said.err) == (2, True)
    assert "verboice-sync init 'my appointments.xlsx'" in said.err
    said = cli("plan", "people.csv")
    assert (said.status, "is a list of people, not a pipeline file" in said.err) == (2, True)
    assert "verboice-sync init people.csv" in said.err


def test_a_server_that_is_down_is_told_with_the_setting_that_names_it(cli, sheet, pipeline):
    name = pipeline(sheet(ROW), **{"verboice.url": "http://127.0.0.1:9"})
    said = cli("plan", name)
    assert said.status == 1
    assert re.search(r"connection refused\. See that the server is up .* configs/p\.yaml:\d+: verboice\.url", said.err)
    assert "try again" in said.err


def test_https_where_http_is_spoken_is_told_to_be_that(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(ROW), **{"verboice.url": clinic.server.url.replace("http:", "https:")})
    said = cli("plan", name)
    assert said.status == 1
    assert "does not speak https, perhaps http" in said.err
    assert re.search(r"configs/p\.yaml:\d+: verboice\.url", said.err)


def test_a_missing_folder_is_told_before_anything_is_asked(cli, clinic, sheet, pipeline, home):
    said = cli("plan", pipeline(sheet(ROW)), "--out", "plans/today.json")
    assert said.status == 2
    assert "there is no folder plans. Make it, or name another one." in said.err
    assert clinic.sandbox.count() == 0
    (home / "plans").mkdir()
    assert cli("plan", "p", "--out", "plans/today.json").status == 0


def test_who_applies_a_summary_is_told_where_the_plan_is(cli, clinic, sheet, pipeline):
    reports = cli("plan", pipeline(sheet(ROW)), "--json").json["reports"]
    said = cli("apply", reports["summary"])
    assert said.status == 2
    assert f"plan.json lies beside it: `verboice-sync apply {reports['plan']}`" in said.err
    assert cli("apply", reports["plan"]).status == 0


def test_an_id_that_means_several_runs_is_told_with_what_those_are(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(ROW))
    runs = [cli(kind, name, "--json").json["run_id"] for kind in ("plan", "sync")]
    for command in ("runs", "undo"):
        said = cli(command, "20")
        assert said.status == 2
        told = dict(re.findall(r"^  (\S+)  \d{4}-\d\d-\d\d \d\d:\d\d UTC  (\w+) of p$", said.err, re.MULTILINE))
        assert told == dict(zip(runs, ("plan", "sync"), strict=True))
        assert "Type the whole id of the one you mean" in said.err


def test_a_refused_run_has_nothing_to_put_back(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(ROW), **{"guard.max_overwrites": 0})
    refused = cli("sync", name, "--json")
    assert refused.err.splitlines()[-1].startswith("Refused by the guard, nothing was sent: ")
    run = refused.json["run_id"]
    said = cli("undo", run)
    assert said.status == 2
    assert f"Run {run} (sync, refused) sent nothing, so there is nothing to put back." in said.err


def test_a_run_that_was_undone_is_told_to_be_that(cli, clinic, sheet, pipeline):
    run = cli("sync", pipeline(sheet(ROW)), "--json").json["run_id"]
    first = cli("undo", run, "--json").json["run_id"]
    for _again in range(2):  # not by the one that found it done
        said = cli("undo", run)
        assert said.status == 0
        assert f"Already undone by run {first}" in said.out
        assert "Takes back" not in said.out


def test_a_finished_run_is_not_gone_on_with(cli, clinic, sheet, pipeline):
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    name = pipeline(sheet(ROW, ("bad", 1, None)), calls={"channel": "chan", "call_flow": "Reminder"})
    run = cli("call", name, "--json").json["run_id"]
    said = cli("resume", run)
    assert (said.status, said.out) == (2, "")
    assert f"Run {run} is over (partial): every call of it was asked for." in said.err
    assert f"verboice-sync track {run}" in said.err
    run = cli("sync", name, "--json").json["run_id"]
    said = cli("resume", run)
    assert said.status == 2
    assert f"Run {run} is over (partial); there is nothing to go on with." in said.err


def test_uncertain_contacts_are_settled_by_the_run_going_on(cli, clinic, sheet, pipeline, monkeypatch):
    hasty = functools.partial(Run, patience=Patience(waits=(0.0,), sends=1))
    monkeypatch.setattr("flows.runs.execution.Run", hasty)
    clinic.sandbox.faults.add(Fault("html", path="by_address"))
    said = cli("sync", pipeline(sheet(ROW), **{"contacts.pull": "all"}))
    assert (said.status, "uncertain" in said.out) == (4, True)
    (run,) = re.findall(r"Find out what became of the uncertain rows:\n  verboice-sync resume (\S+)", said.out)
    assert "verboice-sync resolve" not in said.out
    clinic.sandbox.faults.clear()
    assert cli("resume", run, "--json").json["rows"]["updated"] == 1
