"""Calls by the hour they began, by the pipeline's clock."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa

from flows.reports.page.calls import by_hour
from flows.reports.page.rules import PageRules

PHNOM_PENH = PageRules(zone=ZoneInfo("Asia/Phnom_Penh"), zone_name="Asia/Phnom_Penh")


def test_hours_are_those_of_the_pipelines_zone():
    began = ["2026-11-23 01:10:00", "2026-11-23 03:59:59", "2026-11-24 01:00:00", ""]
    outcomes = pa.table({"started_at": began, "call_state": ["completed", "failed", "completed", "queued"]})
    hours = by_hour(outcomes, PHNOM_PENH)
    assert hours.hours == ["08:00", "09:00", "10:00"]
    assert {one.name: list(one.values) for one in hours.series} == {"reached": [2, 0, 0], "not reached": [0, 0, 1]}
    assert "Asia/Phnom_Penh" in hours.chart


def test_before_any_call_began_there_are_no_hours():
    assert by_hour(pa.table({"call_state": ["queued"]}), PHNOM_PENH) is None
    assert by_hour(pa.table({"started_at": [""], "call_state": ["queued"]}), PHNOM_PENH) is None
