"""How long a batch will take: what is known of its lines and of how long calls last, and the words for what follows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

FEWEST = 10  # calls that ended: from fewer nobody can tell how long the next ones will last
_LONGEST = 10  # times as long as usual, at most: a call that the server lost is ended after two hours
_DAY = "%A %Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Capacity:
    """How a channel rings: on so many lines at once, for so many seconds each; either is None where nobody knows."""

    number: int | None = None
    seconds: float | None = None

    @property
    def is_known(self) -> bool:
        return self.number is not None and self.seconds is not None


NOTHING_KNOWN = Capacity()


@dataclass(frozen=True, slots=True)
class CallLengths:
    """For how many seconds calls that have ended kept a line: those that were answered, and the others.

    apart: for servers that do not tell, how many seconds there were between the ends of two calls, whatever lines they
    were on, and of how many calls that was seen. given: what the pipeline says where too few are known.
    """

    answered: tuple[float, ...] = ()
    unanswered: tuple[float, ...] = ()
    apart: tuple[float, int] = (0.0, 0)
    given: float | None = None

    @property
    def is_measured(self) -> bool:
        return len(self.answered) + len(self.unanswered) >= FEWEST

    @property
    def are_seen(self) -> bool:
        """Whether the calls were seen to end one after the other, where nothing better is known."""
        return self.apart[1] >= FEWEST and not self.is_measured

    def seconds_on(self, lines: int | None) -> float | None:
        """What a call takes on a channel of so many lines, answered or not, as they came; None where too few are
        known."""
        if self.is_measured:
            return statistics.fmean([*_usual(self.answered), *_usual(self.unanswered)])
        return self.apart[0] * lines if self.are_seen and lines is not None else self.given

    @property
    def told(self) -> str:
        """`measured over 412 calls: 74 s where somebody answered, 31 s where nobody did`"""
        if self.are_seen:
            return f"by how {self.apart[1]:,} calls were seen to end one after the other"
        if not self.is_measured:
            return "as calls.length says"
        parts = [
            f"{_seconds(statistics.fmean(_usual(lengths)))} where {who}"
            for lengths, who in ((self.answered, "somebody answered"), (self.unanswered, "nobody did"))
            if lengths
        ]
        return f"measured over {len(self.answered) + len(self.unanswered):,} calls: {', '.join(parts)}"


MOST_APART = timedelta(minutes=10)
"""Between two looks, or two ends of calls: what is further apart did not ring all the time."""


class EndsSeen:
    """How quickly the calls of a run end one after the other, as seen by looking at them now and then: while more are
    waiting than there are lines, that depends on nothing but lines and lengths."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._since_last = timedelta()

    def looked(self, last: datetime | None, now: datetime, *, ended: int, left: int) -> None:
        """A look at all calls that had not ended at the `last` one. The first says nothing, nor does one that finds
        none left: nobody knows since when."""
        if last is None or not left or now - last > MOST_APART:
            self._since_last = timedelta()
            return
        self._since_last += now - last
        if ended and self._since_last <= MOST_APART:
            self.seconds += self._since_last.total_seconds()
            self.calls += ended
        if ended or self._since_last > MOST_APART:
            self._since_last = timedelta()


def _seconds(number: float) -> str:
    return f"{round(number, 0 if number >= 10 else 1):g} s"


def _usual(lengths: Sequence[float]) -> list[float]:
    """The lengths without those that say nothing about the next call."""
    most = _LONGEST * max(1.0, statistics.median(lengths)) if lengths else 0.0
    return [min(length, most) for length in lengths]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a batch will take, portions of later days included.

    ends: when its last call is over, None where nobody knows how long calls last, or on how many lines they ring.
    unfinished: calls that will not have begun when their time is over. days: on how many days people are rung.
    lines: of all its channels together. seconds: of each call. waiting: calls before it that have not ended. told: all
    of this in a sentence.
    """

    calls: int
    ends: datetime | None = None
    unfinished: int = 0
    days: int = 1
    lines: int | None = None
    seconds: float | None = None
    waiting: int = 0
    told: str = ""


def in_words(forecast: Forecast, lengths: CallLengths, zone: str) -> str:
    """`Forecast: the last call ends on Thursday 2026-12-03 at 16:40 (Asia/Bangkok): …` by the clock of `zone`; "" where
    there is nobody to call."""
    if not forecast.calls:
        return ""
    left_out = _left_out(forecast)
    if forecast.lines is None or forecast.seconds is None:
        return f"Forecast: when the last call ends is not known yet: {_missing(forecast)}.{left_out}"
    if forecast.ends is None:
        return f"Forecast:{left_out}"
    ends = forecast.ends.astimezone(ZoneInfo(zone))
    span = f", over {forecast.days:,} days" if forecast.days > 1 else ""
    lines = f"{forecast.lines:,} {'line' if forecast.lines == 1 else 'lines'}"
    before = f", after {forecast.waiting:,} that wait already" if forecast.waiting else ""
    how = f"{lines}, {_seconds(forecast.seconds)} a call ({lengths.told}){before}"
    return f"Forecast: the last call ends on {ends:{_DAY}} at {ends:%H:%M} ({zone}){span}: {how}.{left_out}"


def _left_out(forecast: Forecast) -> str:
    if not forecast.unfinished:
        return ""
    fit = "does not fit before its" if forecast.unfinished == 1 else "do not fit before their"
    return f" {forecast.unfinished:,} of {forecast.calls:,} calls {fit} not_after."


def _missing(forecast: Forecast) -> str:
    """What nobody knows, and how it comes to be known."""
    parts = []
    if forecast.lines is None:
        parts.append("Verboice does not tell on how many lines they ring (calls.lines says it)")
    if forecast.seconds is None:
        parts.append(f"fewer than {FEWEST} calls with a known length have been tracked (calls.length says it instead)")
    return ", and ".join(parts)
