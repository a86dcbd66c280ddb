"""How many requests may be in flight: found by trying, from what the server shows. Pure: no clock, no threads.

Verboice usually answers one request at a time for the whole site (API sheet 12.3), and then more of them in flight only
make everybody wait. So the search starts at one, goes up only where throughput really rises, comes down wherever it
loses nothing by it, and gives way at once when requests fail or suddenly take much longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from statistics import median


@dataclass(frozen=True, slots=True)
class SearchRules:
    """What counts as better, worse, or another server.

    gain, gain_share: how much throughput must rise for one more in flight, and for larger steps per share of the step.
    loss, loss_share: how much it may fall for fewer in flight, and per share of the step: half as many in flight are
    half the wait. slower, faster: factors of latency that mean "another server now". first_rest: seconds until the next
    trial in a search that has just begun, then twice as many, and so on. rest, trial_share: seconds between trials, and
    the most of all time that trials of more in flight may take; lower_share: of fewer, for which nobody waits longer.
    caution, longest_caution: seconds without a trial after a failure. idle: seconds without requests after which a
    measurement begins anew. sample: requests that a measurement needs at least, glimpse: those that are enough to see
    that a limit higher by the factor `much` is of no use.
    """

    most: int = 32
    gain: float = 0.05
    gain_share: float = 0.3
    loss: float = 0.03
    loss_share: float = 0.1
    slower: float = 1.9
    faster: float = 0.55
    first_rest: float = 0.5
    rest: float = 4.0
    trial_share: float = 0.04
    lower_share: float = 0.1
    caution: float = 2.0
    longest_caution: float = 60.0
    idle: float = 0.25
    sample: int = 10
    glimpse: int = 6
    much: float = 1.5


class _Phase(Enum):
    MEASURING = "the level's own throughput is not known yet"
    HIGHER = "a higher limit is on trial"
    LOWER = "a lower limit is on trial"
    RESTING = "the level is settled until the next trial"


class _Window:
    """Requests ended under one limit. The first round only sets the mark from which throughput is counted."""

    def __init__(self, limit: int, sample: int) -> None:
        self._left_to_mark = limit
        self._wanted = max(sample, 4 * limit)
        self._marked = self._latest = 0.0
        self._latencies: list[float] = []

    def add(self, now: float, latency: float) -> None:
        self._latest = now
        if self._left_to_mark:
            self._left_to_mark -= 1
            self._marked = now
        else:
            self._latencies.append(latency)

    @property
    def count(self) -> int:
        return len(self._latencies)

    @property
    def is_full(self) -> bool:
        return self.count >= self._wanted

    @property
    def throughput(self) -> float:
        return self.count / max(self._latest - self._marked, 1e-9)

    @property
    def latency(self) -> float:
        """The median: a single hiccup says nothing of the level."""
        return median(self._latencies)


class ConcurrencySearch:
    """`limit` is the number of requests that may be in flight; `observe` is told of each one that ended."""

    def __init__(self, rules: SearchRules | None = None) -> None:
        self._rules = rules or SearchRules()
        self._throughput = 0.0
        self._latency = 0.0
        self._ended = float("-inf")
        self._failed_trials = 0
        self._start_at(1, float("-inf"))

    def observe(self, now: float, latency: float, *, ok: bool) -> None:
        """A request ended at `now` after `latency` seconds; `ok` is False for 429, 503, no answer."""
        began = now - latency
        idle = began - self._ended
        self._ended = now
        if began < self._changed:  # it ran under another limit
            return
        if not ok:
            self._fail(now)
            return
        if idle > max(self._rules.idle, 5 * latency):
            self._set(self.limit, began)
        self._window.add(now, latency)
        if self._is_another_server(latency):
            self._start_at(max(1, self.limit // 4), now)
        elif self._window.is_full or self._is_hopeless():
            self._decide(now)

    def _fail(self, now: float) -> None:
        """Half as many from now on, and no trial for a while; each trial that failed makes that while twice as long."""
        quiet = min(self._rules.caution * 2**self._failed_trials, self._rules.longest_caution)
        self._failed_trials += self._phase is _Phase.HIGHER
        self._start_at(max(1, self.limit // 2), now, quiet=quiet)

    def _start_at(self, level: int, now: float, *, quiet: float = 0.0) -> None:
        """Forget the figures, they mean nothing any more, and search from `level`."""
        self._level = level  # `limit` differs from it while another one is on trial
        self._phase = _Phase.MEASURING
        self._leaps = True  # whether going up doubles
        self._is_in_doubt = True  # whether the last higher limit might have been of use at another moment
        self._next_trial = _Phase.HIGHER
        self._strange_rounds = 0
        self._first_rest = self._rules.first_rest
        self._rest_until = now + quiet
        self._set(level, now)

    def _set(self, limit: int, now: float) -> None:
        self.limit = limit
        self._changed = now
        self._window = _Window(limit, self._rules.sample)
        self._recent: list[float] = []

    def _is_another_server(self, latency: float) -> bool:
        """Whether two rounds, one may be a hiccup, took far longer or shorter than is usual at the settled level."""
        self._recent.append(latency)
        if self._phase is not _Phase.RESTING or len(self._recent) < max(self.limit, 5):
            return False
        ratio = median(self._recent) / self._latency
        self._recent = []
        is_strange = ratio > self._rules.slower or ratio < self._rules.faster
        self._strange_rounds = self._strange_rounds + 1 if is_strange else 0
        return self._strange_rounds > 1

    def _is_hopeless(self) -> bool:
        """Whether a much higher limit shows early that it only makes everybody wait longer, in proportion.

        A little higher one may look the same and be of use all the same: it fills the gaps between the requests.
        """
        if self._phase is not _Phase.HIGHER or self.limit < self._rules.much * self._level:
            return False
        if self._window.count < max(self._rules.glimpse, self.limit):
            return False
        just_waiting = self._latency * self.limit / self._level
        return self._window.latency > just_waiting * (1 - self._rules.gain / 2)

    def _decide(self, now: float) -> None:
        """The window is full: draw the conclusion, and rest or begin the next trial."""
        window = self._window
        if self._phase is _Phase.MEASURING:
            self._accept(window)
        elif self._phase is _Phase.HIGHER:
            self._judge_higher(window, now)
        elif self._phase is _Phase.LOWER:
            self._judge_lower(window, now)
        else:
            self._throughput = (self._throughput + window.throughput) / 2
            self._latency = (self._latency + window.latency) / 2
        if now >= self._rest_until:
            self._begin_trial(now)
        else:
            self._phase = _Phase.RESTING
            self._set(self._level, now)

    def _accept(self, window: _Window) -> None:
        self._level = self.limit
        self._throughput = window.throughput
        self._latency = window.latency

    def _judge_higher(self, window: _Window, now: float) -> None:
        step = self.limit - self._level
        needed = self._rules.gain if step == 1 else max(self._rules.gain, self._rules.gain_share * step / self._level)
        if window.throughput > self._throughput * (1 + needed):
            self._accept(window)
            self._leaps = True
            return
        self._is_in_doubt = not self._is_hopeless()
        was_too_far = self._leaps and step > self._small_step() and self._is_in_doubt
        self._leaps = False
        if was_too_far:  # a small step is tried at once
            return
        if self._level > 1:  # a lower level as well
            self._next_trial = _Phase.LOWER
        else:
            self._rest(now, self._rules.trial_share)

    def _judge_lower(self, window: _Window, now: float) -> None:
        share = (self._level - self.limit) / self._level
        loss = max(self._rules.loss, self._rules.loss_share * share)
        accepted = window.throughput >= self._throughput * (1 - loss)
        if accepted:
            self._accept(window)
        if not accepted or self._level == 1:
            self._next_trial = _Phase.HIGHER
            self._rest(now, self._rules.lower_share)

    def _rest(self, now: float, share: float) -> None:
        """A trial costs something when it fails, so all of them together may take only a small share of the time.

        The first rests are short where more in flight did not clearly just wait: a level that was found in a moment may
        owe it to a hiccup.
        """
        if self._is_in_doubt and self._first_rest < self._rules.rest:
            self._rest_until = now + self._first_rest
            self._first_rest *= 2
        else:
            self._rest_until = now + max(self._rules.rest, (now - self._changed) / share)

    def _small_step(self) -> int:
        return max(1, self._level // 4)

    def _begin_trial(self, now: float) -> None:
        if self._next_trial is _Phase.HIGHER and self._level >= self._rules.most:
            self._next_trial = _Phase.LOWER
        self._phase = self._next_trial
        if self._phase is _Phase.LOWER:
            self._set(self._level - self._small_step(), now)
        else:
            step = self._level if self._leaps else self._small_step()
            self._set(min(self._rules.most, self._level + step), now)
