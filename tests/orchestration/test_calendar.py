"""When schedules come, what changes of the clocks do to them, and which day they meant."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from flows.orchestration import under_prefect
from flows.orchestration.calendar import clock_changes, meant_by, next_runs
from flows.settings.models import Schedule

NOVEMBER = datetime(2026, 11, 28, 14, tzinfo=UTC)


def schedule(cron: str, timezone: str) -> Schedule:
    return Schedule(cron=cron, timezone=timezone)


def test_next_runs_are_in_the_schedules_zone():
    runs = next_runs(schedule("0 6 * * mon-fri", "Asia/Phnom_Penh"), NOVEMBER)
    assert [f"{run:%a %d %H:%M %z}" for run in runs] == [
        "Mon 30 06:00 +0700", "Tue 01 06:00 +0700", "Wed 02 06:00 +0700", "Thu 03 06:00 +0700", "Fri 04 06:00 +0700",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cron", "zone", "told"),
    [
        ("0 6 * * *", "Asia/Phnom_Penh", []),
        ("0 6 * * *", "Europe/Berlin", []),
        ("0 * * * *", "Europe/Berlin", ["On Sunday 28 March 2027 clocks change: no run at 02:00."]),
        ("30 2 * * 3", "Europe/Berlin", []),
    ],
)
def test_of_a_year_the_days_are_told_that_are_unlike_the_others(cron, zone, told):
    assert clock_changes(schedule(cron, zone), NOVEMBER) == told


def test_a_time_that_the_clock_leaves_out_comes_at_another():
    (told,) = clock_changes(schedule("30 2 * * *", "Europe/Berlin"), NOVEMBER)
    assert told.startswith("On Sunday 28 March 2027 clocks change: a run at ")
    assert told.endswith(" instead of 02:30.")


@pytest.mark.parametrize("zone", ["Asia/Beirut", "America/Santiago", "Africa/Cairo"])
def test_each_midnight_means_one_day_also_where_a_day_has_none(zone):
    """However the scheduler shifts it: two runs of one calendar day would ring twice, and the next day nobody."""
    midnight = schedule("0 0 * * *", zone)
    runs = next_runs(midnight, datetime(2027, 1, 1, 12, tzinfo=UTC), most=365)
    days = [meant_by(midnight, run).date().toordinal() for run in runs]
    assert days == list(range(days[0], days[0] + 365))
    assert {run.hour for run in runs} != {0}


def test_a_moment_that_the_schedule_has_nothing_to_do_with_means_itself():
    noon = datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert meant_by(schedule("0 0 * * *", "Asia/Phnom_Penh"), noon) == noon


@pytest.mark.parametrize(("auto_scheduled", "meant"), [(True, "2026-11-28 23:55"), (False, None)])
def test_a_flow_run_that_begins_late_means_the_day_it_was_scheduled_for(
    pipeline_file, monkeypatch, auto_scheduled, meant
):
    late = datetime(2026, 11, 28, 16, 55, tzinfo=UTC)  # when it was due; it runs after midnight
    context = SimpleNamespace(flow_run=SimpleNamespace(auto_scheduled=auto_scheduled, expected_start_time=late))
    monkeypatch.setattr(under_prefect, "FlowRunContext", SimpleNamespace(get=lambda: context))
    found = under_prefect.meant_moment(pipeline_file)
    assert (found and f"{found.astimezone(ZoneInfo('Asia/Phnom_Penh')):%F %H:%M}") == meant


@pytest.fixture
def pipeline_file(tmp_path) -> str:
    path = tmp_path / "nightly.yaml"
    path.write_text(
        "verboice: {url: 'http://127.0.0.1:1', account: a@example.org, password: x, project: 1}\n"
        "source: {kind: csv, path: people.csv, address: Phone}\n"
        "calls: {channel: chan, campaign: '{date:%F}'}\n"
        "schedule: {cron: '55 23 * * *', timezone: Asia/Phnom_Penh}\n"
    )
    return str(path)
