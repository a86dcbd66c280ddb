"""Calls as their user sees them: a spreadsheet in, telephones that ring once, exit status, output and reports."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from openpyxl import load_workbook

from connectors.sandbox import Fault

HEADER = ("Phone", "Name", "Dose")
NO_ROUTE = {"status": 404, "body": "x" * 728}  # as long as Verboice's own page
ROWS = [("012345678", "Ana", 3), ("012999888", "Bo", 2), ("012777666", "Chi", 1)]
CALLS = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name", "dose": "Dose"}}


@pytest.fixture
def clinic(clinic):
    """The clinic with a flow, two channels and a schedule."""
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    clinic.sandbox.add_channel(clinic.account, "off", call_flow=flow, enabled=False)
    clinic.sandbox.add_schedule(clinic.project, "Office hours", retries="1h")
    return clinic


@pytest.fixture
def people(sheet, pipeline):
    """people(line, …, name=, **changes): a spreadsheet, and a pipeline that calls it; gives the pipeline's name."""

    def write(*lines, name="p", **changes):
        path = sheet(*(lines or ROWS), header=HEADER, name=name)
        return pipeline(path, **{"calls": dict(CALLS), "contacts": None} | changes)

    return write


def rung(clinic):
    return [call["address"] for call in clinic.sandbox.calls()]


def cells(said, *columns):
    """Columns of the result workbook's first sheet."""
    first = load_workbook(said.json["reports"]["workbook"]).worksheets[0]
    head, *lines = first.iter_rows(values_only=True)
    return [tuple(line[head.index(column)] for column in columns) for line in lines]


def test_check_names_every_column_that_calls_and_contacts_lack(cli, clinic, people):
    calls = CALLS | {"vars": {"name": "Name", "dose": "Pills"}, "not_before": {"column": "Call after"}}
    said = cli("check", people(calls=calls, contacts={"variables": {"age": "Years"}}))
    assert said.status == 2
    assert all(f"no column “{column}”" in said.err for column in ("Pills", "Call after", "Years"))
    assert cli("check", people()).status == 0


def test_each_person_is_rung_once_with_variables_from_the_row(cli, clinic, people):
    said = cli("call", people(), "--json")
    assert said.status == 0
    assert said.json["rows"] == {
        "read": 3, "queued": 3, "skipped": 0, "blocked": 0, "duplicate": 0, "rejected": 0, "failed": 0, "uncertain": 0,
        "unsent": 0,
    }  # fmt: skip
    assert rung(clinic) == ["85512345678", "+85512999888", "85512777666"]
    assert clinic.sandbox.calls()[0]["vars"] == {"name": "Ana", "dose": 3}
    assert cells(said, "Name", "sync_status", "call_id", "call_state")[0] == ("Ana", "queued", "1", "queued")
    (request, *_) = [one for one in clinic.sandbox.requests if one.path == "/api/call.json"]
    assert (request.method, request.query) == (
        "GET",
        "channel_id=1&address=85512345678&call_flow_id=1&vars%5Bdose%5D=3&vars%5Bname%5D=Ana",
    )
    assert clinic.sandbox.log.most_in_flight == 1


@pytest.mark.parametrize("more", [0, 40])
def test_a_known_person_is_rung_as_stored_without_a_region_too(cli, clinic, people, more):
    clinic.sandbox.add_contact(clinic.project, ["+85516111222"], {"age": "3"})
    others = [(f"855178880{number:02d}", "X", 1) for number in range(more)]
    cli("call", people(("+855 16 111 222", "Dan", 1), *others, **{"source.region": None}))
    assert rung(clinic)[0] == "+85516111222"
    assert len(rung(clinic)) == more + 1


@pytest.mark.parametrize("more", [0, 40])
def test_whoever_cannot_look_into_the_contacts_can_call_all_the_same(cli, clinic, people, more):
    clinic.sandbox.faults.add(Fault("reply", path="contacts", status=404, body="<html>", content_type="text/html"))
    said = cli("call", people(*ROWS, *[(f"0178880{number:02d}", "X", 1) for number in range(more)]))
    assert (said.status, len(rung(clinic))) == (0, 3 + more)
    assert "shows no contacts" in said.err


@pytest.mark.parametrize("more", [0, 40])
def test_a_known_person_is_rung_as_stored_so_that_verboice_makes_no_second_contact(cli, clinic, people, more):
    clinic.sandbox.add_contact(clinic.project, ["+855 16 111 222"], {"age": "3"})
    others = [(f"0178880{number:02d}", "X", 1) for number in range(more)]
    cli("call", people(("016111222", "Dan", 1), *others))
    assert rung(clinic)[0] == "+855 16 111 222"
    assert clinic.sandbox.count(path="contacts.json") == (1 if more else 0)
    clinic.sandbox.advance(3)
    assert clinic.sandbox.contact(clinic.project, "85516111222") is None


@pytest.mark.parametrize("more", [0, 40])
def test_the_workbook_names_the_contacts_that_were_looked_up(cli, clinic, people, more):
    others = [(f"0178880{number:02d}", "X", 1) for number in range(more)]
    said = cli("call", people(*ROWS, ("011222333", "New", 1), *others), "--json")
    assert [cell for (cell,) in cells(said, "contact_id")[:4]] == ["1", "2", "3", None]
    tracked = cli("track", said.json["run_id"], "--json")
    assert [cell for (cell,) in cells(tracked, "contact_id")[:4]] == ["1", "2", "3", None]


def test_the_workbook_names_contacts_that_the_pipeline_has_settled(cli, clinic, people):
    clinic.sandbox.add_contact(clinic.project, ["sip:nurse@example.org"], {})
    name = people(*ROWS, ("sip:nurse@example.org", "Nu", 1), contacts={"variables": {"age": "Dose"}})
    assert cli("sync", name).status == 0
    cli("call", name)
    said = cli("call", name, "--json")
    assert (said.json["rows"]["skipped"], said.json["calls"]) == (4, {})
    assert [cell for (cell,) in cells(said, "contact_id")] == ["1", "2", "3", "4"]


def test_the_same_file_renamed_sorted_and_continued_rings_only_the_new_rows(cli, clinic, people):
    cli("call", people())
    said = cli("call", people(*reversed(ROWS), ("012111222", "Dee", 4), name="renamed"), "--json")
    assert (said.json["rows"]["skipped"], said.json["rows"]["queued"]) == (3, 1)
    assert rung(clinic)[3:] == ["85512111222"]
    status, reason = cells(said, "sync_status", "sync_reason")[2]
    assert status == "skipped"
    assert "call 1" in reason


def test_a_changed_row_rings_unless_its_person_was_called_a_short_time_ago(cli, clinic, people):
    cli("call", people())
    assert (
        cli("call", people(("012345678", "Ana", 4), **{"calls.repeat_after": "24h"}), "--json").json["rows"]["blocked"]
        == 1
    )
    said = cli("call", people(("012345678", "Ana", 4)), "--json")
    assert said.json["rows"]["queued"] == 1
    assert "1 call to ask for" in said.err
    assert "within the last 24 hours" in said.err


def test_again_overrides_both_and_is_recorded(cli, clinic, people):
    name = people(ROWS[0], **{"calls.repeat_after": "24h"})
    cli("call", name)
    said = cli("call", name, "--again", "power cut", "--json")
    assert said.json["rows"]["queued"] == 1
    assert "power cut" in cells(said, "sync_reason")[0][0]
    assert len(rung(clinic)) == 2


@pytest.mark.parametrize("reason", ["", "  "])
def test_again_without_a_reason_calls_nobody(cli, clinic, people, reason):
    name = people()
    cli("call", name)
    said = cli("call", name, "--again", reason)
    assert (said.status, len(rung(clinic))) == (2, 3)
    assert "--again needs a reason" in said.err


def test_a_campaign_makes_equal_rows_ring_once_in_each(cli, clinic, people):
    for campaign in ("one {date:%Y}", "one {date:%Y}", "two {file}"):
        cli("call", people(ROWS[0], **{"calls.campaign": campaign}))
    assert len(rung(clinic)) == 2


def test_duplicates_name_the_row_and_rejected_rows_their_column(cli, clinic, people):
    said = cli(
        "call", people(ROWS[0], ("+85512345678", "Ana", 9), ("8.55E+11", "Bo", 1), ("012 999 888", "x\n1", 1)), "--json"
    )
    assert said.status == 4
    assert [(p["row"], p["column"], p["status"]) for p in said.json["problems"]] == [
        (3, "Phone", "duplicate"),
        (4, "Phone", "rejected"),
        (5, "Name", "rejected"),
    ]
    assert "row 2" in said.json["problems"][0]["reason"]
    assert len(rung(clinic)) == 1


def test_a_dry_run_lists_every_request_masked_and_calls_nobody(cli, clinic, people):
    said = cli("call", people(), "--dry-run")
    assert said.status == 0
    assert rung(clinic) == []
    lines = [line for line in said.out.splitlines() if line.startswith("GET ")]
    assert (
        lines[0]
        == "GET /api/call.json?channel_id=1&address=••••5678&call_flow_id=1&vars%5Bdose%5D=3&vars%5Bname%5D=Ana"
    )
    assert len(lines) == 3
    assert "345678" not in said.out + said.err
    assert "dose = 3 (a number)" in said.err
    assert "nothing was sent" in said.out
    assert cli("call", "p", "--dry-run", "--json").json["dry_run"] is True
    assert cli("call", "p", "--json").json["rows"]["queued"] == 3


def test_a_dry_run_lists_requests_that_are_longer_masked_than_as_they_are_sent(cli, clinic, people):
    name = people(("012345678", "123456," * 200, 1))
    assert cli("call", name, "--dry-run").out.count("GET ") == 1
    assert cli("call", name).status == 0


def test_the_list_of_runs_tells_dry_runs_apart(cli, clinic, people):
    name = people()
    cli("call", name, "--dry-run")
    cli("call", name)
    assert [run.get("dry_run", False) for run in cli("runs", "--json").json] == [False, True]


def test_runs_in_a_ledger_of_the_pipelines_own_are_listed_and_shown(cli, clinic, people, home):
    cli("call", people(ROWS[0]))
    own = cli("call", people(ROWS[1], name="own", ledger=f"sqlite:///{home}/own.db"), "--json").json["run_id"]
    listed = [run["run_id"] for run in cli("runs", "--json").json]
    assert (len(listed), listed[0]) == (2, own)
    assert cli("runs", own[-6:], "--json").json["run_id"] == own


def test_everything_that_is_wrong_for_everybody_is_told_at_once(cli, clinic, people):
    wrong = {"calls.time_zone": "bangkok", "calls.not_before": "tomorrow", "calls.not_after": "2030-02-30"}
    said = cli("call", people(**wrong)).err
    assert all(said.count(text) == 1 for text in wrong.values())


def test_a_guard_refuses_before_anybody_is_called_and_a_checksum_approves(cli, clinic, people):
    name = people(**{"guard.max_calls": 2})
    refused = cli("call", name, "--json")
    assert (refused.status, refused.json["status"], rung(clinic)) == (3, "refused", [])
    assert refused.json["plan"]["violations"] == [{"guard": "max_calls", "limit": "2", "found": "3"}]
    checksum = refused.json["plan"]["checksum"]
    assert f"--approve {checksum}" in refused.err
    assert cli("call", name, "--approve", "0" * 16).status == 3
    assert cli("resume", refused.json["run_id"]).status == 2
    assert cli("call", name, "--approve", checksum, "--json").json["rows"]["queued"] == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"calls.channel": "chann"}, "no channel “chann”. Did you mean “chan”?"),
        ({"calls.channel": "off"}, "disabled"),
        ({"calls.call_flow": "Remindr"}, "Did you mean “Reminder”?"),
        ({"calls.schedule": "Nights"}, "no schedule “Nights”"),
        ({"calls.time_zone": "Europe/Kyiv"}, "Europe/Kyiv"),
        ({"calls.not_before": "2027-02-30"}, "2027-02-30"),
        ({"calls.not_after": "2020-01-01"}, "in the past"),
        ({"calls.vars": {"name": "Nme"}}, "no column “Nme”"),
        ({"calls.call_flow": None, "calls.twiml": "gone.xml"}, "gone.xml"),
        ({"calls.call_flow": None, "calls.twiml": "<Response><Shout/></Response>"}, "<Shout>"),
        ({"calls": None}, "no `calls` section"),
    ],
)
def test_what_is_wrong_for_everybody_is_told_with_its_place_and_calls_nobody(cli, clinic, people, changes, told):
    said = cli("call", people(**changes))
    assert said.status == 2
    assert told in said.err
    assert rung(clinic) == []


def test_twiml_is_posted_as_plain_text_with_its_project(cli, clinic, people, home):
    (home / "hello.xml").write_text("<Response><Say>Hello</Say></Response>")
    name = people(ROWS[0], **{"calls.call_flow": None, "calls.twiml": "hello.xml"})
    assert cli("call", name).status == 0
    (request,) = [one for one in clinic.sandbox.requests if one.path == "/api/call.json"]
    assert (request.method, request.content_type) == ("POST", "text/plain; charset=utf-8")
    assert f"project_id={clinic.project.id}" in request.query
    (call,) = clinic.sandbox.calls()
    assert (call["flow"], call["vars"]) == ("<Response><Say>Hello</Say></Response>", {"name": "Ana", "dose": 3})


def test_a_byte_order_mark_is_not_part_of_the_twiml(cli, clinic, people, home):
    (home / "hello.xml").write_bytes(b"\xef\xbb\xbf<Response><Hangup/></Response>")
    cli("call", people(ROWS[0], **{"calls.call_flow": None, "calls.twiml": "hello.xml"}))
    assert [call["flow"] for call in clinic.sandbox.calls()] == ["<Response><Hangup/></Response>"]


def test_dates_schedule_and_zone_reach_the_queue(cli, clinic, people):
    day = datetime.now(UTC) + timedelta(days=30)
    window = {"not_before": f"{day:%Y-%m-%d} 09:00", "not_after": f"{day:%Y-%m-%d} 18:00", "time_zone": "Bangkok"}
    name = people(
        ROWS[0], **{f"calls.{key}": text for key, text in window.items()}, **{"calls.schedule": "Office hours"}
    )
    assert cli("call", name).status == 0
    (call,) = clinic.sandbox.calls()
    assert call["not_before"].startswith(f"{day:%Y-%m-%d}")
    assert "02:00" in call["not_before"]
    assert call["schedule_id"] is not None


def test_a_lost_answer_is_uncertain_never_repeated_and_settled_by_hand(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    name = people()
    said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["uncertain"], said.json["rows"]["queued"]) == (4, 1, 2)
    again = cli("call", name, "--json")
    assert (again.json["rows"]["uncertain"], again.json["rows"]["skipped"]) == (1, 2)
    assert f"resolve {said.json['run_id']}" in again.json["problems"][0]["reason"]
    assert len(rung(clinic)) == 3
    elsewhere = cli("resolve", again.json["run_id"]).out
    assert elsewhere.startswith("row 3: Asked for on")
    assert "Nothing is uncertain" not in elsewhere
    listed = cli("resolve", said.json["run_id"])
    assert listed.status == 4
    assert "row 3: ••••9888" in listed.out
    assert cli("resolve", said.json["run_id"], "--row", "2", "--placed").status == 2
    assert cli("resolve", said.json["run_id"], "--row", "3", "--placed").status == 0
    assert cli("call", name, "--json").json["rows"]["skipped"] == 3


def test_several_rows_are_settled_at_once_and_rows_are_never_taken_for_granted(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=2))
    run = cli("call", people(), "--json").json["run_id"]
    assert cli("resolve", run, "3", "--placed").status == 2
    assert cli("resolve", run, "--row", "3", "4", "--placed").status == 0
    assert cli("resolve", run, "--json").json["rows"]["queued"] == 3


def test_a_call_that_was_not_placed_is_asked_for_by_the_next_run(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("drop_before", path="/api/call", times=1))
    name = people(ROWS[0])
    run = cli("call", name, "--json").json["run_id"]
    assert rung(clinic) == []
    assert cli("resolve", run, "--not-placed", "--json").json["rows"]["failed"] == 1
    assert cli("call", name, "--json").json["rows"]["queued"] == 1
    assert len(rung(clinic)) == 1


def test_a_refused_row_fails_alone_and_is_asked_for_again_by_a_later_run(cli, clinic, people):
    refusal = {"status": 400, "body": '{"error": "Mysql2::Error: Data too long"}', "content_type": "application/json"}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", times=1, **refusal))
    name = people()
    said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["failed"], said.json["rows"]["queued"]) == (4, 1, 2)
    assert "Data too long" in said.json["problems"][0]["reason"]
    assert cli("call", name, "--json").json["rows"]["queued"] == 1


def test_a_channel_that_is_disabled_meanwhile_stops_the_batch_and_resume_goes_on(cli, clinic, people):
    refusal = {"status": 400, "body": '{"error": "Channel is disabled"}', "content_type": "application/json"}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, times=1, **refusal))
    said = cli("call", people(), "--json")
    assert (said.status, said.json["status"]) == (1, "failed")
    counts = said.json["rows"]
    assert (counts["queued"], counts["failed"], counts["unsent"], len(rung(clinic))) == (1, 1, 1, 1)
    assert [problem["status"] for problem in said.json["problems"]] == ["failed"]
    (reason,) = [reason for status, reason in cells(said, "sync_status", "sync_reason") if status == "unsent"]
    assert reason.startswith("Not asked for: the run ended before this row's turn. ")
    assert "disabled" in reason
    on = cli("resume", said.json["run_id"], "--json")
    assert (on.json["run_id"], on.json["rows"]["queued"], on.json["rows"]["failed"]) == (said.json["run_id"], 2, 1)
    assert len(rung(clinic)) == 2


@pytest.mark.parametrize("again", [(), ("--again", "the clinic moved")])
def test_resume_leaves_out_what_another_run_has_asked_for_meanwhile(cli, clinic, people, again):
    name = people()
    if again:
        cli("call", name)
    before = len(rung(clinic))
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, **NO_ROUTE))
    cut = cli("call", name, *again, "--json").json["run_id"]
    clinic.sandbox.faults.clear()
    cli("call", name, *again)
    after = rung(clinic)
    on = cli("resume", cut, "--json")
    assert (on.status, on.json["rows"]["queued"], on.json["rows"]["skipped"]) == (0, 1, 2)
    assert rung(clinic) == after
    assert len(after) == before + (4 if again else 3)


def test_a_refused_login_stops_at_once_and_the_row_is_not_lost(cli, clinic, people):
    denied = {"status": 401, "headers": {"WWW-Authenticate": "Basic"}, "body": '{"error": "Invalid"}'}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, **denied))
    said = cli("call", people(), "--json")
    assert said.status == 2
    assert said.json["rows"]["unsent"] == 2
    clinic.sandbox.faults.clear()
    assert cli("resume", said.json["run_id"][-6:], "--json").json["rows"]["queued"] == 3
    assert len(rung(clinic)) == 3


def test_a_server_that_loses_every_answer_is_left_alone_soon(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", status=500))
    said = cli("call", people(*[(f"0123456{n:02d}", "Ana", 1) for n in range(12)]), "--json")
    assert said.status == 1
    assert (said.json["rows"]["uncertain"], said.json["rows"]["unsent"]) == (5, 7)


def test_a_busy_server_is_asked_again_because_it_did_nothing(cli, clinic, people):
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", status=503, headers={"Retry-After": "0"}, times=1))
    said = cli("call", people(), "--json")
    assert (said.status, said.json["rows"]["queued"], said.json["requests"]["retries"]) == (0, 3, 1)
    assert len(rung(clinic)) == 3


@pytest.mark.parametrize("version", ["3.5.1", "3.1.1"])
def test_tracking_tells_what_became_of_the_calls(cli, clinic, people, version):
    clinic.sandbox.configure(version=version)
    clinic.sandbox.set_outcomes("85512345678", "completed")
    clinic.sandbox.set_outcomes("+85512999888", "busy")
    clinic.sandbox.set_outcomes("85512777666", "completed")
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(1)
    assert cli("track", run, "--json").json["calls"] == {"active": 3}
    clinic.sandbox.advance(1)
    before = len(clinic.sandbox.requests)
    said = cli("track", run, "--until-done", "--json")
    assert said.status == 0
    assert said.json["calls"] == said.json["call_states"] == {"completed": 2, "failed": 1}
    assert said.json["requests"]["call"] == 0
    assert sum(said.json["requests"].values()) == len(clinic.sandbox.requests) - before
    assert cli("runs", run, "--json").json["requests"]["call"] == 3
    states = cells(said, "call_state", "fail_reason", "finished_at")
    assert states[1][:2] == ("failed", "busy" if version == "3.1.1" else None)
    assert (states[0][2] is not None) is (version == "3.1.1")
    asked = clinic.sandbox.count(path="/api/calls/")
    cli("track", run)
    assert clinic.sandbox.count(path="/api/calls/") == asked


def test_a_pending_retry_is_still_queued_and_says_why(cli, clinic, people):
    clinic.sandbox.configure(version="3.1.1")
    clinic.sandbox.set_outcomes("85512345678", "busy", "completed")
    run = cli("call", people(ROWS[0], **{"calls.schedule": "Office hours"}), "--json").json["run_id"]
    clinic.sandbox.advance(2, seconds=90_000)
    said = cli("track", run, "--json")
    assert cells(said, "call_state", "fail_reason")[0] == ("queued", "busy (to be tried again)")


def test_a_flow_of_a_shared_project_is_used_by_its_id_and_said_to_be_unconfirmed(cli, clinic, people):
    helper = clinic.sandbox.add_account("helper@example.org", "pw")
    clinic.sandbox.share_project(clinic.project, helper, "admin")
    clinic.sandbox.add_channel(helper, "own")
    flow = clinic.sandbox.call_flow("Reminder").id
    account = {"verboice.account": helper.email, "verboice.password": "pw"}
    shared = account | {"verboice.project": clinic.project.id, "calls.channel": "own"}
    said = cli("call", people(**shared, **{"calls.call_flow": flow}))
    assert said.status == 0, said.err
    assert f"call flow {flow} cannot be checked" in said.err
    assert [call["call_flow_id"] for call in clinic.sandbox.calls()] == [flow] * 3
    assert cli("call", people(**shared, **{"calls.call_flow": "Reminder"})).status == 2
    missing = cli("call", people(**(shared | {"verboice.project": 99, "calls.call_flow": flow})))
    assert (missing.status, "no project 99" in missing.err) == (2, True)


def test_a_call_of_a_shared_flow_is_not_visible_and_that_is_an_answer(cli, clinic, people):
    run = cli("call", people(ROWS[0]), "--json").json["run_id"]
    clinic.sandbox.state.database.run("update call_logs set account_id = 999")
    said = cli("track", run, "--until-done", "--json")
    assert said.json["call_states"] == {"not visible": 1}


def test_cancelling_takes_out_only_what_is_still_queued(cli, clinic, people):
    run = cli("call", people(), "--json").json["run_id"]
    clinic.sandbox.advance(1)
    later = cli("call", people(*ROWS, ("012111222", "Dee", 4)), "--json").json["run_id"]
    assert "0 calls cancelled. 3 had begun" in cli("cancel", run).out
    said = cli("cancel", later, "--json")
    assert (said.json["calls"], said.json["requests"]["post"], said.json["requests"]["call"]) == (
        {"cancelled": 1},
        1,
        0,
    )
    assert [call["state"] for call in clinic.sandbox.calls()] == ["active", "active", "active", "cancelled"]
    assert clinic.sandbox.count(method="POST", path="cancel") == 1


def test_a_cancelled_call_does_not_keep_its_person_from_being_called(cli, clinic, people):
    run = cli("call", people(ROWS[0], **{"calls.repeat_after": "24h"}), "--json").json["run_id"]
    cli("cancel", run)
    said = cli("call", people(("012345678", "Ana", 4), **{"calls.repeat_after": "24h"}), "--json")
    assert said.json["rows"]["queued"] == 1


def test_the_plan_file_holds_the_whole_batch_for_its_owner_only(cli, clinic, people):
    said = cli("call", people(), "--json")
    from pathlib import Path

    plan = Path(said.json["reports"]["plan"])
    calls = orjson.loads(plan.read_bytes())["calls"]
    assert [call["row"] for call in calls] == [2, 3, 4]
    assert plan.stat().st_mode & 0o077 == 0
    assert said.json["plan"]["changes"] == 3


def test_commands_about_unknown_runs_and_runs_of_another_kind_say_so(cli, clinic, people, sheet, pipeline):
    for command in ("track", "cancel", "resolve", "resume"):
        said = cli(command, "nothing")
        assert said.status == 2
        assert "runs" in said.err


def test_tracked_states_reach_the_results_table_and_a_dry_run_does_not(cli, clinic, people, home):
    name = people(ROWS[0], **{"results.url": f"sqlite:///{home}/results.db"})
    cli("call", name, "--dry-run")
    run = cli("call", name, "--json").json["run_id"]
    clinic.sandbox.advance(1)
    cli("track", run)
    with sqlite3.connect(home / "results.db") as database:
        told = database.execute("select run_id, sync_status, call_state from verboice_results").fetchall()
    database.close()
    assert told == [(run, "queued", "active")]
