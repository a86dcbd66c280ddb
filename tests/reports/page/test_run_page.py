"""The page of a run: one file that answers first, escaped and masked, and tells all rows."""

from __future__ import annotations

import re
from dataclasses import replace

from flows.reports.page import run_page
from flows.reports.page.rules import PageRules


def test_its_first_sentence_answers_and_the_rest_tells_more(page):
    shown = page({"Phone": ["1", "2", "3"]}, ["updated", "unchanged", "held"])
    told = "2 of 3 rows are as the sheet says: 1 updated, 1 were already; 1 needs a person: held."
    assert shown.answer() == told
    words = shown.words()
    assert "The row waits for a person to decide; nothing was sent." in words
    assert "Read as UTF-8." in words
    assert "38 → 39" in words


def test_it_is_one_file_that_asks_nobody(page):
    shown = page({"Phone": ["1", "2"]}, ["updated", "rejected"])
    assert not shown.tags & {"link", "img", "iframe", "object"}
    links = shown.values("href") + shown.values("src")
    assert set(links) == {"patients%201.result.xlsx"}
    assert not any(name.startswith("on") for name, _ in shown.attributes)


def test_texts_from_the_source_and_from_verboice_are_text(page):
    shown = page({"<script>alert(1)</script>": ["x"]}, ["rejected"], reason='"></script><script>alert(2)</script>')
    assert len(shown.texts_of["script"]) == 2  # the rows and the page's own
    assert "<script>alert(1)</script>" in shown.words()
    assert '"></script><script>alert(2)</script>' in shown.words()
    assert shown.rows()[0]["reason"] == '"></script><script>alert(2)</script>'


def test_no_phone_number_is_shown_in_full(page):
    shown = page({"Phone": ["+85512345678"]}, ["rejected"], reason="+855 12 345 678 is no number")
    assert "••••5678 is no number" in shown.words()
    assert shown.rows()[0]["address"] == "••••5678"
    assert not re.search(r"12\D?345\D?678", shown.words() + str(shown.rows()))


def test_a_pipeline_may_say_that_numbers_are_shown(page):
    shown = page({"Phone": ["+85512345678"]}, ["rejected"], rules=PageRules(masked=False))
    assert "+85512345678" in shown.words()
    assert shown.rows()[0]["address"] == "+85512345678"


def test_a_header_that_is_a_number_is_masked_too(page):
    """A spreadsheet without a header has its first person there."""
    shown = page({"+85512345678": ["x"]}, ["rejected"]).words()
    assert "••••5678" in shown
    assert "12345678" not in shown


def test_what_is_none_stands_at_the_end_and_requests_in_words(page):
    words = page({"Phone": ["1"]}, ["updated"]).words()
    about = words.partition("About this run")[2]
    assert "created, unchanged, not found" in about
    assert "2 × Questions to Verboice; they change nothing." in about
    assert "post" not in about


def test_a_refused_run_tells_in_words_what_was_counted_and_the_command_that_approves(page):
    shown = page({"Phone": ["1"]}, ["updated"], status="refused")
    assert shown.answer().startswith("Refused, nothing was sent: 1 of 1 row would change: 1 to update.")
    assert "Values that would be replaced by others 62% 30% max_overwrites" in shown.words()
    assert "verboice-sync sync clinic --approve c0ffee" in shown.words()
    assert "Changes planned" in shown.words()
    assert "Why it was refused" in shown.words()


def test_a_plan_is_shown_before_it_is_sent_with_its_checksum_and_the_command_that_approves(page):
    shown = page({"Phone": ["1"]}, ["updated"], kind="plan")
    assert shown.answer().startswith("Nothing has been sent yet: 1 of 1 row would change")
    assert "The checksum of this plan is c0ffee" in shown.words()
    assert "verboice-sync sync clinic --approve c0ffee" in shown.words()
    assert shown.rows()[0]["outcome"] == "to update"


def test_calls_are_told_by_what_became_of_the_people(page):
    calls = {
        "call_id": ["1", "2", "3", ""],
        "call_state": ["completed", "failed", "failed", ""],
        "fail_reason": ["", "no-answer", "busy", ""],
        "started_at": ["2026-11-23 08:30:00", "2026-11-23 08:31:00", "2026-11-23 09:00:00", ""],
        "finished_at": ["", "", "", ""],
    }
    shown = page({"Phone": ["1", "2", "3", "4"]}, ["queued", "queued", "queued", "uncertain"], kind="call", extra=calls)
    answer = "1 of 3 people were reached; 2 calls failed: 1 no answer, 1 busy; 1 needs a person: uncertain."
    assert shown.answer() == answer
    words = shown.words()
    assert words.index("Uncertain: only a person can tell") < words.index("What became of the rows")
    assert "verboice-sync resolve r1" in words
    assert "08:00 1 1 09:00 0 1" in words
    assert [row["call"] for row in shown.rows()] == ["reached", "no answer", "busy", ""]


def test_the_bars_are_as_long_as_what_they_show_and_can_be_read_aloud(page):
    shown = page({"Phone": ["1", "2", "3"]}, ["updated", "updated", "unchanged"])
    widths = [int(value) for value in shown.values("width") if value.isdigit()]
    assert sum(widths) == 3
    assert ("role", "img") in shown.attributes
    assert any("2 updated" in label for label in shown.values("aria-label"))


def test_an_empty_run_is_a_page_too(page):
    assert page({"Phone": []}, []).answer() == "No rows were read."


def test_very_many_kinds_of_problems_are_told_up_to_a_number(page, make_report, monkeypatch):
    monkeypatch.setattr(run_page, "MOST_GROUPS", 2)
    report = make_report({"Phone": ["1", "2", "3"]}, ["rejected"] * 3)
    for problem, reason in zip(report.summary["problems"], ("one", "two", "three"), strict=True):
        problem["reason"] = reason
    assert "and 1 more reasons; the rows below have them all." in page(report=replace(report)).words()
