"""When the calls of a batch ring: in whose hours, on which day there is room, and when all of it will be over.

Verboice rings whatever is due in the order in which it became due, on as many lines as the channel has. So each call is
given the first stretch of its hours in which there is still a line for it; what is asked of Verboice is that stretch.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.verboice.zones import identifier_of
from flows.calls.batch import PlannedCall
from flows.calls.forecast import NOTHING_KNOWN, Capacity, Forecast
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
_WRITTEN = len("2026-12-24 18:00:00")  # years below 1000 come without their zeros
_WHOLE_DAY = OpenHours(time(0), time(0))

Capacities = Mapping[int | str, Capacity]
"""How each channel rings, by its id or name as requests have it; one that is missing is not known."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The present, and where the pipeline lives: its days are those of `zone`, and people of whom nobody knows where
    they are are taken to be there. sent: how many calls the pipeline has asked for, by the day they were to ring.
    waiting: from when on each call that was asked for before and is not known to have ended can have begun."""

    now: datetime
    zone: str
    sent: Mapping[date, int] = field(default_factory=dict)
    waiting: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Timetable:
    """stretches: when each call that is asked for now may ring, by row. closed: rows for which there is no time at all.
    later: rows whose turn comes with another day's portion, with that day; None where every day on which the call may
    ring is full."""

    stretches: Mapping[int, Stretch]
    closed: frozenset[int]
    later: Mapping[int, date | None]
    forecast: Forecast


LATER = "Not asked for yet:"
"""What is said first of rows that wait for another day's portion."""


def later_reason(timing: Timing, day: date | None) -> str:
    """Why a row is not asked for today, and when it is its turn; None: on no day."""
    if day is None:
        full = f"every day on which this call may ring is full with the {timing.per_day:,} calls of calls.per_day"
        return f"{LATER} {full}. A later not_after, or more calls a day, make room."
    turn = f"calls.per_day lets {timing.per_day:,} go out a day, and its turn is on {day:%A %Y-%m-%d}"
    return f"{LATER} {turn}. The next run of this list then asks for it."


def timetable(calls: Sequence[PlannedCall], timing: Timing, moment: Moment, capacities: Capacities) -> Timetable:
    """When these calls ring, asked for in this order. Raises ZoneInfoNotFoundError for a zone this machine lacks."""
    channels = {call.request.channel: capacities.get(call.request.channel, NOTHING_KNOWN) for call in calls}
    lines = {channel: _Lines(capacity, moment) for channel, capacity in channels.items()}
    groups, closed = _grouped(calls, _Calendar(timing, moment), lines)
    days = _Days(timing.per_day, moment, [group.stretch for group in groups])
    turns, still_ring = _turns(groups, days, timing, _Queue(moment, [one for one in lines.values() if one.are_known]))
    now = {row: turn for row, turn in turns.items() if timing.per_day is None or turn.day == days.portion}
    return Timetable(
        stretches={row: turn.stretch for row, turn in now.items()},
        closed=frozenset(closed),
        later={row: turn.day for row, turn in turns.items() if row not in now},
        forecast=replace(_forecast(turns, days, list(channels.values())), waiting=still_ring),
    )


def _forecast(turns: Mapping[int, _Turn], days: _Days, known: Sequence[Capacity]) -> Forecast:
    numbers = [one.number for one in known if one.number is not None]
    seconds = {one.seconds for one in known}
    ends = [turn.ends for turn in turns.values() if turn.ends is not None]
    return Forecast(
        len(turns),
        ends=max(ends) if ends and all(one.is_known for one in known) else None,
        unfinished=sum(turn.is_unfinished for turn in turns.values()),
        days=len({days.of_moment(turn.begins) for turn in turns.values() if turn.begins is not None}) or 1,
        lines=sum(numbers) if known and len(numbers) == len(known) else None,
        seconds=seconds.pop() if len(seconds) == 1 else None,
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where one call has its place: in which stretch, as one of which day's portion (None: of none). begins: None where
    no line is free before its time is over."""

    stretch: Stretch
    day: date | None
    begins: datetime | None
    ends: datetime | None = None

    @property
    def is_unfinished(self) -> bool:
        return self.begins is None


class _Lines:
    """The lines of one channel."""

    def __init__(self, capacity: Capacity, moment: Moment) -> None:
        self._now = moment.now
        self._length: timedelta | None = None
        self._free: list[datetime] = []
        if capacity.number is not None and capacity.seconds is not None:
            self._length = timedelta(seconds=capacity.seconds)
            self._free = [min([moment.now, *moment.waiting])] * capacity.number

    @property
    def are_known(self) -> bool:
        return bool(self._free)

    def free_from(self, moment: datetime) -> datetime:
        """From when on one of them is free, not before this moment."""
        return max(self._free[0], moment) if self._free else moment

    def begins(self, stretch: Stretch) -> datetime:
        """When a call could begin, not before its stretch."""
        return self.free_from(max(stretch.start, self._now))

    def take(self, begins: datetime) -> datetime | None:
        """The line is kept from then on; until when, if that is known."""
        if self._length is None:
            return None
        heapq.heapreplace(self._free, begins + self._length)
        return begins + self._length


class _Group:
    """Calls that may ring at the same times over the same channel, in the order of the batch. own: the calls' own time,
    whatever the hours and days."""

    def __init__(self, stretches: Iterator[Stretch], own: Stretch, line: _Lines, first: Stretch) -> None:
        self.stretch = first
        self.own = own
        self.line = line
        self.waiting: deque[tuple[int, int]] = deque()  # position in the batch, and row
        self._stretches = stretches

    def moves_on(self) -> bool:
        """To the next stretch; False where there is none, and then it stays."""
        later = next(self._stretches, None)
        self.stretch = later or self.stretch
        return later is not None

    def due(self, now: datetime) -> tuple[datetime, int]:
        """When, and in which order with others that are due then, its next call may ring."""
        return max(self.stretch.start, now), self.waiting[0][0]


def _grouped(
    calls: Sequence[PlannedCall], calendar: _Calendar, lines: Mapping[int | str, _Lines]
) -> tuple[list[_Group], list[int]]:
    """The calls in groups, and the rows of those for which there is no time at all."""
    groups: dict[object, _Group | None] = {}
    closed = []
    for position, call in enumerate(calls):
        channel, zones, own = call.request.channel, calendar.zones_of(call), calendar.own(call)
        key = (channel, zones, own)
        if key not in groups:
            stretches = calendar.of(zones, own)
            first = next(stretches, None)
            groups[key] = None if first is None else _Group(stretches, own, lines[channel], first)
        group = groups[key]
        if group is None:
            closed.append(call.row)
        else:
            group.waiting.append((position, call.row))
    return [group for group in groups.values() if group is not None], closed


@dataclass(frozen=True, slots=True)
class _Queue:
    """What is before the batch: calls that wait already, on whichever of these lines is free first, because nobody
    knows any more over which channel they go."""

    moment: Moment
    lines: Sequence[_Lines]

    def take(self, due: datetime) -> bool:
        """A call that may begin from then on keeps its line; whether it still does now."""
        line = min(self.lines, key=lambda line: line.free_from(due))
        ends = line.take(line.free_from(due))
        return ends is not None and ends > self.moment.now


_BEFORE = -1  # the place of a call that waits already, among those that are due at the same moment


def _turns(groups: Sequence[_Group], days: _Days, timing: Timing, queue: _Queue) -> tuple[dict[int, _Turn], int]:
    """Each call takes the line that is free first, in the order in which they become due. What finds its day full, or
    no line before its hours are over, is moved on to its next stretch. Also how many calls there are before the batch.
    """
    now, turns, still_ring = queue.moment.now, dict[int, _Turn](), 0
    due = [(*group.due(now), at) for at, group in enumerate(groups)]
    if queue.lines:
        due += [(moment, _BEFORE, at) for at, moment in enumerate(queue.moment.waiting)]
    heapq.heapify(due)
    while due:
        moment, position, at = heapq.heappop(due)
        if position == _BEFORE:
            still_ring += queue.take(moment)
            continue
        group = groups[at]
        stretch, day = group.stretch, days.of(group.stretch)
        begins = group.line.begins(days.asked_for_in(stretch))
        # Without hours nobody has to be rung on the day whose portion it is.
        fits = begins < _last_start(stretch if timing.hours is not None else group.own, now)
        if (days.is_full(day) or not fits) and group.moves_on():
            heapq.heappush(due, (*group.due(now), at))
            continue
        if days.is_full(day):
            turns |= {row: _Turn(stretch, None, None) for _position, row in group.waiting}
            continue
        _position, row = group.waiting.popleft()
        days.take(day)
        turns[row] = _Turn(stretch, day, begins, group.line.take(begins)) if fits else _Turn(stretch, day, None)
        if group.waiting:
            heapq.heappush(due, (*group.due(now), at))
    return turns, still_ring


class _Calendar:
    """The stretches of calls, worked out once for each set of time zones."""

    def __init__(self, timing: Timing, moment: Moment) -> None:
        self._hours = timing.hours or (_WHOLE_DAY if timing.per_day is not None else None)
        self._is_theirs = timing.hours is not None
        self._zone = moment.zone
        self._since = moment.now + SOONEST
        self._known: dict[tuple[str, ...], list[Stretch]] = {}

    def zones_of(self, call: PlannedCall) -> tuple[str, ...]:
        return (call.zones if self._is_theirs else ()) or (self._zone,)

    def own(self, call: PlannedCall) -> Stretch:
        return own_stretch(call, self._zone)

    def of(self, zones: tuple[str, ...], own: Stretch) -> Iterator[Stretch]:
        for stretch in self._stretches(zones):
            both = stretch.within(own)
            if stretch.start >= own.end:
                return
            if both.is_open and both.end > self._since:
                yield both

    def _stretches(self, zones: tuple[str, ...]) -> Sequence[Stretch]:
        if self._hours is None:
            return [EVER]
        if zones not in self._known:
            self._known[zones] = list(self._hours.stretches(zones, self._since))
        return self._known[zones]


def own_stretch(call: PlannedCall, zone: str) -> Stretch:
    """What the row and the pipeline say themselves of when the call may ring. Dates without a time zone are the
    project's own, which nobody tells; `zone` stands in for it."""
    request = call.request
    known = ZoneInfo(identifier_of(request.time_zone) or request.time_zone) if request.time_zone else ZoneInfo(zone)
    return Stretch(
        _moment(request.not_before, known, EVER.start),
        _moment(request.not_after, known, EVER.end),
    )


def _moment(text: str | None, zone: ZoneInfo, otherwise: datetime) -> datetime:
    if text is None:
        return otherwise
    try:
        return datetime.fromisoformat(text.zfill(_WRITTEN)).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # 9999-12-31 means no limit, and in some time zones is no moment in UTC
        return otherwise


class _Days:
    """How many calls a day still takes, where `per_day` says so. portion: the day whose portion it is: today, or where
    nobody may be rung any more, the next on which somebody may."""

    def __init__(self, per_day: int | None, moment: Moment, first: Sequence[Stretch]) -> None:
        self._per_day = per_day
        self._now = moment.now
        self._zone = ZoneInfo(moment.zone)
        self._taken = Counter(moment.sent)
        self.portion = min(map(self.of, first), default=None)

    def of(self, stretch: Stretch) -> date:
        return self.of_moment(max(stretch.start, self._now))

    def of_moment(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def asked_for_in(self, stretch: Stretch) -> Stretch:
        """What is left of a stretch when its calls are asked for: those of a later day's portion at the time of day
        that it is now, because nobody knows it better."""
        day = self.of(stretch)
        if self._per_day is None or day == self.portion:
            return stretch
        asked = datetime.combine(day, self._now.astimezone(self._zone).time(), self._zone).astimezone(UTC)
        return replace(stretch, start=max(stretch.start, asked)) if asked < stretch.end else stretch

    def is_full(self, day: date) -> bool:
        return self._per_day is not None and self._taken[day] >= self._per_day

    def take(self, day: date) -> None:
        self._taken[day] += 1


def _last_start(stretch: Stretch, now: datetime) -> datetime:
    if stretch.end == EVER.end:
        return stretch.end
    return stretch.end - _SPARE * (stretch.end - max(stretch.start, now))
