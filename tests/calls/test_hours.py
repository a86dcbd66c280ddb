"""In which hours people may be rung, by their own clocks, wherever they may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.calls.hours import OpenHours, zones_of

WEEK = OpenHours(time(8), time(19, 30), frozenset(range(6)))
SATURDAY = datetime(2026, 11, 28, 13, tzinfo=UTC)


def told(hours, zones, since=SATURDAY, number=2):
    return [f"{s.start:%a %H:%M}-{s.end:%a %H:%M}" for s in islice(hours.stretches(zones, since), number)]


def test_the_hours_are_those_of_the_callee_and_a_day_that_has_begun_counts():
    assert told(WEEK, ["Asia/Phnom_Penh"]) == ["Mon 01:00-Mon 12:30", "Tue 01:00-Tue 12:30"]
    assert told(WEEK, ["Europe/Paris"]) == ["Sat 07:00-Sat 18:30", "Mon 07:00-Mon 18:30"]


def test_holidays_and_hours_past_midnight():
    holidays = OpenHours(time(8), time(19, 30), frozenset(range(6)), frozenset({date(2026, 11, 30)}))
    assert told(holidays, ["Asia/Phnom_Penh"], number=1) == ["Tue 01:00-Tue 12:30"]
    night = OpenHours(time(20), time(2), frozenset({5}))
    assert told(night, ["UTC"], number=1) == ["Sat 20:00-Sun 02:00"]
    assert told(night, ["UTC"], datetime(2026, 11, 29, 1, tzinfo=UTC), 1) == ["Sat 20:00-Sun 02:00"]


def test_a_clock_that_is_put_forward_takes_its_hour_from_the_day():
    night = OpenHours(time(1), time(4))
    assert told(night, ["Europe/Paris"], datetime(2026, 3, 29, tzinfo=UTC), 2) == [
        "Sun 00:00-Sun 02:00",
        "Sun 23:00-Mon 02:00",
    ]


@pytest.mark.parametrize(
    ("key", "zones"),
    [
        ("85512345678", ("Asia/Phnom_Penh",)),
        ("14155550100", ("America/Los_Angeles",)),
        ("351912345678", ("Atlantic/Azores", "Europe/Lisbon")),
        ("12345", ()),
        ("alice@pbx.example.org", ()),
        ("99999999999999", ()),
    ],
)
def test_a_number_tells_where_it_may_be(key, zones):
    assert zones_of(key) == zones


def test_a_zone_that_this_machine_does_not_know_is_left_out(monkeypatch):
    def fewer(zone):
        if zone == "Atlantic/Azores":
            raise ZoneInfoNotFoundError
        return ZoneInfo(zone)

    monkeypatch.setattr("flows.calls.hours.ZoneInfo", fewer)
    zones_of.cache_clear()
    assert zones_of("351912345678") == ("Europe/Lisbon",)
    zones_of.cache_clear()


def test_a_stretch_is_over_with_its_last_second_and_told_in_utc():
    evening = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)  # 19:30 in Phnom Penh
    assert told(WEEK, ["Asia/Phnom_Penh"], evening, 1) == ["Tue 01:00-Tue 12:30"]
    assert told(WEEK, ["Asia/Phnom_Penh"], evening - timedelta(seconds=1), 1) == ["Mon 01:00-Mon 12:30"]
    assert told(WEEK, ["Asia/Phnom_Penh", "Asia/Kolkata"], evening, 1) == ["Tue 02:30-Tue 12:30"]
    (stretch,) = islice(WEEK.stretches(["Asia/Phnom_Penh"], evening), 1)
    assert (stretch.start.tzinfo, stretch.end.tzinfo) == (UTC, UTC)


def test_hours_of_which_only_two_are_closed_go_on_from_the_day_before():
    nearly_always = OpenHours(time(20), time(18))
    afternoon = datetime(2026, 11, 29, 0, 30, tzinfo=UTC)  # 14:30 of Saturday in Honolulu
    assert told(nearly_always, ["Pacific/Honolulu"], afternoon) == ["Sat 06:00-Sun 04:00", "Sun 06:00-Mon 04:00"]


def test_where_no_hour_suits_everywhere_there_is_none():
    assert told(OpenHours(time(9), time(10)), ["Asia/Tokyo", "Europe/London"], number=1) == []


ZONES = ["Asia/Phnom_Penh", "America/New_York", "Europe/Paris", "Pacific/Auckland", "America/Sao_Paulo", "Asia/Kolkata"]


@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
    st.integers(0, 700 * 24).map(lambda hour: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)),
)
def test_every_stretch_is_within_the_hours_of_each_zone_and_they_follow_one_another(zones, since):
    found = list(islice(WEEK.stretches(zones, since), 4))
    for stretch in found:
        assert stretch.end > since
        for zone in zones:
            first, last = stretch.start.astimezone(ZoneInfo(zone)), stretch.end.astimezone(ZoneInfo(zone))
            assert first.date() == last.date()
            assert first.weekday() < 6
            assert time(8) <= first.time() < last.time() <= time(19, 30)
    assert all(one.end <= other.start for one, other in pairwise(found))
