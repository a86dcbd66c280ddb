"""When the calls of a batch ring: in whose hours, on which day there is room, and when all of it will be over.

Verboice rings whatever is due in the order in which it became due, on as many lines as the channel has. So each call is
given the first stretch of its hours in which there is still a line for it; what is asked of Verboice is that stretch.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from connectors.verboice.zones import identifier_of
from flows.calls.batch import PlannedCall
from flows.calls.hours import EVER, OpenHours, Stretch
from flows.calls.rules import Timing

SOONEST = timedelta(minutes=1)
"""A stretch that is over sooner than this is not begun."""
NO_TIME = (
    "There is no time left in which this person may be rung: calls.hours, by the clock where they are, and the call's "
    "own not_before and not_after have none in common that is still to come."
)
"""What is said of a closed row."""
_SPARE = 0.05  # of a stretch is left free: a call that lasts longer than usual would push the last ones out of it
_MOST = 400  # stretches that a call is moved on by, at most
_WHOLE_DAY = OpenHours(time(0), time(0))


@dataclass(frozen=True, slots=True)
class Capacity:
    """How calls are rung: on so many lines at once, for so many seconds each."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Moment:
    """The present, and where the pipeline lives: its days are those of `zone`, and people of whom nobody knows where
    they are are taken to be there. sent: how many calls the pipeline has asked for, by the day they were to ring."""

    now: datetime
    zone: str
    sent: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a batch will take. ends: None where nobody has measured how long its calls last, or on how many lines.
    unfinished: calls that will not have begun when their time is over. days: on how many days people are rung."""

    calls: int
    ends: datetime | None = None
    unfinished: int = 0
    days: int = 1
    lines: Capacity | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """stretches: when each call that is asked for now may ring, by row. closed: rows for which there is no time at all.
    later: rows whose turn comes with another portion, with the day."""

    stretches: Mapping[int, Stretch]
    closed: frozenset[int]
    later: Mapping[int, date]
    forecast: Forecast


def timetable(calls: Sequence[PlannedCall], timing: Timing, moment: Moment, lines: Capacity | None) -> Timetable:
    """When these calls ring, asked for in this order. Raises ZoneInfoNotFoundError for a zone this machine lacks."""
    calendar = _Calendar(timing, moment)
    turns = [_Turn(call.row, at, calendar.of(call)) for at, call in enumerate(calls)]
    open_turns = [turn for turn in turns if turn.stretch is not None]
    days = _Days(timing.per_day, moment)
    # The day whose portion it is: today, or where nobody may be rung any more, the next on which somebody may.
    day = min((days.of(turn.stretch) for turn in open_turns if turn.stretch is not None), default=None)
    starts = _fitted(open_turns, days, lines, moment.now)
    today = [turn for turn in open_turns if timing.per_day is None or starts[turn.row][1] == day]
    now = {turn.row for turn in today}
    began = [start for start, _day in starts.values() if start is not None]
    forecast = Forecast(
        len(open_turns),
        ends=max(began) + timedelta(seconds=lines.seconds) if lines and began else None,
        unfinished=sum(start is None for start, _day in starts.values()),
        days=len({day for _start, day in starts.values()}),
        lines=lines,
    )
    return Timetable(
        stretches={turn.row: turn.stretch for turn in today if turn.stretch is not None},
        closed=frozenset(turn.row for turn in turns if turn.stretch is None),
        later={turn.row: starts[turn.row][1] for turn in open_turns if turn.row not in now},
        forecast=forecast,
    )


class _Turn:
    """One call on its way through the stretches in which it may ring."""

    def __init__(self, row: int, position: int, stretches: Iterator[Stretch]) -> None:
        self.row = row
        self.position = position
        self._stretches = stretches
        self.stretch = next(stretches, None)

    def moves_on(self) -> bool:
        """To the next stretch; False where there is none, and then it stays."""
        later = next(self._stretches, None)
        self.stretch = later or self.stretch
        return later is not None


class _Calendar:
    """The stretches of calls, worked out once for each set of time zones."""

    def __init__(self, timing: Timing, moment: Moment) -> None:
        self._hours = timing.hours or (_WHOLE_DAY if timing.per_day is not None else None)
        self._is_theirs = timing.hours is not None
        self._moment = moment
        self._since = moment.now + SOONEST
        self._known: dict[tuple[str, ...], list[Stretch]] = {}

    def of(self, call: PlannedCall) -> Iterator[Stretch]:
        own = own_stretch(call, self._moment.zone)
        zones = call.zones if self._is_theirs else ()
        for stretch in self._stretches(zones or (self._moment.zone,)):
            both = stretch.within(own)
            if stretch.start >= own.end:
                return
            if both.is_open and both.end > self._since:
                yield both

    def _stretches(self, zones: tuple[str, ...]) -> Sequence[Stretch]:
        if self._hours is None:
            return [EVER]
        if zones not in self._known:
            self._known[zones] = list(islice(self._hours.stretches(zones, self._since), _MOST))
        return self._known[zones]


def own_stretch(call: PlannedCall, zone: str) -> Stretch:
    """What the row and the pipeline say themselves of when the call may ring. Dates without a time zone are the
    project's own, which nobody tells; `zone` stands in for it."""
    request = call.request
    known = ZoneInfo(identifier_of(request.time_zone) or request.time_zone) if request.time_zone else ZoneInfo(zone)
    start, end = (
        None if text is None else datetime.fromisoformat(text).replace(tzinfo=known).astimezone(UTC)
        for text in (request.not_before, request.not_after)
    )
    return Stretch(start or EVER.start, end or EVER.end)


class _Days:
    """How many calls a day still takes, where `per_day` says so."""

    def __init__(self, per_day: int | None, moment: Moment) -> None:
        self._per_day = per_day
        self._moment = moment
        self._zone = ZoneInfo(moment.zone)

    def of(self, stretch: Stretch) -> date:
        return max(stretch.start, self._moment.now).astimezone(self._zone).date()

    def placed(self, turns: Sequence[_Turn]) -> None:
        """Moves on what finds its day full."""
        if self._per_day is None:
            return
        taken = Counter(self._moment.sent)
        for turn in turns:
            while turn.stretch is not None and taken[self.of(turn.stretch)] >= self._per_day and turn.moves_on():
                pass
            if turn.stretch is not None:
                taken[self.of(turn.stretch)] += 1


def _fitted(
    turns: Sequence[_Turn], days: _Days, lines: Capacity | None, now: datetime
) -> dict[int, tuple[datetime | None, date]]:
    """When each call begins (None: not before its time is over), and on which day it is its turn."""
    while True:
        days.placed(turns)
        starts = _starts(turns, lines, now)
        left_over = [turn for turn in turns if starts[turn.row] is None]
        if not [turn for turn in left_over if turn.moves_on()]:
            return {turn.row: (starts[turn.row], days.of(turn.stretch)) for turn in turns if turn.stretch is not None}


def _starts(turns: Sequence[_Turn], lines: Capacity | None, now: datetime) -> dict[int, datetime | None]:
    """Each call takes the line that is free first, in the order in which they become due."""
    if lines is None:
        return {turn.row: max(turn.stretch.start, now) for turn in turns if turn.stretch is not None}
    free = [now] * lines.number
    length = timedelta(seconds=lines.seconds)
    starts: dict[int, datetime | None] = {}
    for turn in sorted(turns, key=lambda turn: (max(turn.stretch.start, now) if turn.stretch else now, turn.position)):
        if turn.stretch is None:
            continue
        start = max(free[0], turn.stretch.start)
        if start >= _last_start(turn.stretch, now):
            starts[turn.row] = None
            continue
        heapq.heapreplace(free, start + length)
        starts[turn.row] = start
    return starts


def _last_start(stretch: Stretch, now: datetime) -> datetime:
    if stretch.end == EVER.end:
        return stretch.end
    return stretch.end - _SPARE * (stretch.end - max(stretch.start, now))
