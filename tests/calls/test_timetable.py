"""Which calls ring when: within hours, on as many lines as there are, in portions, and how long all of it takes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from connectors.values import CallRequest
from flows.calls.batch import PlannedCall
from flows.calls.forecast import Capacity, Forecast
from flows.calls.hours import EVER, OpenHours, Stretch
from flows.calls.rules import Timing
from flows.calls.timetable import Moment, own_stretch, timetable

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)  # a Monday; 13:00 in Phnom Penh
HERE = Moment(NOW, "Asia/Phnom_Penh")
DAY = OpenHours(time(8), time(18), frozenset(range(6)))
KH, FR = ("Asia/Phnom_Penh",), ("Europe/Paris",)


def calls(number, zones=KH, first=2, **window):
    return [
        PlannedCall(row, str(row), str(row), CallRequest(3, str(row), call_flow_id=7, **window), zones)
        for row in range(first, first + number)
    ]


def begins(found):
    return Counter(f"{stretch.start:%a %H:%M}" for stretch in found.stretches.values())


def test_without_hours_and_lines_everything_is_asked_for_as_it_stands():
    found = timetable(calls(3), Timing(), HERE, {})
    assert set(found.stretches.values()) == {EVER}
    assert (found.forecast.ends, found.forecast.unfinished, found.later) == (None, 0, {})


def test_each_call_gets_the_next_hours_of_its_own_zone():
    found = timetable([*calls(1), *calls(1, FR, 3), *calls(1, (), 4)], Timing(DAY), HERE, {})
    assert begins(found) == {"Mon 01:00": 2, "Mon 07:00": 1}
    assert (found.stretches[4].end - NOW) == timedelta(hours=5)


def test_what_a_day_has_no_line_for_rings_on_the_next():
    """Five hours are left, a twentieth of which stays free: 4.75 hours of two lines, 600 seconds each: 57 calls."""
    found = timetable(calls(100), Timing(DAY), HERE, {3: Capacity(2, 600)})
    assert begins(found) == {"Mon 01:00": 58, "Tue 01:00": 42}
    ends = datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
    assert found.forecast == Forecast(100, ends, unfinished=0, days=2, lines=2, seconds=600)
    exactly = timetable(
        calls(20), Timing(DAY), HERE, {3: Capacity(1, 900)}
    )  # the twentieth would begin in that twentieth
    assert begins(exactly) == {"Mon 01:00": 19, "Tue 01:00": 1}


def test_what_does_not_fit_before_its_own_end_is_counted():
    window = {"not_after": "2026-11-30 16:00:00", "time_zone": "Asia/Phnom_Penh"}
    found = timetable(calls(50, **window), Timing(), HERE, {3: Capacity(1, 600)})
    ends = NOW + timedelta(hours=3)
    assert found.forecast == Forecast(50, ends, unfinished=50 - 18, days=1, lines=1, seconds=600)
    assert len(found.stretches) == 50
    assert {stretch.end for stretch in found.stretches.values()} == {datetime(2026, 11, 30, 9, tzinfo=UTC)}


def test_what_has_no_hour_left_is_closed():
    late = {"not_after": "2026-12-01 07:00:00", "time_zone": "Asia/Phnom_Penh"}
    evening = Moment(datetime(2026, 11, 30, 11, 30, tzinfo=UTC), "Asia/Phnom_Penh")
    found = timetable([*calls(1, **late), *calls(1, first=3)], Timing(DAY), evening, {})
    assert (found.closed, set(found.stretches)) == ({2}, {3})


def test_a_portion_is_what_a_day_still_takes_and_the_rest_has_its_days():
    moment = Moment(NOW, "Asia/Phnom_Penh", {date(2026, 11, 30): 4})
    found = timetable(calls(25), Timing(DAY, per_day=10), moment, {3: Capacity(4, 60)})
    assert len(found.stretches) == 6
    assert Counter(found.later.values()) == {date(2026, 12, 1): 10, date(2026, 12, 2): 9}
    full = timetable(calls(25), Timing(per_day=10), Moment(NOW, "UTC", {date(2026, 11, 30): 10}), {})
    assert (full.stretches, Counter(full.later.values())) == (
        {},
        {date(2026, 12, 1): 10, date(2026, 12, 2): 10, date(2026, 12, 3): 5},
    )


def test_in_the_evening_the_portion_is_the_next_days_until_that_is_full():
    evening = datetime(2026, 11, 30, 14, tzinfo=UTC)
    found = timetable(calls(25), Timing(DAY, per_day=10), Moment(evening, "Asia/Phnom_Penh"), {})
    assert begins(found) == {"Tue 01:00": 10}
    asked = Moment(evening, "Asia/Phnom_Penh", {date(2026, 12, 1): 10})
    assert timetable(calls(25), Timing(DAY, per_day=10), asked, {}).stretches == {}


def test_days_are_those_of_the_pipeline_wherever_people_are_and_without_hours_a_portion_may_go_on_after_midnight():
    """In Phnom Penh it is Tuesday, two hours before midnight; three of five calls of an hour fit in before it."""
    moment = Moment(datetime(2026, 12, 1, 15, tzinfo=UTC), "Asia/Phnom_Penh", {date(2026, 12, 1): 5})
    found = timetable(calls(7, ("America/New_York",)), Timing(per_day=10), moment, {3: Capacity(1, 3_600)})
    assert begins(found) == {"Mon 17:00": 5}
    assert found.later == {7: date(2026, 12, 2), 8: date(2026, 12, 2)}
    assert (found.forecast.ends, found.forecast.days) == (datetime(2026, 12, 2, 17, tzinfo=UTC), 2)


def test_a_row_for_which_every_day_is_full_has_none():
    short = {"not_after": "2026-12-01 18:00:00", "time_zone": "Bangkok"}
    long = {"not_after": "2026-12-02 18:00:00", "time_zone": "Bangkok"}
    found = timetable([*calls(15, **short), *calls(8, first=20, **long)], Timing(DAY, per_day=5), HERE, {})
    assert set(found.stretches) == set(range(2, 7))
    tuesday, wednesday = (
        dict.fromkeys(rows, date(2026, 12, day)) for rows, day in ((range(7, 12), 1), (range(20, 25), 2))
    )
    assert found.later == tuesday | wednesday | dict.fromkeys([*range(12, 17), *range(25, 28)])
    assert (found.forecast.calls, found.forecast.unfinished) == (23, 8)


def test_the_first_of_the_batch_have_the_portion_whatever_their_rows_and_zones():
    batch = [*calls(1, ("Asia/Bangkok",), 9), *calls(1, KH, 3), *calls(1, ("Asia/Bangkok",), 2)]
    found = timetable(batch, Timing(DAY, per_day=2), HERE, {})
    assert (set(found.stretches), set(found.later)) == ({9, 3}, {2})


def test_what_is_late_already_is_asked_for_with_its_day_s_portion():
    window = {"not_after": "2026-11-30 13:20:00", "time_zone": "Bangkok"}
    found = timetable(calls(6, **window), Timing(DAY, per_day=5), HERE, {3: Capacity(1, 600)})
    assert (set(found.stretches), found.later) == ({2, 3, 4, 5, 6}, {7: None})
    assert (found.forecast.unfinished, found.forecast.ends) == (4, NOW + timedelta(minutes=20))
    behind = Moment(NOW, "UTC", waiting=[NOW] * 2)
    nobody = timetable(calls(1, **window), Timing(), behind, {3: Capacity(1, 600)}).forecast
    assert nobody == Forecast(1, None, unfinished=1, days=1, lines=1, seconds=600, waiting=2)


def test_of_a_channel_of_which_only_lines_or_only_lengths_are_known_no_end_is():
    for known, told in ((Capacity(2, None), (2, None)), (Capacity(None, 60), (None, 60)), (Capacity(), (None, None))):
        forecast = timetable(calls(3), Timing(), HERE, {3: known}).forecast
        assert (forecast.ends, forecast.lines, forecast.seconds) == (None, *told)
    assert timetable([], Timing(), HERE, {}).forecast == Forecast(0)


def test_calls_that_wait_already_ring_on_whichever_line_is_free_first():
    other = PlannedCall(9, "9", "9", CallRequest(4, "9", call_flow_id=7))
    waiting = Moment(NOW, "UTC", waiting=[NOW] * 4)
    found = timetable([*calls(1), other], Timing(), waiting, {3: Capacity(1, 600), 4: Capacity(1, 600)}).forecast
    assert (found.ends, found.waiting) == (NOW + timedelta(minutes=30), 4)


def test_hours_that_are_over_within_a_minute_are_not_begun():
    closing = datetime(2026, 11, 30, 11, tzinfo=UTC)  # 18:00
    for seconds, day in ((61, "Mon 01:00"), (60, "Tue 01:00")):
        moment = Moment(closing - timedelta(seconds=seconds), "Asia/Phnom_Penh")
        assert begins(timetable(calls(1), Timing(DAY), moment, {})) == {day: 1}


def test_a_call_that_may_ring_from_some_day_on_has_the_first_hours_after_it():
    window = {"not_before": "2026-12-02 20:00:00", "time_zone": "Bangkok"}
    assert begins(timetable(calls(1, **window), Timing(DAY), HERE, {})) == {"Thu 01:00": 1}
    ends_as_they_begin = {
        "not_after": "2026-12-01 08:00:00",
        "not_before": "2026-11-30 18:00:00",
        "time_zone": "Bangkok",
    }
    assert timetable(calls(1, **ends_as_they_begin), Timing(DAY), HERE, {}).closed == {2}


@pytest.mark.parametrize(("zone", "hours"), [("Bangkok", 7), ("Asia/Kolkata", 5.5), (None, 1)])
def test_a_call_s_own_time_is_by_the_zone_it_names_else_the_pipeline_s(zone, hours):
    window = {"not_before": "2026-12-02 20:00:00", "not_after": "2026-12-03 20:00:00", "time_zone": zone}
    own = own_stretch(calls(1, **window)[0], "Europe/Paris")
    begins = datetime(2026, 12, 2, 20, tzinfo=UTC) - timedelta(hours=hours)
    assert own == Stretch(begins, begins + timedelta(days=1))
    assert (own.start.tzinfo, own.end.tzinfo) == (UTC, UTC)
    assert own_stretch(calls(1)[0], "Europe/Paris") == EVER


def test_the_order_of_the_batch_is_kept_and_everybody_has_one_place():
    batch = [*calls(300), *calls(300, FR, 400), *calls(300, ("America/New_York",), 800)]
    found = timetable(batch, Timing(DAY), HERE, {3: Capacity(3, 120)})
    assert len(found.stretches) == 900
    for rows in (range(2, 302), range(400, 700), range(800, 1100)):
        starts = [found.stretches[row].start for row in rows]
        assert starts == sorted(starts)


def test_dates_beyond_all_clocks_are_no_limit():
    window = {"not_before": "1-01-01 00:00:00", "not_after": "9999-12-31 23:59:59"}  # as years below 1000 are written
    for zone in ("America/New_York", "Asia/Phnom_Penh"):
        found = timetable(calls(1, time_zone=zone, **window), Timing(), HERE, {3: Capacity(1, 60)})
        assert found.forecast.ends == NOW + timedelta(minutes=1)


def test_a_portion_begins_with_the_hours_and_later_ones_when_they_are_asked_for():
    evening = Moment(datetime(2026, 11, 30, 13, tzinfo=UTC), "Asia/Phnom_Penh")  # 20:00: the portion is Tuesday's
    lines, timing = {3: Capacity(1, 600)}, Timing(DAY, per_day=10)
    tuesday = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert timetable(calls(10), timing, evening, lines).forecast.ends == tuesday + timedelta(minutes=100)
    noon = Moment(datetime(2026, 11, 30, 5, tzinfo=UTC), "Asia/Phnom_Penh")  # and noon again on the next day
    assert timetable(calls(20), timing, noon, lines).forecast.ends == datetime(2026, 12, 1, 6, 40, tzinfo=UTC)
    sunday = Moment(datetime(2026, 11, 29, 7, tzinfo=UTC), "Asia/Phnom_Penh")  # asked for today, for Monday
    assert timetable(calls(10), timing, sunday, lines).forecast.ends == datetime(2026, 11, 30, 2, 40, tzinfo=UTC)
