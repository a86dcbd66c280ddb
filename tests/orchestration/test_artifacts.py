"""What Prefect's pages show of a run: no whole number, no long table, and what broke the limit."""

from __future__ import annotations

from flows.orchestration.artifacts import MOST_ROWS, calls_markdown, rows_table, slug, summary_markdown
from flows.reports.page.rules import PageRules


def test_keys_are_what_prefect_takes_for_one():
    assert [slug(text) for text in ("sync-Clinic No. 2", "é", "--")] == ["sync-clinic-no-2", "run", "run"]


def test_rows_that_change_or_need_a_person_are_shown_masked_and_no_others(make_report):
    phones = ["85512345678", "85512999888", "85512777666"]
    report = make_report({"Phone": phones}, ["updated", "unchanged", "held"], reason="85512999888 is near")
    told = rows_table(report, PageRules(), address="Phone")
    assert [(line["row"], line["status"], line["address"]) for line in told] == [
        (2, "updated", "••••5678"),
        (4, "held", "••••7666"),
    ]
    assert "85512999888" not in str(told)


def test_numbers_are_shown_where_the_pipeline_says_so(make_report):
    report = make_report({"Phone": ["85512345678"]}, ["held"], reason="85512999888 is near")
    (line,) = rows_table(report, PageRules(masked=False), address="Phone")
    assert (line["address"], line["reason"]) == ("85512345678", "85512999888 is near")
    assert "85512999888" in summary_markdown(report.summary, PageRules(masked=False))


def test_a_long_table_is_cut(make_report):
    people = MOST_ROWS + 5
    report = make_report({"Phone": ["85512345678"] * people}, ["updated"] * people)
    assert len(rows_table(report, PageRules(), address="Phone")) == MOST_ROWS


def test_a_refused_plan_is_shown_with_its_checksum_and_the_limit_it_broke(make_report):
    text = summary_markdown(make_report({"Phone": ["1"]}, ["updated"], status="refused").summary, PageRules())
    assert "`c0ffee`" in text
    assert "**max_overwrites**: found 62%, the limit is 30%" in text


def test_a_bar_in_a_reason_does_not_break_the_table(make_report):
    text = summary_markdown(make_report({"Phone": ["1"]}, ["held"], reason="either | or").summary, PageRules())
    assert "either \\| or" in text


def test_calls_are_told_by_the_hour_and_with_what_was_answered_masked(make_report):
    phones = ["85512345678", "85512999888", "85512777666"]
    told = {
        "call_state": ["completed", "failed", "completed"],
        "started_at": ["2026-11-23 08:10:00", "2026-11-23 08:20:00", "2026-11-23 10:00:00"],
        "answers": ["dose: 1 → 2 | 3; friend: “” → 85512999888", "", ""],
    }
    report = make_report({"Phone": phones}, ["queued"] * 3, kind="call", extra=told)
    lines = calls_markdown(report, PageRules(), address="Phone").splitlines()
    assert lines[2:] == [
        "| begun (UTC) | reached | not reached |",
        "| --- | ---: | ---: |",
        "| 08:00 | 1 | 1 |",
        "| 09:00 | 0 | 0 |",
        "| 10:00 | 1 | 0 |",
        "",
        "### What was answered",
        "",
        "| row | number | answers |",
        "| ---: | --- | --- |",
        "| 2 | ••••5678 | dose: 1 → 2 \\| 3; friend: “” → ••••9888 |",
    ]


def test_before_a_call_has_begun_nothing_is_told_of_calls(make_report):
    report = make_report({"Phone": ["1"]}, ["queued"], kind="call", extra={"call_state": ["queued"]})
    assert calls_markdown(report, PageRules(), address="Phone") == ""


def test_many_answers_are_cut(make_report):
    people = MOST_ROWS + 5
    report = make_report(
        {"Phone": ["1"] * people}, ["queued"] * people, kind="call", extra={"answers": ["a: 1"] * people}
    )
    text = calls_markdown(report, PageRules(), address="Phone")
    assert f"The first {MOST_ROWS} of {people}; the workbook has all." in text
    assert text.count("a: 1") == MOST_ROWS
