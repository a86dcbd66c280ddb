"""The page of the last runs: what it says first, and texts from outside as text."""

from __future__ import annotations

from dataclasses import replace

from flows.reports.page.history_page import write_history_page
from flows.reports.page.rules import PageRules
from tests.reports.page.conftest import Markup
from tests.reports.page.test_history import past


def written(tmp_path, **of_pipelines):
    path = tmp_path / "history.html"
    write_history_page(path, of_pipelines, PageRules())
    return Markup(path.read_text(encoding="utf-8"))


def test_it_says_first_how_the_runs_ended(tmp_path):
    shown = written(tmp_path, clinic=[past(2), past(1, status="partial"), past(0, status="failed")])
    told = "The last 3 runs of clinic: 1 done, 1 done, with rows that need a person, 1 not finished."
    assert shown.answer() == told


def test_contacts_and_calls_and_pipelines_have_parts_of_their_own(tmp_path):
    shown = written(tmp_path, clinic=[past(2), past(1, kind="call")], school=[past(0)])
    assert shown.answer().startswith("The last 3 runs of 2 pipelines")
    for title in ("clinic: contacts", "clinic: calls", "school: contacts"):
        assert title in shown.words()


def test_texts_from_outside_are_text_and_masked(tmp_path):
    hostile = past(0, rejected={"<script>alert(1)</script> +855 12 345 678": 1})
    failed = past(1, status="failed")
    failed = replace(failed, record=replace(failed.record, counts={}, error="<b>no</b> 85512345678"))
    shown = written(tmp_path, clinic=[failed, hostile])
    assert "script" not in shown.tags
    assert "b" not in shown.tags
    assert "<b>no</b> ••••5678" in shown.words()
    assert "12345678" not in shown.words()


def test_it_runs_nothing(tmp_path):
    (policy,) = (text for text in written(tmp_path, clinic=[past()]).values("content") if "default-src" in text)
    assert "script-src" not in policy
