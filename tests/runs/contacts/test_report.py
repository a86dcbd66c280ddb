"""How a run over contacts is told: its rows, those that need a person, and the head of its plan."""

from __future__ import annotations

import json
from pathlib import Path

from tests.worlds import ROWS, cells


def test_each_row_has_its_status_change_and_contact(cli, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS)), "--json")
    assert cells(said, "sync_status", "sync_changes", "contact_id") == [
        ("updated", "age: 38 → 39", "1"),
        ("unchanged", None, "2"),
        ("not_found", None, None),
        ("duplicate", None, "3"),
        ("duplicate", None, "3"),
        ("rejected", None, None),
    ]


def test_problems_are_the_rows_that_need_a_person_with_the_column_to_look_at(cli, sheet, pipeline):
    said = cli("sync", pipeline(sheet(*ROWS, ("015000000", "é" * 300, None))), "--json")
    assert [(p["row"], p["column"], p["status"]) for p in said.json["problems"]] == [
        (4, "Phone", "not_found"),
        (5, "Phone", "duplicate"),
        (6, "Phone", "duplicate"),
        (7, "Phone", "rejected"),
        (8, "Age", "rejected"),
    ]
    assert all(problem["reason"] for problem in said.json["problems"])


def test_what_was_only_planned_changes_no_value_and_its_plan_tells_of_a_plan(cli, sheet, pipeline):
    name = pipeline(sheet(*ROWS))
    shown, done = (cli(command, name, "--json") for command in ("plan", "sync"))
    assert (shown.json["variables_changed"], done.json["variables_changed"]) == (0, 1)
    heads = [json.loads(Path(said.json["reports"]["plan"]).read_text()) for said in (shown, done)]
    assert [head["kind"] for head in heads] == ["plan", "plan"]
    assert heads[0]["plan"] == heads[1]["plan"]
