"""The hours in which people may be rung, in their own time zones.

Where a number may be in several zones (most mobile numbers of a large country), an hour counts only if it is within the
hours in all of them: nobody is rung outside in any place they may be in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

_DAY = timedelta(days=1)
_FURTHEST = 400  # days that are looked at for an open hour; holidays of more than a year are a mistake
_UNKNOWN = "Etc/Unknown"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time within which somebody may be rung, aware and in UTC: from `start` on, before `end`."""

    start: datetime
    end: datetime

    @property
    def is_open(self) -> bool:
        """Whether there is any time in it."""
        return self.start < self.end

    def within(self, other: Stretch) -> Stretch:
        """What both have in common; not open where that is nothing."""
        return Stretch(max(self.start, other.start), min(self.end, other.end))


EVER = Stretch(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class OpenHours:
    """From when to when, on which weekdays (Monday is 0), and on which dates not at all, by the clocks of the callee.

    `last` is before `first` where the hours go past midnight; they then belong to the day they begin on.
    """

    first: time
    last: time
    days: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()

    def stretches(self, zones: Sequence[str], since: datetime) -> Iterator[Stretch]:
        """The stretches that end after `since`, one after the other, in all of these time zones (at least one).

        Raises ZoneInfoNotFoundError for a zone that this machine does not know.
        """
        known = [ZoneInfo(zone) for zone in dict.fromkeys(zones)]
        for start in self._of(known[0], since):
            found = [start]
            for zone in known[1:]:
                found = [
                    both
                    for one in found
                    for other in self._of(zone, one.start, one.end)
                    if (both := one.within(other)).is_open
                ]
            yield from (stretch for stretch in found if stretch.end > since)

    def _of(self, zone: ZoneInfo, since: datetime, until: datetime | None = None) -> Iterator[Stretch]:
        """Of one zone: what has not ended at `since` and begins before `until`."""
        day = since.astimezone(zone).date() - _DAY
        for _ in range(_FURTHEST):
            stretch = self._on(day, zone)
            if until is not None and stretch.start >= until:
                return
            if day.weekday() in self.days and day not in self.holidays and stretch.is_open and stretch.end > since:
                yield stretch
            day += _DAY

    def _on(self, day: date, zone: ZoneInfo) -> Stretch:
        last_day = day if self.first < self.last else day + _DAY
        start, end = datetime.combine(day, self.first, zone), datetime.combine(last_day, self.last, zone)
        return Stretch(start.astimezone(UTC), end.astimezone(UTC))


@functools.lru_cache(maxsize=200_000)
def zones_of(key: str) -> tuple[str, ...]:
    """The time zones that a number may be in, by its country and, where the plan tells, region; () for what is no
    international number, or of which nothing is known. `key` as `flows.contacts.people.address` has it."""
    if not key.isdigit():
        return ()
    from phonenumbers import timezone  # its tables take a moment to load

    try:
        number = phonenumbers.parse(f"+{key}")
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_possible_number(number):
        return ()
    return tuple(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN and _is_known(zone))


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
