"""`runs`: what ran, newest first, in a line each, and only what was asked for."""

from __future__ import annotations

import re

import pytest

from tests.worlds import ROWS


@pytest.fixture
def ran(cli, sheet, pipeline):
    """A plan, a sync, and a sync that a guard refused."""
    name = pipeline(sheet(*ROWS[:2]))
    cli("plan", name)
    cli("sync", name)
    cli("sync", pipeline(sheet(("012345678", 50, "red")), **{"guard.max_overwrites": 0}))
    return name


def test_runs_lists_what_ran_newest_first(cli, ran):
    listed = cli("runs", "--json").json
    expected = [("sync", "refused"), ("sync", "succeeded"), ("plan", "succeeded")]
    assert [(run["kind"], run["status"]) for run in listed] == expected
    assert cli("runs", listed[1]["run_id"], "--json").json["rows"]["updated"] == 1


def test_the_list_has_a_header_dates_and_counts_within_80_columns_and_ids_that_commands_take(cli, ran, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    head, *lines = [line for line in cli("runs").out.splitlines() if line.strip()]
    assert head.split("  ")[0] == "started (UTC)"
    assert max(map(len, (head, *lines))) <= 80
    first = [line for line in lines if re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d  [0-9a-f]{6}  ", line)]
    assert len(first) == 3
    assert "1 updated, 1 unchanged" in first[1]
    assert "to update" in first[0]
    short = first[1].split("  ")[1]
    assert cli("runs", short, "--json").json["rows"]["updated"] == 1


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("--kind", "sync"), 2),
        (("--status", "refused"), 1),
        (("--kind", "plan", "--status", "refused"), 0),
        (("--since", "1h"), 3),
        (("--since", "2026-01-01"), 3),
        (("--since", "9999-01-01"), 0),
        (("--limit", "2"), 2),
        (("--pipeline", "p"), 3),
        (("--pipeline", "q"), 0),
    ],
)
def test_filters_leave_only_what_was_asked_for(cli, ran, words, number):
    assert len(cli("runs", *words, "--json").json) == number


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--status", "bad"), "It takes succeeded, partial, refused"),
        (("--kind", "sink"), "plan, sync"),
        (("--since", "soon"), "Write 2026-11-20 or 7d."),
    ],
)
def test_a_filter_that_means_nothing_is_told_what_it_takes(cli, home, words, told):
    said = cli("runs", *words)
    assert (said.status, told in said.err) == (2, True)
