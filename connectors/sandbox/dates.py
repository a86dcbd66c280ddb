"""Dates as the server's parser understands them, nonsense included (API sheet 8.14).

Only the spellings the sheet speaks of, and their near relations. `dateutil` cannot stand in: it refuses 30 February,
and takes 12/31 for 31 December, `2030` for a year and `monday` for the next one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_FLAGS = re.IGNORECASE | re.ASCII
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"\b(?P<name>{'|'.join(_MONTHS)})[a-z]*"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "EST": -5}  # hours
_WEEKDAY = re.compile(r"\b(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*", _FLAGS)
_COMPACT_TIME = re.compile(r"(?<=\d)T(\d\d)(\d\d)(\d\d)(?!\d)", _FLAGS)
_TIME = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?!\d)(?:\s*(?P<half>[ap])m\b)?"
    rf"(?:\s*(?P<zone>(?:{'|'.join(_ZONES)})\b|[-+]\d{{2}}:?\d{{2}}))?",
    _FLAGS,
)
# The first that is found counts.
_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})([-/])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)", _FLAGS),
    re.compile(r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)", _FLAGS),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})(?!\d)", _FLAGS),
    re.compile(rf"(?<!\d){_ORDINAL} {_NAME}(?: (?P<year>\d{{4}}))?", _FLAGS),
    re.compile(rf"{_NAME}(?: {_ORDINAL}(?!\d))?(?:,? (?P<year>\d{{4}}))?", _FLAGS),
    re.compile(rf"^\W*{_ORDINAL}\W*$", _FLAGS),
)


class DateError(ValueError):
    """Looks like a date, but there is no such day or time."""


def parse(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment a text means, in UTC; None for a text without a recognisable date. Raises DateError.

    Larger parts that are missing come from now in `zone`; the time is 00:00 unless given; an offset beats `zone`.
    """
    text = _COMPACT_TIME.sub(r" \1:\2:\3", text)
    time = _TIME.search(text)
    without_time = _TIME.sub(" ", text, count=1)
    rest = _WEEKDAY.sub(" ", without_time)
    date = next((found for found in (form.search(rest) for form in _DATES) if found), None)
    if date is None and any(char in "0123456789" for char in rest):
        raise DateError("no such date")
    if date is None and time is None and rest == without_time:
        return None
    try:
        local = now.astimezone((time and _offset(time["zone"])) or zone)
        return (_day(date, local) + _time_of_day(time)).replace(tzinfo=local.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DateError(str(error)) from error


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    hours = _ZONES.get(text.upper())
    return timezone(timedelta(hours=hours)) if hours is not None else datetime.strptime(text, "%z").tzinfo


def _day(date: re.Match[str] | None, now: datetime) -> datetime:
    """A day the month lacks rolls over: 30 February is 2 March. Raises ValueError for one no month has."""
    given = date.groupdict() if date else {}
    if not given:
        return datetime(now.year, now.month, now.day, tzinfo=UTC)
    name, month = given.get("name"), int(given.get("month") or now.month)
    day = int(given["day"] or 1)
    if not 1 <= day <= 31:
        raise ValueError("day out of range")
    month = _MONTHS.index(name.lower()) + 1 if name else month
    return datetime(int(given.get("year") or now.year), month, 1, tzinfo=UTC) + timedelta(days=day - 1)


def _time_of_day(time: re.Match[str] | None) -> timedelta:
    """24:00 is the end of the day. Raises ValueError for a time no day has."""
    if time is None:
        return timedelta()
    hour, minute, second = (int(time[name] or 0) for name in ("hour", "minute", "second"))
    if time["half"]:
        hour = hour % 12 + (12 if time["half"].lower() == "p" else 0)
    length = timedelta(hours=hour, minutes=minute, seconds=second)
    if minute > 59 or second > 60 or length > timedelta(days=1):
        raise ValueError("time out of range")
    return length
