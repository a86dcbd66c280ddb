"""How a page shows numbers and times, and what the pipeline says of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from connectors.masking import mask_text
from flows.reports.page.rules import PageRules, page_rules
from flows.settings import load_pipeline

CALLS = {"channel": "chan", "call_flow": "Reminder"}


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({}, "UTC"),
        ({"schedule": {"cron": "0 6 * * *", "timezone": "Asia/Phnom_Penh"}}, "Asia/Phnom_Penh"),
        (
            {"schedule": {"cron": "0 6 * * *", "timezone": "UTC"}, "calls": {**CALLS, "time_zone": "Bangkok"}},
            "Asia/Bangkok",
        ),
        ({"calls": {**CALLS, "time_zone": {"column": "Zone"}}}, "UTC"),
    ],
)
def test_the_clock_is_that_of_the_calls_or_else_of_the_schedule(pipeline, changes, zone):
    assert page_rules(load_pipeline(pipeline("p.xlsx", **changes))).zone_name == zone


def test_numbers_are_masked_unless_the_pipeline_says_otherwise(pipeline):
    assert page_rules(load_pipeline(pipeline("p.xlsx"))).number("85512345678") == "••••5678"
    shown = page_rules(load_pipeline(pipeline("p.xlsx", **{"report.mask": False})))
    assert (shown.number("85512345678"), shown.text("call 85512345678")) == ("85512345678", "call 85512345678")


def test_a_database_is_no_sheet(pipeline):
    source = {"kind": "database", "url": "sqlite:///x.db", "table": "people", "address": "phone"}
    assert page_rules(load_pipeline(pipeline("p.xlsx", source=source))).source == "database"


def test_times_are_by_the_pages_clock():
    rules = PageRules(zone=ZoneInfo("Asia/Phnom_Penh"), zone_name="Asia/Phnom_Penh")
    assert rules.local("2026-11-23T18:30:00Z") == "2026-11-24 01:30"
    assert rules.local("2026-11-23 18:30:00") == "2026-11-24 01:30"
    assert rules.local(None) == ""


ODD = [
    "",
    None,
    "age: 38 → 39",
    "(012) 345-678 is short",
    "1 2 3 4 5 6",
    "012.34.56.78 or 2026-11-23",
    "+855\u201312345678",
]


def test_many_texts_are_masked_like_one():
    assert PageRules().texts(pa.array(ODD)) == [mask_text(text or "") for text in ODD]
