"""Contact sync as its user sees it: files in, requests out, exit status, output and reports."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from openpyxl import load_workbook

from connectors.sandbox import Fault
from flows.commands.demo import own_home

ROWS = [
    ("012 345 678", 39, "blue"),
    ("012999888", 40, None),
    ("011222333", 5, "red"),
    ("012777666", 1, None),
    ("85512777666", 2, None),
    ("8.55E+11", 3, None),
]


def test_exactly_the_needed_changes_go_out_and_every_row_is_accounted_for(cli, clinic, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS)), "--json")
    assert said.status == 4
    assert clinic.vars("85512345678") == {"age": "39", "favorite color": "blue"}
    assert clinic.vars("85512777666") == {}
    assert clinic.puts() == 1
    rows = said.json["rows"]
    assert rows == {
        "read": 6, "updated": 1, "created": 0, "unchanged": 1, "not_found": 1, "duplicate": 2, "rejected": 1,
        "held": 0, "failed": 0, "uncertain": 0, "unsent": 0,
    }  # fmt: skip
    assert said.json["requests"]["put"] == 1
    assert said.json["variables_changed"] == 1
    assert [p["row"] for p in said.json["problems"]] == [4, 5, 6, 7]


def test_the_same_sync_again_sends_no_put(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    assert cli("sync", name).status == 0
    again = cli("sync", name, "--json")
    assert again.status == 0
    assert clinic.puts() == 1
    assert again.json["rows"]["unchanged"] == 2


def test_a_put_has_an_empty_body_of_length_zero_and_carries_all_changed_variables(cli, clinic, sheet, pipeline):
    cli("sync", pipeline(sheet(("+85512999888", 41, "sky & sea; 50%+"))))
    (put,) = [request for request in clinic.sandbox.requests if request.method == "PUT"]
    assert put.content_length == "0"
    assert put.path == "/api/projects/1/contacts/by_address/%2B85512999888.json"
    assert clinic.vars("+85512999888") == {"age": "41", "favorite color": "sky & sea; 50%+"}


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


def test_a_careful_first_try_passes_and_the_whole_is_still_a_first_run(cli, clinic, sheet, pipeline):
    for number in range(8):
        clinic.sandbox.add_contact(clinic.project, [f"8551255500{number}"], {"age": "1"})
    name = pipeline(sheet(*[(f"01255500{number}", 2, None) for number in range(8)]))
    tried = cli("sync", name, "--limit", "5", "--json")
    assert (tried.status, tried.json["sent"], tried.json["rows"]["updated"]) == (0, True, 5)
    assert cli("sync", name).status == 0


def test_what_is_only_planned_is_told_as_such_and_counted_by_its_bucket(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    planned = cli("plan", name, "--json").json
    assert (planned["sent"], planned["rows"]["updated"]) == (False, 1)
    head, first, second = load_workbook(planned["reports"]["workbook"]).worksheets[0].iter_rows(values_only=True)
    status, reason = head.index("sync_status"), head.index("sync_reason")
    assert (first[status], first[reason]) == ("to update", "planned only, nothing was sent")
    assert second[status] == "unchanged"
    assert "to update" in cli("plan", name).out
    assert "1 to update" in cli("runs").out


def test_a_sheet_of_strangers_is_refused_and_check_says_so_before(cli, clinic, sheet, pipeline):
    strangers = [(f"0125560{n:02d}", 1, None) for n in range(29)]
    name = pipeline(sheet(("012345678", 39, None), *strangers))
    looked = cli("check", name)
    assert (looked.status, clinic.puts()) == (2, 0)
    assert "1 of 30 are known to Verboice" in looked.err
    refused = cli("sync", name, "--json")
    assert refused.status == 3
    assert refused.json["plan"]["violations"] == [{"guard": "max_not_found", "limit": "50%", "found": "97%"}]
    assert "right project" in refused.err
    assert cli("check", pipeline(sheet(*ROWS[:2]))).status == 0


def test_a_large_project_that_is_asked_one_by_one_is_judged_by_its_first_rows(cli, clinic, sheet, pipeline):
    rows = [("012345678", 39, None), ("012999888", 41, None)] * 20
    said = cli("check", pipeline(sheet(*rows), **{"contacts.pull": "by_address"}))
    assert (said.status, clinic.sandbox.count(path="contacts.json")) == (0, 0)
    assert "Contacts: 25 of 25 are known to Verboice." in said.out


def test_the_result_workbook_has_the_sources_rows_and_what_became_of_them(cli, sheet, pipeline):
    header = ("Name", "Phone", "Age", "Colour", "Note")
    lines = [
        ("Sok", "012345678", 39, None, "=1+1"),
        ("Dara", "bad", 4, None, "@x"),
        ("Chan", "012999888", 40, None, "-"),
    ]
    said = cli("sync", pipeline(sheet(*lines, header=header)), "--json")
    path = Path(said.json["reports"]["workbook"])
    assert path.name == "p.result.xlsx"
    book = load_workbook(path)
    result, fix = book.worksheets[0], book["To fix"]
    assert "Summary" in book.sheetnames
    values = list(result.values)
    assert values[0] == (*header, "sync_status", "sync_reason", "sync_changes", "contact_id", "sync_row")
    assert [row[5] for row in values[1:]] == ["updated", "rejected", "unchanged"]
    assert values[1][7] == "age: 38 → 39"
    assert next(iter(fix.values)) == ("sync_to_do", *header, "sync_row")
    assert [row[2] for row in list(fix.values)[1:]] == ["bad"]
    formulas = [cell.value for row in result.iter_rows(min_row=2) for cell in row if cell.data_type == "f"]
    assert formulas == ["=1+1"]  # the analyst's own


def test_everything_written_is_readable_by_its_owner_only(cli, sheet, pipeline, home):
    cli("sync", pipeline(sheet(*ROWS)))
    for path in (home / ".verboice-sync").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_the_demos_own_home_leaves_a_private_one_behind(home):
    with own_home() as inside:
        assert inside.parent == home / ".verboice-sync"
    assert stat.S_IMODE(inside.parent.stat().st_mode) == 0o700


def test_output_that_nobody_can_keep_is_not_a_fault_of_the_program(home):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "flows", "runs"],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "fault" not in done.stderr


def test_the_version_is_printed_without_a_command(cli):
    said = cli("--version")
    assert (said.status, said.out.strip()) == (0, version("verboice-sync"))


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


@pytest.mark.parametrize("action", ["html", "truncate"])
def test_what_is_no_answer_of_verboices_api_stops_the_run_before_anything_is_sent(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="GET", path="contacts"))
    result = cli("sync", pipeline(sheet(*ROWS), **{"contacts.pull": "all"}))
    assert result.status == 1
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


@pytest.fixture
def shared(clinic):
    """shared(role): settings for an account that the project is shared to."""

    def share(role: str) -> dict[str, object]:
        helper = clinic.sandbox.add_account("ben@example.org", "pw")
        clinic.sandbox.share_project(clinic.project, helper, role)
        return {
            "verboice.account": "ben@example.org",
            "verboice.password": "pw",
            "verboice.project": clinic.project.id,
        }

    return share


@pytest.mark.parametrize("pull", ["all", "by_address"])
def test_a_shared_project_is_asked_once_whether_it_knows_a_variable_nobody_has(
    cli, clinic, sheet, pipeline, shared, pull
):
    rows = sheet(*((address, 39, "x") for address in ("012345678", "012999888")))
    wanted = {"contacts.variables": {"age": "Age", "nope": "Colour"}, "contacts.pull": pull}
    said = cli("sync", pipeline(rows, **shared("admin"), **wanted), "--json")
    assert (said.status, said.json["rows"]["failed"], said.json["rows"]["unsent"], clinic.puts()) == (2, 1, 1, 1)
    assert clinic.vars("85512345678")["age"] == "38"


def test_check_does_not_call_a_shared_projects_unused_variable_unknown(cli, clinic, sheet, pipeline, shared):
    clinic.sandbox.add_variable(clinic.project, "village")
    rows = sheet(("012345678", 39, "x"))
    name = pipeline(rows, **shared("admin"), **{"contacts.variables": {"age": "Age", "village": "Colour"}})
    said = cli("check", name)
    assert said.status == 0
    assert "No contact has village yet" in said.out
    assert cli("sync", name).status == 0
    name = pipeline(rows, **{"contacts.variables": {"Age": "Age"}})
    assert cli("check", name).status == 2


def test_check_tells_a_likely_misspelling_in_a_shared_project(cli, sheet, pipeline, shared):
    rows = sheet(("012345678", 39, "x"))
    settings = shared("admin")
    said = cli("check", pipeline(rows, **settings, **{"contacts.variables": {"Age": "Age"}}))
    assert said.status == 2
    assert "No contact of this shared project has a variable of this name" in said.err
    assert "age" in said.err


def test_check_tells_a_project_shared_for_reading_from_one_that_is_not_there(cli, sheet, pipeline, shared):
    rows, settings = sheet(("012345678", 39, "x")), shared("read")
    said = cli("check", pipeline(rows, **settings))
    assert said.status == 2
    assert "shared to this account for reading only" in said.err
    assert "There is no project 99" in cli("check", pipeline(rows, **settings | {"verboice.project": 99})).err


@pytest.mark.parametrize("action", ["drop_before", "drop_after"])
def test_a_lost_answer_is_looked_into_and_never_a_lost_or_doubtful_row(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="PUT", path="by_address", times=1))
    result = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 41, None))), "--json")
    assert result.status == 0
    assert result.json["rows"]["updated"] == 2
    assert clinic.vars("85512345678")["age"] == "39"
    assert result.json["requests"]["put"] == 2 + result.json["requests"]["retries"]
    assert result.json["requests"]["retries"] == (1 if action == "drop_before" else 0)


def test_the_one_address_that_cannot_be_looked_up_is_named(cli, clinic, sheet, pipeline):
    clinic.sandbox.faults.add(Fault("reply", method="GET", path="12999888", status=500))
    said = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 41, None))))
    assert (said.status, clinic.puts()) == (1, 0)
    assert "••••9888 could not be looked up, so nothing was sent" in said.err


def test_a_value_the_server_cut_is_a_failed_row(cli, clinic, sheet, pipeline):
    clinic.sandbox.configure(sql_mode="truncating")
    clinic.sandbox.faults.add(
        Fault("reply", method="PUT", status=200, headers={"Content-Type": "application/json"},
              body='{"id":1,"addresses":["85512345678"],"vars":{"age":"3"}}')
    )  # fmt: skip
    result = cli("sync", pipeline(sheet(("012345678", 39, None))), "--json")
    assert result.status == 4
    assert result.json["problems"][0]["status"] == "failed"
    assert "'3'" in result.json["problems"][0]["reason"]


def test_runs_lists_what_ran_newest_first(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    cli("plan", name)
    cli("sync", name)
    listed = cli("runs", "--json").json
    assert [(run["kind"], run["status"]) for run in listed] == [("sync", "succeeded"), ("plan", "succeeded")]
    assert cli("runs", listed[0]["run_id"], "--json").json["rows"]["updated"] == 1


def test_contact_shows_both_sides_and_what_would_change(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS[:2]))
    said = cli("contact", name, "012345678")
    assert said.status == 0
    assert "age: 38 → 39" in said.out
    assert cli("contact", name, "012345678", "--json").json["contacts"][0]["id"] == 1


def test_check_finds_every_problem_at_once_and_writes_nothing(cli, clinic, sheet, pipeline, home):
    assert cli("check", pipeline(sheet(*ROWS))).status == 0
    result = cli("check", pipeline(sheet(*ROWS), **{"contacts.variables": {"nope": "Nope"}}))
    assert result.status == 2
    assert "no column “Nope”" in result.err
    assert "no variable of this name" in result.err
    assert clinic.puts() == 0
    assert not (home / ".verboice-sync" / "runs").exists()


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


def test_a_number_given_with_only_that_no_row_has_is_said(cli, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS)), "--only", "012000000")
    assert "No row of the source has an address that was given with --only." in said.out


def test_two_runs_of_one_pipeline_never_push_at_the_same_time(cli, clinic, sheet, pipeline, home):
    from datetime import UTC, datetime, timedelta

    from connectors.ledger import Ledger

    name = pipeline(sheet(*ROWS[:2]))
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        now = datetime.now(UTC)
        ledger.acquire_lease("push:p", run_id="other", holder="elsewhere/1/1", at=now, ttl=timedelta(minutes=1))
    result = cli("sync", name)
    assert result.status == 1
    assert "Another run" in result.err
    assert clinic.puts() == 0


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


def test_what_was_only_planned_or_refused_does_not_reach_the_results_table(cli, clinic, sheet, pipeline, home):
    guarded = {"results.url": "sqlite:///results.db", "guard.max_overwrites": 0}
    name = pipeline(sheet(("012345678", 39, None)), **guarded)
    assert (cli("plan", name).status, cli("sync", name).status) == (0, 3)
    assert not (home / "results.db").exists()


def test_a_run_whose_results_table_cannot_be_written_is_told_as_it_was(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)), **{"results.url": "sqlite:///no/such/folder/results.db"})
    said = cli("sync", name, "--json")
    assert said.status == 1
    assert "The run is done and its reports are written, but not its results table" in said.err
    assert (said.json["status"], said.json["rows"]["updated"]) == ("succeeded", 1)
    assert clinic.vars("85512345678")["age"] == "39"


@pytest.mark.parametrize("to", ["all.txt", "no/such/folder/all.csv", "oracle://h/db"])
def test_pull_asks_the_server_for_nothing_where_it_cannot_write(cli, clinic, pipeline, to):
    table = ["--table", "contacts"] if "://" in to else []
    assert cli("pull", pipeline("unused.xlsx"), "--to", to, *table).status == 2
    assert clinic.sandbox.requests == []
