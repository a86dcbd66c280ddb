"""Dates as the server's parser understands them, nonsense included (API sheet 8.14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_FLAGS = re.IGNORECASE | re.ASCII
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?P<month>" + "|".join(_MONTHS) + r")[^-\d\s']*"
_ZONES = {
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "ut": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_WEEKDAY = re.compile(r"\b(sun|mon|tue|wed|thu|fri|sat)[^-/\d\s]*", _FLAGS)
_TIME = re.compile(
    r"(?P<hour>\d+)\s*:\s*(?P<minute>\d+)(?:\s*:\s*(?P<second>\d+)(?:[,.]\d*)?)?(?:\s*(?P<half>[ap])\.?m\.?\b)?"
    r"(?:\s*(?P<zone>z\b|[a-z]{3,}\b|(?:gmt|utc)?[-+]\d{1,2}(?::?\d{2})?))?"
    r"|\b(?P<hour12>\d{1,2})\s*(?P<half12>[ap])\.?m\.?\b",
    _FLAGS,
)
_OFFSET = re.compile(r"(?:gmt|utc)?([-+])(\d{1,2}):?(\d{2})?", _FLAGS)
_RUN = re.compile(
    r"(?P<sign>[-+]?)(?P<digits>\d{2,14})(?:\s*t\s*(?P<time>\d{2,6}))?(?P<zone>z\b|[-+]\d{1,4}\b)?", _FLAGS
)


class DateError(ValueError):
    """Looks like a date, but there is no such day or time."""


@dataclass(slots=True)
class _Parts:
    """What was recognised; None where nothing was. `found`: anything at all, a weekday too."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int = 0
    second: int = 0
    offset: timedelta | None = None
    found: bool = False


def parse(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment a text means, in UTC; None for a text without a recognisable date. Raises DateError.

    Larger parts that are missing come from now in `zone`; the time is 00:00 unless given; an offset beats `zone`.
    """
    parts = _Parts()
    rest = _read_time(text, parts)
    if found := _WEEKDAY.search(rest):
        parts.found = True
        rest = rest[: found.start()] + " " + rest[found.end() :]
    for pattern, read in _FORMS:
        if found := pattern.search(rest):
            parts.found = True
            read(found, parts)
            break
    if not parts.found:
        return None
    return _moment(parts, zone, now)


def _read_time(text: str, parts: _Parts) -> str:
    """Takes the time of day out of the text."""
    found = _TIME.search(text)
    if found is None:
        return text
    parts.found = True
    half = found["half"] or found["half12"]
    parts.hour = int(found["hour"] or found["hour12"])
    if half:
        parts.hour = parts.hour % 12 + (12 if half.lower() == "p" else 0)
    parts.minute, parts.second = int(found["minute"] or 0), int(found["second"] or 0)
    parts.offset = _offset(found["zone"])
    return text[: found.start()] + " " + text[found.end() :]


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text.lower() in _ZONES:
        return timedelta(hours=_ZONES[text.lower()])
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -length if found[1] == "-" else length


def _read_named_month(found: re.Match[str], parts: _Parts) -> None:
    parts.month = _MONTHS.index(found["month"].lower()) + 1
    groups = found.groupdict()
    parts.day = int(groups["day"]) if groups.get("day") else None
    year = groups.get("year")
    parts.year = _full_year(year) if year else None


def _full_year(text: str) -> int:
    """Two digits are this century's below 69."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (1900 if year >= 69 else 2000)


def _read_iso(found: re.Match[str], parts: _Parts) -> None:
    parts.year, parts.month, parts.day = _full_year(found[1].lstrip("+")), int(found[2]), int(found[3])


def _read_slashes(found: re.Match[str], parts: _Parts) -> None:
    """Year first; day first where the third is plainly the year, so `12/31/2030` is no date."""
    first, second, third = found[1], found[2], found[3]
    if third is None:
        parts.month, parts.day = int(first), int(second)
    elif len(third) > 2:
        parts.year, parts.month, parts.day = int(third), int(second), int(first)
    else:
        parts.year, parts.month, parts.day = _full_year(first), int(second), int(third)


def _read_ordinal(found: re.Match[str], parts: _Parts) -> None:
    parts.day = int(found[1])


def _read_run(found: re.Match[str], parts: _Parts) -> None:
    """A run of digits: `10` is a day, `2030` the 30th of month 20, `20300102` a date, ten digits a date and time."""
    digits, time = found["digits"], found["time"]
    parts.offset = parts.offset or _offset(found["zone"])
    if len(digits) in (3, 5, 7):
        raise DateError("day of the year")
    if len(digits) in (8, 14):
        parts.year, digits = int(digits[:4]), digits[4:]
    elif len(digits) >= 6:
        parts.year, digits = _full_year(digits[:2]), digits[2:]
    pairs = [int(digits[start : start + 2]) for start in range(0, len(digits) - len(digits) % 2, 2)]
    if len(pairs) > 1:
        parts.month = pairs.pop(0)
    parts.day = pairs.pop(0)
    if time:
        pairs = [int(time[start : start + 2]) for start in range(0, len(time) - len(time) % 2, 2)]
    if pairs:
        parts.hour, parts.minute, parts.second = (*pairs, 0, 0)[:3]


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, _FLAGS)


_DAY = r"(?P<day>\d{1,2})"
_ORDINAL = r"(?:st|nd|rd|th)?"
# The first form that is found counts.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Parts], None]], ...] = (
    (_form(rf"\b{_DAY}{_ORDINAL}[\s-]*{_MONTH}[\s,-]*(?P<year>\d{{2,4}}\b)?"), _read_named_month),
    (_form(rf"\b{_MONTH}[\s-]*{_DAY}(?!\d){_ORDINAL}(?:[\s,-]+(?P<year>\d{{2,4}})\b)?"), _read_named_month),
    (_form(r"(?<!\d)(\d{2,4})-(\d{1,2})-(\d{1,2})(?!\d)"), _read_iso),
    (_form(r"(\d{1,4})/(\d{1,2})(?:/(\d{1,4}))?"), _read_slashes),
    (_form(r"(?<!\d)(\d{2,4})\.(\d{1,2})\.(\d{1,4})(?!\d)"), _read_slashes),
    (_form(rf"\b{_MONTH}"), _read_named_month),
    (_form(r"\b(\d{1,2})(?:st|nd|rd|th)\b"), _read_ordinal),
    (_RUN, _read_run),
)


def _moment(parts: _Parts, zone: tzinfo, now: datetime) -> datetime:
    local = now.astimezone(zone if parts.offset is None else timezone(parts.offset))
    year = parts.year if parts.year is not None else local.year
    month, day = parts.month, parts.day
    if month is None:
        month = local.month if parts.year is None else 1
    if day is None:
        day = local.day if parts.year is None and parts.month is None else 1
    hour = parts.hour or 0
    whole_day = hour == 24 and parts.minute == parts.second == 0
    if not (
        1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or whole_day) and parts.minute < 60 and parts.second < 61
    ):
        raise DateError("argument out of range")
    try:
        # A day the month lacks rolls over: 30 February is 2 March.
        first = datetime(year, month, 1, tzinfo=UTC)
        naive = first + timedelta(days=day - 1, hours=hour, minutes=parts.minute, seconds=parts.second)
        return naive.replace(tzinfo=local.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DateError(str(error)) from error
