"""When somebody may be rung: dates that exist, in a time zone that the server knows, in the right order.

Verboice takes text without a date as "no limit", fills missing parts from the present moment and moves 30 February to
March (API sheet 8.14). So only whole ISO dates are accepted here, and what is sent is always `YYYY-MM-DD HH:MM:SS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.verboice.zones import RAILS_ZONES, identifier_of
from flows.calls.rules import NotUsable

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s?(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_LATEST_OFFSET = timedelta(hours=-12)  # where a day ends last
_WALL = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Window:
    """Dates as they are sent, in `time_zone` (a Rails name or tz identifier; None = the project's own)."""

    not_before: str | None = None
    not_after: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class WindowTexts:
    """A window as the source and the pipeline give it; "" = not given."""

    not_before: str = ""
    not_after: str = ""
    time_zone: str = ""
    has_schedule: bool = False


def read_moment(text: str, *, end_of_day: bool = False) -> datetime:
    """An ISO date or date-time, aware if it has an offset. A date alone is its first second, or its last one.

    Raises NotUsable for anything else: `10:30`, `tomorrow`, `24/12/2026`, 30 February.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise NotUsable(f"“{text}” is not a date of the form 2026-12-24 or 2026-12-24 18:00.")
    time = found["time"] or ("23:59:59" if end_of_day else "00:00:00")
    try:
        day = datetime.strptime(found["day"], "%Y-%m-%d")  # noqa: DTZ007 - a wall clock's date, its zone comes apart
        clock = datetime.strptime(time, "%H:%M:%S" if time.count(":") == 2 else "%H:%M")  # noqa: DTZ007 - as above
    except ValueError:
        raise NotUsable(f"“{text}” is not a date that exists.") from None
    return datetime.combine(day.date(), clock.time(), _offset(found["offset"]))


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in ("Z", "UTC"):
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    if size >= timedelta(hours=24):
        raise NotUsable(f"“{text}” is not the distance of a time zone from UTC.")
    return timezone(-size if text[0] == "-" else size)


def check_zone(zone: str) -> str:
    """The tz identifier behind a zone. Raises NotUsable for one that the server would refuse with a 400."""
    found = identifier_of(zone)
    if found is None:
        near = next((name for name in RAILS_ZONES if name.casefold() == zone.casefold()), None)
        hint = (
            f" Did you mean “{near}”?" if near else " Use a Rails zone name such as Bangkok, or one like Asia/Bangkok."
        )
        raise NotUsable(f"Verboice does not know the time zone “{zone}”.{hint}")
    return found


def read_window(asked: WindowTexts, now: datetime) -> Window:
    """The window as it can be sent; `now` is aware.

    A date with an offset is converted to the zone, or without one to UTC. Raises NotUsable, whose `column` is then the
    parameter's name.
    """
    zone = _zone(asked)
    not_before = _moment(asked.not_before, "not_before")
    not_after = _moment(asked.not_after, "not_after")
    given = [moment for moment in (not_before, not_after) if moment is not None]
    with_offset = [moment for moment in given if moment.tzinfo is not None]
    time_zone = asked.time_zone or None
    if with_offset and zone is None:
        if asked.has_schedule or len(with_offset) < len(given):
            raise NotUsable("A date with an offset needs `calls.time_zone` here.", "time_zone")
        zone, time_zone = UTC, "UTC"
    first, last = _wall(not_before, zone), _wall(not_after, zone)
    _check_order(first, last, zone, now)
    return Window(_text(first), _text(last), time_zone)


def _text(wall: datetime | None) -> str | None:
    return None if wall is None else wall.strftime(_WALL)


def _zone(asked: WindowTexts) -> tzinfo | None:
    if not asked.time_zone:
        return None
    try:
        return ZoneInfo(check_zone(asked.time_zone))
    except NotUsable as fault:
        raise NotUsable(fault.reason, "time_zone") from None
    except ZoneInfoNotFoundError:
        return None  # this machine has fewer zones than the server: its dates go as they are


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        return read_moment(text, end_of_day=name == "not_after")
    except NotUsable as fault:
        raise NotUsable(fault.reason, name) from None


def _wall(moment: datetime | None, zone: tzinfo | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _check_order(not_before: datetime | None, not_after: datetime | None, zone: tzinfo | None, now: datetime) -> None:
    if not_after is None:
        return
    if not_before is not None and not_after <= not_before:
        raise NotUsable(
            f"not_after ({not_after:{_WALL}}) is not later than not_before ({not_before:{_WALL}}).", "not_after"
        )
    # The project's own zone is not told by the API; without one only what is past everywhere is refused here.
    ends = not_after.replace(tzinfo=zone or timezone(_LATEST_OFFSET))
    if ends <= now:
        raise NotUsable(f"not_after ({not_after:{_WALL}}) is in the past.", "not_after")
