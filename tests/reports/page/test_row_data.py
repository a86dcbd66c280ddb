"""The rows that a page carries: small, whole where they fit, and said to be cut where not."""

from __future__ import annotations

import pytest

from flows.reports.page import row_data as room
from flows.reports.page.row_data import row_data
from flows.reports.page.rules import PageRules


def test_each_row_is_there_with_its_variables(page):
    rows = page({"Phone": ["011111111", "2", "3"]}, ["updated", "unchanged", "held"]).rows()
    assert rows[0] == {
        "row": 2,
        "address": "••••1111",
        "bucket": "updated",
        "outcome": "updated",
        "changes": "age: 38 → 39",
        "variables": ["age"],
        "reason": "",
        "kind": "",
        "contact": "100",
    }
    assert [row["variables"] for row in rows[1:]] == [[], []]
    assert [row["reason"] for row in rows] == ["", "", "needs a look"]


def test_rows_of_a_source_whose_column_is_not_there_have_no_numbers(make_report):
    report = make_report({"Phone": ["1"]}, ["updated"])
    assert "address" not in row_data(report, PageRules(), address="Number").names


def test_of_very_many_rows_those_come_first_that_something_is_to_be_told_of(page, monkeypatch):
    monkeypatch.setattr(room, "MOST_ROWS", 3)
    statuses = ["unchanged", "unchanged", "updated", "unchanged", "rejected"]
    shown = page({"Phone": ["1"] * 5}, statuses)
    assert [row["row"] for row in shown.rows()] == [2, 4, 6]
    assert "Here are 3 of 5 rows" in shown.words()


@pytest.mark.parametrize(("most", "is_cut"), [(4_000_000, False), (900, True)])
def test_long_texts_are_cut_only_where_they_do_not_fit(page, make_report, monkeypatch, most, is_cut):
    monkeypatch.setattr(room, "MOST_BYTES", most)
    report = make_report({"Phone": ["1"]}, ["rejected"], reason=" ".join(f"word{n * n}" for n in range(400)))
    shown = page(report=report)
    assert ("Long texts are cut here." in shown.words()) == is_cut
    assert (len(shown.rows()[0]["reason"]) < 400) == is_cut


def test_what_was_answered_stands_beside_its_call(page):
    told = {"call_state": ["completed", ""], "answers": ["friend: “” → 85512999888", None]}
    shown = page({"Phone": ["1", "2"]}, ["queued", "blocked"], kind="call", extra=told)
    assert [row["answers"] for row in shown.rows()] == ["friend: “” → ••••9888", ""]
