"""How many requests may be in flight: additive increase, multiplicative decrease. Pure: no clock, no threads.

Verboice usually answers one request at a time for the whole site (API sheet 12.3). There more in flight bring nothing,
and everybody waits longer in proportion, people on the phone lines too. So the limit begins at 1, and rises only while
that is seen to bring something (as TCP Vegas does), not until something fails.

Sign: with `limit` in flight, throughput is limit / mean latency (Little's law). The mean is over SAMPLE requests times
the root of the limit, after as many as the limit, which began among more or fewer.
Step: the root of the limit, rounded down, so 1 at first; a fixed one would drown in chance where many are in flight.
More: a step more is kept, and the next tried at once, where throughput rises by GAIN; otherwise the limit goes back.
Fewer: after a rest a step fewer is tried, and kept unless GAIN is lost; where it is, a step more is tried again. The
rest leaves trials of more TRIAL_SHARE of all time, times the root of the limit, as a step among many changes less.
Half: at once, when the server does not cope (429, 502-504, no answer), or takes twice as long twice in a row. But a
step on trial that it does not cope with is only taken back, and the pause before the next trial doubles each time.
"""

from __future__ import annotations

from math import inf, isqrt

MOST = 32  # as many threads as a push has
SAMPLE = 10  # requests; with more, trials get long, and with fewer, a single slow one decides
GAIN = 0.05  # less is chance, or fills a gap between requests that is not worth everybody's double wait
TRIAL_SHARE = 0.04  # below 0.05, so that 95 of 100 requests do not notice
CAUTION = 2.0  # seconds without a trial after a failure


class ConcurrencySearch:
    """`limit` is the number of requests that may be in flight; `observe` is told of each that took the last place."""

    def __init__(self) -> None:
        self._caution = CAUTION
        self._gave_way = -inf
        self._settle(1, -inf)

    def observe(self, now: float, latency: float, *, ok: bool) -> None:
        """A request ended at `now` after `latency` seconds; `ok` is False for 429, 502-504, no answer."""
        began = now - latency
        if not ok and began >= self._gave_way:  # those in flight together fail together
            self._give_way(now)
        elif ok and began >= self._since:
            self._ended += 1
            self._seconds += latency if self._ended > 0 else 0.0
            if self._ended == SAMPLE * isqrt(self.limit):
                judge = self._judge if self.limit == self._level else self._judge_trial
                judge(now, self.limit * self._ended / max(self._seconds, 1e-9))

    def _settle(self, level: int, now: float, *, up: bool = True, quiet: float = 0.0) -> None:
        """Go on from `level`, of which nothing is known yet, without a trial for `quiet` seconds."""
        self._level = level  # during a trial `limit` is another
        self._throughput, self._is_slow = 0.0, False
        self._up = up  # the way of the next trial
        self._rest_until = now + quiet
        self._measure(level, now)

    def _measure(self, limit: int, now: float) -> None:
        self.limit = limit
        self._since = now  # those that began before had another limit
        self._ended, self._seconds = -limit, 0.0

    def _give_way(self, now: float) -> None:
        self._gave_way = now
        if self.limit > self._level:
            self._settle(self._level, now, quiet=self._caution)
            self._caution *= 2
        else:
            self._settle(max(1, self.limit // 2), now, quiet=CAUTION)

    def _judge(self, now: float, throughput: float) -> None:
        was_slow, self._is_slow = self._is_slow, throughput < self._throughput / 2
        if was_slow and self._is_slow:  # once is a hiccup
            self._settle(max(1, self.limit // 2), now, up=False)
            return
        if not self._is_slow:
            self._throughput = (self._throughput + throughput) / 2 if self._throughput else throughput
        if self._is_slow or now < self._rest_until:
            self._measure(self._level, now)
        else:
            self._try_step(now)

    def _judge_trial(self, now: float, throughput: float) -> None:
        is_more = self.limit > self._level
        fewer, more = (self._throughput, throughput) if is_more else (throughput, self._throughput)
        if (more > fewer * (1 + GAIN)) == is_more:
            self._level, self._throughput = self.limit, throughput
            self._try_step(now)
            return
        self._rest_until = now + (now - self._since) / TRIAL_SHARE / isqrt(self._level)
        self._up = not is_more
        if is_more:
            self._measure(self._level, now)
        else:
            self._try_step(now)

    def _try_step(self, now: float) -> None:
        step = isqrt(self._level)
        self._measure(min(MOST, self._level + step) if self._up else max(1, self._level - step), now)
        if self.limit == self._level:  # no further that way
            self._up = not self._up
