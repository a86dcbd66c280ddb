"""`report`: a run's page written anew, and the page of the last runs."""

from __future__ import annotations

import html
import shlex
import stat
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.worlds import CALLS, PATIENTS, SAVED, able_to_call


@pytest.fixture
def synced(cli, clinic, sheet, pipeline):
    """A sync of the clinic's usual sheet; its id and page."""
    pipeline(sheet(*SAVED))
    summary = cli("sync", "p", "--json").json
    return summary["run_id"], Path(summary["reports"]["html"])


def test_a_page_is_written_anew_as_it_was(cli, synced):
    run, page = synced
    before = page.read_text(encoding="utf-8")
    page.unlink()
    said = cli("report", run)
    assert (said.status, said.out.strip()) == (0, str(page))
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    after = page.read_text(encoding="utf-8")
    assert after == before
    assert "<h1>2 of 3 rows are as the sheet says: 2 updated; 1 is not known to Verboice.</h1>" in after


def test_without_a_run_it_is_the_latest(cli, synced):
    cli("plan", "p")
    page = Path(cli("report", "--json").json["html"])
    assert "Nothing has been sent yet" in page.read_text(encoding="utf-8")


def test_a_page_follows_what_the_pipeline_says_now(cli, synced, pipeline, sheet):
    run, page = synced
    assert "012345678" not in page.read_text(encoding="utf-8")
    pipeline(sheet(*SAVED), **{"report.mask": False})
    cli("report", run)
    assert "011222333" in page.read_text(encoding="utf-8")


def test_calls_that_were_tracked_meanwhile_are_told_as_they_are_now(cli, clinic, sheet, pipeline):
    able_to_call(clinic)
    clinic.sandbox.configure(version="3.1.1")  # tells why a call failed, and when it began
    pipeline(sheet(*PATIENTS, header=("Phone", "Name", "Dose")), contacts=None, calls={**CALLS, "time_zone": "Bangkok"})
    for address, end in (("85512345678", "completed"), ("+85512999888", "busy"), ("85512777666", "no-answer")):
        clinic.sandbox.set_outcomes(address, end)
    run = cli("call", "p", "--json").json["run_id"]
    page = Path(cli("report", run).out.strip())
    assert "<h1>3 people are waiting in Verboice&#39;s queue to be called.</h1>" in page.read_text(encoding="utf-8")
    clinic.sandbox.advance(2)
    cli("track", run)
    tracked = page.read_text(encoding="utf-8")
    assert "<h1>1 of 3 people were reached; 2 calls failed: 1 busy, 1 no answer.</h1>" in tracked
    assert "Begun at, Asia/Bangkok" in tracked
    cli("report", run)
    assert page.read_text(encoding="utf-8") == tracked
    told = Path(cli("report", "--history").out.strip()).read_text(encoding="utf-8")
    assert "1 reached, 2 not reached" in told


def test_a_refused_run_and_a_dry_run_have_pages_too(cli, clinic, sheet, pipeline):
    able_to_call(clinic)
    pipeline(sheet(*PATIENTS, header=("Phone", "Name", "Dose")), contacts=None, calls=CALLS, **{"guard.max_calls": 1})
    refused = cli("call", "p", "--json").json["run_id"]
    dry = cli("call", "p", "--dry-run", "--json").json["run_id"]
    for run in (refused, dry):
        assert "3 of 3 people would be called" in Path(cli("report", run).out.strip()).read_text(encoding="utf-8")


def test_a_run_without_a_report_is_told_with_what_to_do(cli, clinic, synced):
    run, page = synced
    for kept in page.parent.glob("outcomes.arrow"):
        kept.unlink()
    said = cli("report", run)
    assert said.status == 2
    assert "was made by an earlier version" in said.err
    assert str(page) in said.err
    assert cli("report", "nosuch").status == 2
    page.unlink()
    assert f"verboice-sync resume {run}" in cli("report", run).err


def test_a_pipeline_file_that_is_gone_leaves_numbers_masked(cli, home, synced):
    run, page = synced
    (home / "configs" / "p.yaml").unlink()
    said = cli("report", run)
    assert said.status == 0
    assert "Times are in UTC and numbers masked" in said.err
    assert "••••" in page.read_text(encoding="utf-8")


def test_it_is_shown_in_the_browser_of_the_machine(cli, home, synced, monkeypatch):
    run, page = synced
    seen = home / "seen"
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    monkeypatch.setenv("BROWSER", f"{shlex.join([sys.executable, '-c', script, str(seen)])} %s")
    assert cli("report", run, "--open").status == 0
    assert seen.read_text() == page.as_uri()


def test_the_last_runs_of_a_pipeline_are_drawn_and_told(cli, clinic, synced):
    cli("sync", "p")
    cli("plan", "p")
    page = Path(cli("report", "--history", "p").out.strip())
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    told = html.unescape(page.read_text(encoding="utf-8"))
    assert "<h1>The last 2 runs of p: 2 done.</h1>" in told
    assert told.count('role="img"') == 3  # rows, values, duration: nothing was rejected
    assert f'href="runs/{synced[0]}/report.html"' in told
    assert "2 updated, 1 not found" in told
    assert "script-src" not in told


def test_all_pipelines_are_one_page_also_by_the_path_of_a_file(cli, synced):
    for words in ((), ("configs/p.yaml",)):
        assert "p: contacts" in Path(cli("report", "--history", *words).out.strip()).read_text(encoding="utf-8")


def test_a_pipeline_that_never_ran_has_no_history(cli, synced):
    said = cli("report", "--history", "other")
    assert said.status == 2
    assert "Pipeline other has no runs yet that sent anything." in said.err


def test_before_any_run_there_is_no_page(cli, home):
    said = cli("report")
    assert (said.status, "There are no runs yet." in said.err) == (2, True)


def test_page_console_and_workbook_mean_the_same_row_under_title_rows(cli, clinic, home, pipeline):
    book = Workbook()
    for line in (["Visits"], [None], ["Phone", "Age", "Colour"], *SAVED[:1], ("12-34", 3, None)):
        book.active.append(list(line))
    book.save(home / "titled.xlsx")
    said = cli("sync", pipeline(home / "titled.xlsx"), "--json")
    assert [problem["row"] for problem in said.json["problems"]] == [5]
    sheet = load_workbook(said.json["reports"]["workbook"]).worksheets[0]
    head = [cell.value for cell in sheet[3]]
    told = [(sheet.cell(row, head.index("sync_row") + 1).value, sheet.cell(row, 4).value) for row in (4, 5)]
    assert told == [(4, "updated"), (5, "rejected")]
    assert "<li>row 5, " in Path(said.json["reports"]["html"]).read_text(encoding="utf-8")
