"""The terminal: what is printed of a plan and of a run, masked, narrow enough and safe to print."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from flows.reports.console import print_plan, print_report


@pytest.fixture
def printed(make_report, monkeypatch):
    """What `print_report` says of a run, on something that is no terminal."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def write(*args: object, **options: object) -> str:
        out = io.StringIO()
        print_report(make_report(*args, **options).summary, file=out)
        return out.getvalue()

    return write


def change(**known: object):
    planned = {"row": 2, "contact_id": 7, "address": "+85512345678", "variable": "age", "before": "38", "after": "39"}
    return {**planned, **known}


def plan_of(summary, changes) -> str:
    out = io.StringIO()
    print_plan(summary, changes, file=out)
    return out.getvalue()


def test_it_tells_the_end_the_buckets_that_are_not_empty_and_the_reports(printed):
    out = printed({"Phone": ["1", "2", "3"]}, ["updated", "updated", "held"])
    assert out.startswith("Done, 1 to look at: 3 rows read.\n")
    assert "updated  2  At least one variable" in out
    assert "created" not in out
    assert "home/runs/r1/patients 1.result.xlsx" in out
    assert "verboice-sync undo r1" in out


def test_it_shows_the_first_ten_problems_and_counts_the_others(printed):
    out = printed({"Phone": ["1"] * 13}, ["rejected"] * 13)
    assert out.count("needs a look") == 10
    assert " 11  Phone   rejected  needs a look" in out
    assert "… and 3 more" in out


def test_what_is_not_printed_to_a_terminal_has_no_colours(printed):
    assert "\x1b" not in printed({"Phone": ["1", "2"]}, ["updated", "failed"])


def test_lines_fit_into_80_columns_except_what_must_be_copied_whole(printed):
    reason = "the value is longer than Verboice can hold, which is 255 characters, " * 4
    out = printed(
        {"A header of some length, as people write them": ["1"] * 3},
        ["rejected", "updated", "uncertain"],
        reason=reason,
    )
    assert max(len(line) for line in out.splitlines() if "verboice-sync" not in line and "xlsx" not in line) <= 80


def test_a_path_is_never_broken(make_report):
    summary = make_report({"Phone": ["1"]}, ["updated"]).summary
    path = "/home/" + "a-long-folder-name/" * 8 + "patients.result.xlsx"
    out = io.StringIO()
    print_report({**summary, "reports": {**summary["reports"], "workbook": path}}, file=out)
    assert path in out.getvalue()


def test_no_phone_number_is_printed_in_full(printed, make_report):
    out = printed({"Phone": ["+85512345678"]}, ["rejected"], reason="+85512345678 is no number")
    plan = plan_of(make_report({"Phone": ["1"]}, ["updated"]).summary, [change(after="call 012 345 678")])
    assert "••••5678 is no number" in out
    assert "12345678" not in out + plan
    assert "345 678" not in plan


def test_texts_of_others_cannot_write_to_the_terminal_or_pose_as_markup(printed):
    out = printed({"[bold]Phone[/bold]": ["1"]}, ["rejected"], reason="\x1b[2Jgone [red]x[/red] :smile:\u202e")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]x[/red] :smile:" in out
    assert "[bold]" in out


def test_a_plan_shows_the_first_changes_before_and_after(make_report):
    summary = make_report({"Phone": ["1"] * 12}, ["updated"] * 12, kind="plan").summary
    summary = {**summary, "plan": {**summary["plan"], "changes": 12}}
    out = plan_of(summary, [change(row=2, before=None), *(change(row=n) for n in range(3, 14))])
    assert out.startswith("Planned, nothing was sent: 12 rows read.")
    assert "  2  ••••5678  age       (absent)  39" in out
    assert out.count("••••5678") == 10
    assert "… and 2 more" in out
    assert "verboice-sync sync clinic" in out


def test_a_refused_plan_names_guard_limit_and_the_approval(make_report):
    out = plan_of(make_report({"Phone": ["1"]}, ["updated"], status="refused").summary, [])
    assert "Guards violated (plan c0ffee)" in out
    assert "max_overwrites  62% found  30% allowed" in out
    assert "verboice-sync sync clinic --approve c0ffee" in out


def test_a_terminal_that_lacks_a_character_still_shows_the_rest(make_report):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_report(make_report({"Phone": ["1"]}, ["rejected"], reason="“012345678” is no number").summary, file=out)
    out.flush()
    assert b"????5678" in out.buffer.getvalue()


def test_the_module_loads_neither_rich_nor_arrow():
    loaded = "import sys, flows.reports.console; print([m for m in ('rich', 'pyarrow', 'jinja2') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
