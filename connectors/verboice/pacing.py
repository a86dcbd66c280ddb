"""When the next request may leave: how many at once, how many a second, and the pauses that everybody keeps.

One pacer is shared by all threads that talk to one server. A failure makes all of them pause once, a little longer each
time nothing gets through in between, and after several such rounds the pacer refuses to go on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.verboice.concurrency import ConcurrencySearch
from connectors.verboice.errors import NotWanted, ServerUnreachable

_NEWS = 1.0  # seconds by which a pause grows that is worth telling: those in flight together fail together
_LOOK = 0.2  # seconds between looks at whether a request that sits out a pause is still wanted


@dataclass(frozen=True, slots=True)
class PauseRules:
    """Seconds to pause after the first failed round, growing by `growth` up to `longest`, spread by `jitter`.

    longest_asked: the longest Retry-After that is sat out. Who is asked to wait longer is not sent again, and the rest
    wait no longer than that. rounds: after so many failed rounds in a row the circuit breaker opens.
    """

    first: float = 0.1
    growth: float = 4.0
    longest: float = 30.0
    jitter: float = 0.25
    longest_asked: float = 120.0
    rounds: int = 6

    def pause(self, failed_rounds: int, asked: float | None) -> float:
        """Seconds to pause after so many failed rounds in a row, where the server may have asked for more."""
        own = min(self.longest, self.first * self.growth ** (failed_rounds - 1))
        spread = random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - spreads load, guards nothing
        return max(own * spread, min(asked or 0.0, self.longest_asked))


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many requests have ended so far, and how many of them the server did not cope with."""

    ended: int = 0
    failed: int = 0

    def is_about_one(self, earlier: Traffic) -> bool:
        """Whether a request that failed since `earlier` says nothing of others: some of those got through meanwhile,
        or there were none."""
        ended, failed = self.ended - earlier.ended, self.failed - earlier.failed
        return ended > failed or ended == 1


@dataclass(slots=True)
class Slot:
    """One request's leave.

    began: when it was given. tells: whether the request's latency says how many fit: it is a small one, and took the
    last place.
    """

    began: float
    tells: bool
    has_failed: bool = False
    asked: float | None = None

    def failed(self, retry_after: float | None = None) -> None:
        """The server did not cope: 429, 502-504, no connection, no answer. `retry_after`: the seconds it asked for."""
        self.has_failed = True
        self.asked = retry_after


class Pacer:
    """Thread-safe. `with pacer.slot() as slot:` around each request; `slot.failed()` when the server did not cope."""

    def __init__(
        self,
        *,
        limit: int = 1,
        search: ConcurrencySearch | None = None,
        rate_limit: float | None = None,
        rules: PauseRules | None = None,
    ) -> None:
        """`search` finds the limit; without it `limit` stays. `rate_limit` is in requests per second."""
        self._limit = limit
        self._search = search
        self._spacing = 1 / rate_limit if rate_limit else 0.0
        self._rules = rules or PauseRules()
        self._free = threading.Condition()
        self._in_flight = 0
        self._earliest = 0.0
        self._failed_rounds = 0
        self._failed_at = 0.0
        self._traffic = Traffic()
        self._stop = threading.Event()
        self._tell: Callable[[float], None] = lambda _seconds: None

    def tell_pauses(self, tell: Callable[[float], None]) -> None:
        """`tell` is given the seconds of each pause that a failure makes everybody keep, as it begins."""
        self._tell = tell

    @classmethod
    def fixed(cls, limit: int, rate_limit: float | None = None) -> Pacer:
        return cls(limit=limit, rate_limit=rate_limit)

    @classmethod
    def auto(cls, rate_limit: float | None = None) -> Pacer:
        return cls(search=ConcurrencySearch(), rate_limit=rate_limit)

    @property
    def traffic(self) -> Traffic:
        return self._traffic

    @property
    def limit(self) -> int:
        """The most requests in flight, as of now."""
        return self._search.limit if self._search else self._limit

    def stop_when(self, stop: threading.Event) -> None:
        """Whoever sits out a pause gives up once `stop` is set; who need not wait is not concerned."""
        self._stop = stop

    def would_wait(self, asked: float | None) -> bool:
        """Whether a request is repeated after as many seconds as the server asked for."""
        return asked is None or asked <= self._rules.longest_asked

    @contextmanager
    def slot(self, *, is_small: bool = True, unless: threading.Event | None = None) -> Iterator[Slot]:
        """Leave for one request. Large ones (`is_small=False`) say nothing about how many small ones fit.

        Raises ServerUnreachable when the breaker is open or a pause is interrupted, and NotWanted once `unless` is set.
        """
        slot = self._enter(is_small, unless)
        try:
            yield slot
        finally:
            self.leave(slot)

    def _enter(self, is_small: bool, unless: threading.Event | None) -> Slot:
        with self._free:
            while True:
                self._refuse(unless)
                now = time.monotonic()
                if self._in_flight >= self.limit:
                    self._free.wait()
                elif now < self._earliest:
                    self._sit_out(self._earliest - now)
                else:
                    break
            self._in_flight += 1
            self._earliest = now + self._spacing
            return Slot(now, tells=is_small and self._in_flight == self.limit)

    def _refuse(self, unless: threading.Event | None) -> None:
        if unless is not None and unless.is_set():
            self._free.notify()  # the leave that woke this one is the next one's
            raise NotWanted("Not sent: the run was stopped before.")
        if self._is_open:
            raise ServerUnreachable(
                f"Verboice failed {self._failed_rounds} times in a row, so no more is sent.",
                hint="Try again when the server is well; what was done is kept.",
                again=False,
            )

    def _sit_out(self, seconds: float) -> None:
        if self._stop.is_set():
            raise ServerUnreachable(
                "Interrupted while a request had to wait; it was not sent.",
                hint="Start the command again.",
                again=False,
            )
        self._free.wait(min(seconds, _LOOK))

    def leave(self, slot: Slot) -> None:
        """The request has ended."""
        now = time.monotonic()
        longer = 0.0
        with self._free:
            self._in_flight -= 1
            self._traffic = Traffic(self._traffic.ended + 1, self._traffic.failed + slot.has_failed)
            if slot.has_failed:
                longer = self._note_failure(slot, now)
            else:
                self._failed_rounds = 0
            if self._search is not None and (slot.tells or slot.has_failed):
                self._search.observe(now, now - slot.began, ok=not slot.has_failed)
            if self._is_open:
                self._free.notify_all()
            else:
                self._free.notify(self.limit - self._in_flight)
        if longer:
            self._tell(longer)

    def _note_failure(self, slot: Slot, now: float) -> float:
        """Seconds that everybody pauses from now on; 0 where they did so long already."""
        if slot.began >= self._failed_at:  # those in flight together fail together, that is one round
            self._failed_rounds += 1
            self._failed_at = now
        before = self._earliest
        self._earliest = max(before, now + self._rules.pause(self._failed_rounds, slot.asked))
        return self._earliest - now if self._earliest - before >= _NEWS else 0.0

    @property
    def _is_open(self) -> bool:
        """The circuit breaker's state."""
        return self._failed_rounds >= self._rules.rounds
