"""When a schedule lets calls through (API sheet 8.16, 9.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sandbox import zones

_DAY = timedelta(days=1)
_RETRY = re.compile(r"(\d+(?:\.\d+)?)\s*([dhm]?)")
_UNITS = {"d": _DAY, "h": timedelta(hours=1), "": timedelta(hours=1), "m": timedelta(minutes=1)}


def retry_delays(schedule: Mapping[str, Any]) -> list[timedelta]:
    """`1h, 30m, 2d`; a bare number is hours."""
    return [float(amount) * _UNITS[unit] for amount, unit in _RETRY.findall(schedule["retries"] or "")]


def next_slot(schedule: Mapping[str, Any], zone_name: str | None, wanted: datetime) -> datetime:
    """The first moment from `wanted` on within the schedule's hours and days.

    As the server reckons it: hours are shifted by the zone's standard offset, days are those of UTC.
    """
    moment = wanted.astimezone(UTC)
    offset = zones.standard_offset(zone_name or "UTC")
    start, end = (_shifted(schedule[name], offset) for name in ("time_from", "time_to"))
    if start is not None and end is not None:
        time = timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
        if time < start and (time > end or end > start):
            moment += start - time
        elif time > end > start:
            moment += start - time + _DAY
    days = sorted(int(day) for day in re.findall(r"\d", schedule["weekdays"] or ""))
    if days:
        today = moment.isoweekday() % 7
        day = next((day for day in days if day >= today), days[0])
        moment += _DAY * ((day - today) % 7)
    return moment


def _shifted(text: str | None, offset: timedelta) -> timedelta | None:
    """A time of day in the zone as a time of day in UTC."""
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    return (timedelta(hours=int(hours), minutes=int(minutes)) - offset) % _DAY
