"""How long a batch takes: what is measured, what follows for any lines, hours and portions, and the words for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.values import CallRequest
from flows.calls.batch import PlannedCall
from flows.calls.forecast import CallLengths, Capacity, EndsSeen, Forecast, in_words
from flows.calls.hours import OpenHours
from flows.calls.rules import Timing
from flows.calls.timetable import Moment, later_reason, own_stretch, timetable

ZONES = ((), ("Asia/Phnom_Penh",), ("Europe/Paris",), ("America/New_York", "America/Los_Angeles"))
MEASURED = CallLengths((74.0,) * 8, (31.0,) * 4)

moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
hours = st.builds(
    lambda first, last, days: OpenHours(time(first), time((first + last) % 24), frozenset(days)),
    st.integers(0, 23),
    st.integers(1, 23),
    st.sets(st.integers(0, 6), min_size=1),
)
ends = st.sampled_from([None, "2026-12-01 18:00:00", "2026-12-24 12:00:00"])
timings = st.builds(Timing, hours=st.none() | hours, per_day=st.none() | st.integers(1, 40))
capacities = st.builds(Capacity, st.integers(1, 6), st.sampled_from([20.0, 61.5, 600.0]))


def call(row, zones=(), not_after=None):
    request = CallRequest(3, str(row), call_flow_id=7, not_after=not_after, time_zone="UTC" if not_after else None)
    return PlannedCall(row, str(row), str(row), request, zones)


def alike(number, zones=(), not_after=None):
    return [call(row, zones, not_after) for row in range(2, 2 + number)]


batches = st.lists(st.tuples(st.sampled_from(ZONES), ends), min_size=1, max_size=120).map(
    lambda told: [call(row, *one) for row, one in enumerate(told, start=2)]
)


@given(batch=batches, timing=timings, now=moments, capacity=st.none() | capacities)
def test_nobody_is_rung_outside_their_hours_and_every_row_has_one_place(batch, timing, now, capacity):
    moment = Moment(now, "Asia/Phnom_Penh")
    found = timetable(batch, timing, moment, {} if capacity is None else {3: capacity})
    places = Counter([*found.stretches, *found.closed, *found.later])
    assert places == Counter(one.row for one in batch)
    assert found.forecast.calls == len(batch) - len(found.closed)
    assert found.forecast.unfinished <= found.forecast.calls
    for one in batch:
        stretch = found.stretches.get(one.row)
        if stretch is None:
            continue
        assert stretch.within(own_stretch(one, moment.zone)) == stretch
        if timing.hours is not None:
            inside = timing.hours.stretches(one.zones or (moment.zone,), stretch.start)
            assert next(inside).within(stretch) == stretch


@given(batch=batches, timing=timings, now=moments, capacity=st.none() | capacities, sent=st.integers(0, 50))
def test_no_more_are_asked_for_than_a_day_still_takes(batch, timing, now, capacity, sent):
    moment = Moment(now, "UTC", {now.date(): sent})
    found = timetable(batch, timing, moment, {} if capacity is None else {3: capacity})
    if timing.per_day is None:
        assert not found.later
        return
    days = Counter(max(stretch.start, now).date() for stretch in found.stretches.values())
    assert len(days) <= 1
    assert all(number + moment.sent.get(day, 0) <= timing.per_day for day, number in days.items())
    assert all(number <= timing.per_day for day, number in Counter(found.later.values()).items() if day is not None)


@given(
    number=st.integers(1, 150),
    more=st.integers(0, 50),
    timing=timings,
    now=moments,
    zones=st.sampled_from(ZONES),
    not_after=ends,
    seconds=st.sampled_from([20.0, 600.0, 3_600.0]),
    lines=st.tuples(st.integers(1, 5), st.integers(0, 5)),
)
def test_more_calls_take_no_less_time_and_more_lines_no_more(
    number, more, timing, now, zones, not_after, seconds, lines
):
    def forecast(calls, lines):
        known = {3: Capacity(lines, seconds)}
        return timetable(alike(calls, zones, not_after), timing, Moment(now, "UTC"), known).forecast

    few, many = lines[0], sum(lines)
    usual, longer, wider = forecast(number, few), forecast(number + more, few), forecast(number, many)
    assert longer.unfinished >= usual.unfinished >= wider.unfinished
    if usual.ends is not None:
        assert longer.ends is not None
        assert longer.ends >= usual.ends
        assert wider.unfinished or usual.unfinished or wider.ends <= usual.ends


def test_channels_ring_side_by_side_and_one_that_is_unknown_leaves_the_end_open():
    calls = [*alike(10), *(PlannedCall(row, str(row), str(row), CallRequest(4, str(row))) for row in range(20, 25))]
    now = Moment(datetime(2026, 11, 30, 6, tzinfo=UTC), "UTC")
    both = timetable(calls, Timing(), now, {3: Capacity(1, 60), 4: Capacity(2, 60)}).forecast
    assert (both.ends, both.lines) == (now.now + timedelta(minutes=10), 3)
    one = timetable(calls, Timing(), now, {3: Capacity(1, 60)}).forecast
    assert (one.ends, one.lines, one.seconds) == (None, None, None)


def test_calls_that_wait_already_come_first_and_those_that_were_over_meanwhile_do_not():
    now = datetime(2026, 11, 30, 6, tzinfo=UTC)
    earlier = [now - timedelta(minutes=30)] * 10  # of which three have had their ten minutes
    later = [now + timedelta(hours=3)] * 5
    found = timetable(alike(1), Timing(), Moment(now, "UTC", waiting=earlier + later), {3: Capacity(1, 600)}).forecast
    assert (found.ends, found.waiting) == (now + timedelta(minutes=80), 12)
    over = Moment(now, "UTC", waiting=[now - timedelta(hours=9)] * 10)
    assert timetable(alike(1), Timing(), over, {3: Capacity(1, 600)}).forecast.waiting == 0


def test_a_length_needs_ten_calls_and_mixes_answered_and_unanswered_as_they_came():
    assert CallLengths((60.0,) * 9).seconds_on(2) is None
    assert CallLengths((60.0,) * 9, given=45.0).seconds_on(2) == 45
    assert CallLengths((60.0,) * 5, (20.0,) * 5, apart=(9.0, 99), given=45.0).seconds_on(2) == 40
    assert CallLengths((60.0,) * 9, (20.0,) * 3).seconds_on(None) == 50
    lost = CallLengths((60.0,) * 19 + (7_200.0,))
    assert lost.seconds_on(2) == (19 * 60 + 600) / 20


def test_where_no_lengths_are_told_calls_that_end_one_after_the_other_tell_them():
    seen = CallLengths(apart=(15.0, 10), given=45.0)
    assert (seen.seconds_on(4), seen.seconds_on(None)) == (60, 45)
    assert CallLengths(apart=(15.0, 9), given=45.0).seconds_on(4) == 45
    assert seen.told == "by how 10 calls were seen to end one after the other"


@given(
    lines=st.integers(1, 8), rounds=st.integers(20, 60), seconds=st.integers(5, 120), look=st.sampled_from([2, 30, 300])
)
def test_looks_at_a_full_queue_tell_how_far_apart_calls_end(lines, rounds, seconds, look):
    """Every `seconds` as many calls end as there are lines; they are looked at every so often."""
    seen, start, ended = EndsSeen(), datetime(2026, 11, 30, tzinfo=UTC), 0
    calls = lines * rounds
    for at in range(0, rounds * seconds, look):
        by_now = min(at // seconds * lines, calls)
        last = None if at == 0 else start + timedelta(seconds=at - look)
        seen.looked(last, start + timedelta(seconds=at), ended=by_now - ended, left=calls - by_now)
        ended = by_now
    if seen.calls >= 10:
        exact = seconds / lines
        slack = max(look, seconds) / seen.calls  # of the first look, or of the last
        assert exact - slack <= seen.seconds / seen.calls <= exact + slack


def test_looks_that_say_nothing():
    start = datetime(2026, 11, 30, tzinfo=UTC)

    def moment(minutes):
        return start + timedelta(minutes=minutes)

    seen = EndsSeen()
    seen.looked(None, moment(0), ended=5, left=50)  # the first look
    seen.looked(moment(0), moment(11), ended=20, left=30)  # nobody looked for too long
    seen.looked(moment(11), moment(16), ended=0, left=30)
    seen.looked(moment(16), moment(22), ended=0, left=30)  # no call went on: it was out of hours
    seen.looked(moment(22), moment(23), ended=6, left=24)
    seen.looked(moment(23), moment(25), ended=4, left=20)
    seen.looked(moment(25), moment(26), ended=20, left=0)  # since when was there no more?
    assert (seen.seconds, seen.calls) == (180, 10)


def test_calls_that_end_ten_minutes_apart_still_follow_one_another():
    start = datetime(2026, 11, 30, tzinfo=UTC)
    seen, slow = EndsSeen(), EndsSeen()
    seen.looked(start, start + timedelta(minutes=10), ended=2, left=5)
    assert (seen.seconds, seen.calls) == (600, 2)
    for minutes, ended in ((5, 0), (5, 0), (1, 1)):  # eleven minutes
        slow.looked(start, start + timedelta(minutes=minutes), ended=ended, left=5)
        start += timedelta(minutes=minutes)
    assert (slow.seconds, slow.calls) == (0, 0)


def test_a_call_that_the_server_lost_counts_ten_times_the_usual_or_ten_seconds():
    assert CallLengths((0.0,) * 9 + (7_200.0,)).seconds_on(1) == 1


def test_the_forecast_in_words():
    ends = datetime(2026, 12, 3, 9, 40, tzinfo=UTC)
    whole = Forecast(900, ends, 212, 4, 2, 61.3)
    assert in_words(whole, MEASURED, "Asia/Phnom_Penh") == (
        "Forecast: the last call ends on Thursday 2026-12-03 at 16:40 (Asia/Phnom_Penh), over 4 days: 2 lines, 61 s a "
        "call (measured over 12 calls: 74 s where somebody answered, 31 s where nobody did). "
        "212 of 900 calls do not fit before their not_after."
    )
    assert in_words(Forecast(5, ends, 1, 1, 1, 45.0), CallLengths(given=45.0), "UTC").endswith(
        " at 09:40 (UTC): 1 line, 45 s a call (as calls.length says). 1 of 5 calls does not fit before its not_after."
    )
    assert in_words(Forecast(5), CallLengths(), "UTC") == (
        "Forecast: when the last call ends is not known yet: Verboice does not tell on how many lines they ring "
        "(calls.lines says it), and fewer than 10 calls with a known length have been tracked (calls.length says it "
        "instead)."
    )
    assert in_words(Forecast(0), MEASURED, "UTC") == ""
    for seconds, told in ((9.44, "9.4 s"), (10.4, "10 s"), (75.5, "76 s")):
        assert in_words(Forecast(5, ends, 0, 2, 3, seconds), CallLengths(given=seconds), "UTC") == (
            f"Forecast: the last call ends on Thursday 2026-12-03 at 09:40 (UTC), over 2 days: 3 lines, {told} a call "
            "(as calls.length says)."
        )
    late = in_words(Forecast(5, None, 5, 1, 1, 45.0), MEASURED, "UTC")
    assert late == "Forecast: 5 of 5 calls do not fit before their not_after."
    assert ", after 34 that wait already." in in_words(Forecast(5, ends, 0, 1, 1, 45.0, 34), MEASURED, "UTC")


def test_a_row_that_waits_says_for_which_day():
    timing = Timing(per_day=1_300)
    assert later_reason(timing, date(2026, 12, 1)) == (
        "Not asked for yet: calls.per_day lets 1,300 go out a day, and its turn is on Tuesday 2026-12-01. "
        "The next run of this list then asks for it."
    )
    assert later_reason(timing, None) == (
        "Not asked for yet: every day on which this call may ring is full with the 1,300 calls of calls.per_day. "
        "A later not_after, or more calls a day, make room."
    )
