"""Dates and time zones of calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.calls.rules import NotUsable
from flows.calls.window import Window, WindowTexts, check_zone, read_moment, read_window

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-12-24", "2026-12-24 00:00:00"),
        ("2026-12-24 18:00", "2026-12-24 18:00:00"),
        (" 2026-12-24T18:00:05 ", "2026-12-24 18:00:05"),
        ("2026-12-24 9:05", "2026-12-24 09:05:00"),
        ("2026-12-24 18:00:05.250", "2026-12-24 18:00:05"),
    ],
)
def test_dates_as_sources_give_them_are_sent_whole(text, sent):
    assert read_window(WindowTexts(not_before=text), NOW) == Window(not_before=sent)


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "10:30",
        "24/12/2026",
        "2026-02-30",
        "2026-13-01",
        "2026-12",
        "1795000000",
        "2026-12-24 25:00",
        "monday",
    ],
)
def test_what_verboice_would_misread_is_refused(text):
    with pytest.raises(NotUsable) as caught:
        read_window(WindowTexts(not_before=text), NOW)
    assert caught.value.column == "not_before"
    assert text in caught.value.reason


def test_a_last_day_without_a_time_ends_at_its_end():
    assert read_window(WindowTexts(not_after="2026-12-24"), NOW).not_after == "2026-12-24 23:59:59"


@pytest.mark.parametrize("zone", ["Bangkok", "Asia/Bangkok", "Etc/GMT+3", "Nuku'alofa"])
def test_rails_names_and_identifiers_are_zones(zone):
    assert read_window(WindowTexts(time_zone=zone), NOW).time_zone == zone


@pytest.mark.parametrize("zone", ["bangkok", "Europe/Kyiv", "+07:00", "Mars"])
def test_a_zone_that_the_server_does_not_know_is_refused(zone):
    with pytest.raises(NotUsable) as caught:
        read_window(WindowTexts(time_zone=zone), NOW)
    assert caught.value.column == "time_zone"


def test_a_date_with_an_offset_is_converted_to_the_zone():
    asked = WindowTexts(not_before="2026-12-24 18:00+00:00", time_zone="Bangkok")
    assert read_window(asked, NOW) == Window("2026-12-25 01:00:00", None, "Bangkok")


def test_without_a_zone_a_date_with_an_offset_is_sent_in_utc():
    assert read_window(WindowTexts(not_before="2026-12-24 18:00+07:00"), NOW) == Window(
        "2026-12-24 11:00:00", None, "UTC"
    )


@pytest.mark.parametrize(
    "asked",
    [
        WindowTexts(not_before="2026-12-24 18:00+07:00", not_after="2026-12-25 18:00"),
        WindowTexts(not_before="2026-12-24T18:00Z", has_schedule=True),
    ],
)
def test_an_offset_that_would_change_the_meaning_of_the_rest_needs_a_zone(asked):
    with pytest.raises(NotUsable) as caught:
        read_window(asked, NOW)
    assert caught.value.column == "time_zone"


def test_an_end_must_be_later_than_the_beginning_and_than_now():
    for asked in (
        WindowTexts(not_before="2026-12-24 18:00", not_after="2026-12-24 18:00"),
        WindowTexts(not_after="2026-11-23 14:59", time_zone="Bangkok"),
        WindowTexts(not_after="2026-11-22 10:00"),
    ):
        with pytest.raises(NotUsable) as caught:
            read_window(asked, NOW)
        assert caught.value.column == "not_after"
    assert read_window(WindowTexts(not_after="2026-11-23 15:01", time_zone="Bangkok"), NOW).not_after
    # Without a zone nobody knows where the project lives; in Honolulu it is still yesterday.
    assert read_window(WindowTexts(not_after="2026-11-23 07:00"), NOW).not_after


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - wall clock times
def test_every_real_moment_survives(moment):
    text = f"{moment:%Y-%m-%d %H:%M:%S}"
    assert f"{read_moment(text):%Y-%m-%d %H:%M:%S}" == text


def at(hours: float) -> datetime:
    return datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-24 18:00Z", at(0)),
        ("2026-12-24 18:00 UTC", at(0)),
        ("2026-12-24T18:00:00+07:00", at(7)),
        ("2026-12-24 18:00 -0530", at(-5.5)),
        ("2026-12-24 18:00+23:59", at(23 + 59 / 60)),
        ("2026-12-24 18:00,5", datetime(2026, 12, 24, 18)),  # noqa: DTZ001 - a wall clock's time
    ],
)
def test_a_moment_has_the_distance_from_utc_that_it_names(text, meant):
    found = read_moment(text, end_of_day=True)
    assert (found, found.tzinfo is None) == (meant, meant.tzinfo is None)
    assert found.utcoffset() == meant.utcoffset()


SHAPE = "is not a date of the form 2026-12-24 or 2026-12-24 18:00."


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (WindowTexts(not_before="10:30"), f"“10:30” {SHAPE}"),
        (WindowTexts(not_before="2026-02-30"), "“2026-02-30” is not a date that exists."),
        (WindowTexts(not_before="2026-12-24 18:00+24:00"), "“+24:00” is not the distance of a time zone from UTC."),
        (
            WindowTexts(time_zone="bangkok"),
            "Verboice does not know the time zone “bangkok”. Did you mean “Bangkok”?",
        ),
        (
            WindowTexts(time_zone="Mars"),
            (
                "Verboice does not know the time zone “Mars”. Use a Rails zone name such as Bangkok, or one like "
                "Asia/Bangkok."
            ),
        ),
        (
            WindowTexts(not_before="2026-12-24T18:00Z", has_schedule=True),
            "A date with an offset needs `calls.time_zone` here.",
        ),
        (
            WindowTexts(not_before="2026-12-24 18:00", not_after="2026-12-24 17:59"),
            "not_after (2026-12-24 17:59:00) is not later than not_before (2026-12-24 18:00:00).",
        ),
        (WindowTexts(not_after="2026-11-22 20:00"), "not_after (2026-11-22 20:00:00) is in the past."),  # on UTC-12
    ],
)
def test_a_window_that_cannot_be_sent_says_what_is_wrong_with_it(asked, reason):
    with pytest.raises(NotUsable) as caught:
        read_window(asked, NOW)
    assert caught.value.reason == reason


def test_an_end_may_be_one_second_after_now_and_after_the_beginning():
    assert read_window(WindowTexts(not_after="2026-11-22 20:00:01"), NOW).not_after == "2026-11-22 20:00:01"
    asked = WindowTexts(not_before="2026-12-24 18:00:00", not_after="2026-12-24 18:00:01")
    assert read_window(asked, NOW) == Window("2026-12-24 18:00:00", "2026-12-24 18:00:01")


def test_both_dates_with_offsets_and_a_schedule_beside_plain_ones_are_sent():
    asked = WindowTexts(not_before="2026-12-24 18:00+07:00", not_after="2026-12-25 18:00+07:00")
    assert read_window(asked, NOW) == Window("2026-12-24 11:00:00", "2026-12-25 11:00:00", "UTC")
    here = WindowTexts(not_before="2026-12-24 18:00Z", not_after="2026-12-25 18:00Z", time_zone="Bangkok")
    assert read_window(here, NOW) == Window("2026-12-25 01:00:00", "2026-12-26 01:00:00", "Bangkok")
    plain = WindowTexts(not_before="2026-12-24", has_schedule=True)
    assert read_window(plain, NOW) == Window("2026-12-24 00:00:00")
    assert read_window(WindowTexts(), NOW) == Window()


def test_a_day_begins_with_its_first_second_unless_it_is_an_end():
    assert [f"{read_moment('2026-12-24', end_of_day=end):%H:%M:%S}" for end in (False, True)] == [
        "00:00:00",
        "23:59:59",
    ]
    assert f"{read_moment('2026-12-24'):%H:%M:%S}" == "00:00:00"


def test_a_zone_is_known_by_its_identifier():
    assert [check_zone(zone) for zone in ("Bangkok", "Asia/Bangkok")] == ["Asia/Bangkok", "Asia/Bangkok"]
