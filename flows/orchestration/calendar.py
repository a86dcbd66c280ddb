"""When a schedule comes, as Prefect reckons it: the next runs, what daylight saving does to them, which day was meant.

Prefect's scheduler adds a cron's times of day to the offset of the moment it counts from. Where clocks go forward past
such a time, the run comes an hour before or after it, and at midnight that is another day.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from prefect.server.schemas.schedules import CronSchedule

from flows.settings.models import Schedule

_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=366))
"""Looked into one after the other: at most 1,000 runs are found in each."""
_A_YEAR = timedelta(days=366)
_AROUND = timedelta(days=2)  # of a change of clocks, within which runs may come at other times
_FARTHEST = timedelta(hours=3)  # between a run and the time of day that was meant; no clock is changed by more
_MOST_TOLD = 4


def next_runs(schedule: Schedule, start: datetime, *, most: int = 5) -> list[datetime]:
    """The next runs from `start` (aware) on, in the schedule's time zone."""
    return _dates(schedule.cron, schedule.timezone, start, most=most)


def last_due(schedule: Schedule, now: datetime) -> datetime | None:
    """When the schedule came last before `now`; None where that is more than a year ago."""
    for window in _WINDOWS:
        found = _dates(schedule.cron, schedule.timezone, now - window, end=now)
        if found:
            return found[-1]
    return None


def meant_by(schedule: Schedule, moment: datetime) -> datetime:
    """The time on the clock that the schedule meant by a run at this moment (aware), which may be one that the clock
    did not show that day; the moment itself where the schedule has nothing near it."""
    zone = ZoneInfo(schedule.timezone)
    shown = moment.astimezone(zone).replace(tzinfo=UTC)
    written = _dates(schedule.cron, "UTC", shown - _FARTHEST, end=shown + _FARTHEST)
    if not written:
        return moment
    return min(written, key=lambda time: abs(time - shown)).replace(tzinfo=zone)


def clock_changes(schedule: Schedule, start: datetime) -> list[str]:
    """What changes of the clocks do to the runs of the year from `start` on: a sentence for each day that is unlike
    the others."""
    zone = ZoneInfo(schedule.timezone)
    told: list[str] = []
    for change in _changes(zone, start):
        begin, end = change - _AROUND, change + _AROUND
        actual = _by_day(_dates(schedule.cron, schedule.timezone, begin, end=end))
        wall_begin, wall_end = (edge.astimezone(zone).replace(tzinfo=UTC) for edge in (begin, end))
        written = _by_day(_dates(schedule.cron, "UTC", wall_begin, end=wall_end))
        # The edges are cut off: of their days not every run was asked for.
        days = sorted({*actual, *written} - {edge.astimezone(zone).date() for edge in (begin, end)})
        told += [_told(day, actual[day], written[day]) for day in days if _clock(actual[day]) != _clock(written[day])]
    return told[:_MOST_TOLD]


def _told(day: date, actual: Sequence[datetime], written: Sequence[datetime]) -> str:
    when = f"On {day:%A %d %B %Y} clocks change"
    lost = [time for time in _clock(written) if time not in _clock(actual)]
    added = [time for time in _clock(actual) if time not in _clock(written)]
    if not actual:
        return f"{when}: no run that day instead of one at {_listed(lost)}."
    if not lost:
        count = f"{len(actual)} runs that day instead of {len(written)}"
        return f"{when}: {count}, the additional one at {_listed(added)}."
    if not added:
        return f"{when}: no run at {_listed(lost)}."
    return f"{when}: a run at {_listed(added)} instead of {_listed(lost)}."


def _listed(times: Sequence[str]) -> str:
    return " and ".join([", ".join(times[:-1]), times[-1]]) if len(times) > 1 else times[0]


def _clock(runs: Sequence[datetime]) -> list[str]:
    return [f"{run:%H:%M}" for run in runs]


def _by_day(runs: Sequence[datetime]) -> dict[date, list[datetime]]:
    days: dict[date, list[datetime]] = defaultdict(list)
    for run in runs:
        days[run.date()].append(run)
    return days


def _changes(zone: ZoneInfo, start: datetime) -> list[datetime]:
    """Hours of the year from `start` on within which the zone's offset changes."""
    hours = range(int(_A_YEAR / timedelta(hours=1)))
    moments = [start + timedelta(hours=hour) for hour in hours]
    offsets = [moment.astimezone(zone).utcoffset() for moment in moments]
    return [moment for moment, one, next_one in zip(moments, offsets, offsets[1:], strict=False) if one != next_one]


def _dates(
    cron: str, timezone: str, start: datetime, *, most: int | None = None, end: datetime | None = None
) -> list[datetime]:
    found = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(n=most, start=start, end=end))
    zone = ZoneInfo(timezone)
    return [datetime.fromtimestamp(moment.timestamp(), zone) for moment in found]
