"""The date parser and the zones (API sheet 8.14 and the list of time zones)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox import dates, zones

FIRST, LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2100-01-01")
NOW = datetime(2026, 11, 23, 10, 30, 15, tzinfo=UTC)

MEANT = {
    "abc": None,
    "tomorrow": None,
    "now": None,
    "null": None,
    "  ": None,
    "": None,
    "10": "2026-11-10 00:00:00",
    "monday": "2026-11-23 00:00:00",
    "mon": "2026-11-23 00:00:00",
    "10:30": "2026-11-23 10:30:00",
    "10:30 pm": "2026-11-23 22:30:00",
    "2030-01-02": "2030-01-02 00:00:00",
    "2030-01-02 10:11:12": "2030-01-02 10:11:12",
    "2030-01-02T10:11:12": "2030-01-02 10:11:12",
    "2030-01-02T10:11:12Z": "2030-01-02 10:11:12",
    "2030-01-02T10:11:12+03:00": "2030-01-02 07:11:12",
    "2030-01-02 10:11:12.5 -0300": "2030-01-02 13:11:12",
    "2030-01-02 10:11 EST": "2030-01-02 15:11:00",
    "01/02/2030": "2030-02-01 00:00:00",
    "2030/01/02": "2030-01-02 00:00:00",
    "2030-02-30": "2030-03-02 00:00:00",
    "2 Jan 2030": "2030-01-02 00:00:00",
    "January 2, 2030": "2030-01-02 00:00:00",
    "2nd": "2026-11-02 00:00:00",
    "march": "2026-03-01 00:00:00",
    "20300102": "2030-01-02 00:00:00",
    "20300102T101112": "2030-01-02 10:11:12",
    "2030-01-02 24:00": "2030-01-03 00:00:00",
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items())
def test_8_14_what_a_text_means(text, meant):
    parsed = dates.parse(text, UTC, NOW)
    assert (parsed and parsed.strftime("%Y-%m-%d %H:%M:%S")) == meant


@pytest.mark.parametrize("text", ["2030-13-45", "12/31/2030", "2030", "2030-01", "25:00", "1700000000", "2030-01-32"])
def test_8_14_no_such_date(text):
    with pytest.raises(dates.DateError):
        dates.parse(text, UTC, NOW)


@given(st.datetimes(FIRST, LAST))
def test_the_plain_form_is_read_back_in_its_zone(moment):
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    assert dates.parse(text, ZoneInfo("Asia/Bangkok"), NOW) == (
        moment.replace(microsecond=0, tzinfo=UTC) - timedelta(hours=7)
    )


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_nothing_or_no_date(text):
    try:
        parsed = dates.parse(text, UTC, NOW)
    except dates.DateError:
        return
    assert parsed is None or parsed.tzinfo is UTC


KNOWN = ["Buenos Aires", "UTC", "Kyiv", "Nuku'alofa", "Pacific Time (US & Canada)", "America/Argentina/Buenos_Aires",
         "US/Eastern", "US/Pacific-New", "Etc/GMT+3", "EST", "GMT"]  # fmt: skip
UNKNOWN = [
    "buenos aires",
    "utc",
    "Z",
    "-3",
    "+03:00",
    "Europe/Kyiv",
    "America/Nuuk",
    "America/Ciudad_Juarez",
    "",
    "localtime",
]


@pytest.mark.parametrize("name", KNOWN)
def test_zones_the_server_knows(name):
    assert zones.identifier(name) is not None
    zones.zone(name)


@pytest.mark.parametrize("name", UNKNOWN)
def test_zones_the_server_does_not_know(name):
    assert zones.identifier(name) is None


def test_all_144_rails_names_can_be_used():
    assert len(zones.RAILS_ZONES) == 144
    assert all(zones.zone(name).utcoffset(NOW.replace(tzinfo=None)) is not None for name in zones.RAILS_ZONES)


DRIFTED = {
    # zone: hours east of UTC by the rules of 2018, in January and July
    "Chihuahua": (-7, -6),
    "Mexico City": (-6, -5),
    "Greenland": (-3, -2),
    "Brasilia": (-2, -3),
    "Cairo": (2, 2),
    "Tehran": (3.5, 4.5),
    "Almaty": (6, 6),
    "Fiji": (13, 12),
    "Samoa": (14, 13),
}


@pytest.mark.parametrize(("name", "hours"), DRIFTED.items())
def test_zones_go_by_the_rules_of_2018(name, hours):
    local = [datetime(2026, month, 10, 12, tzinfo=zones.zone(name)) for month in (1, 7)]
    assert [moment.utcoffset() for moment in local] == [timedelta(hours=hour) for hour in hours]
