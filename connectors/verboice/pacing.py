"""When the next request may leave: how many at once, how many a second, and the pauses that everybody keeps.

One pacer is shared by all threads that talk to one server. A failure makes all of them pause once, a little longer each
time nothing gets through in between, and after several such rounds the pacer refuses to go on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from connectors.verboice.concurrency import ConcurrencySearch
from connectors.verboice.errors import NotWanted, ServerUnreachable

_NEWS = 1.0  # seconds by which a pause grows that is worth telling: those in flight together fail together
_LOOK = 0.2  # seconds between looks at whether a request that sits out a pause is still wanted


@dataclass(frozen=True, slots=True)
class PauseRules:
    """Seconds to pause after the first failed round, growing by `growth` up to `longest`, spread by `jitter`.

    longest_asked bounds a Retry-After. too_long: a request that should wait longer is not repeated at all. rounds:
    after so many failed rounds in a row the circuit breaker opens.
    """

    first: float = 0.1
    growth: float = 4.0
    longest: float = 30.0
    jitter: float = 0.25
    longest_asked: float = 120.0
    too_long: float = 120.0
    rounds: int = 6


@dataclass(frozen=True, slots=True)
class Record:
    """How many requests have ended so far, and how many of them the server did not cope with."""

    ended: int = 0
    failed: int = 0

    def with_one(self, *, failed: bool) -> Record:
        return Record(self.ended + 1, self.failed + failed)

    def is_about_one(self, earlier: Record) -> bool:
        """Whether a request that failed since `earlier` says nothing of others: some of those got through meanwhile,
        or there were none."""
        ended, failed = self.ended - earlier.ended, self.failed - earlier.failed
        return ended > failed or ended == 1


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
        self._limit = search.limit if search else limit
        self._search = search
        self._spacing = 1 / rate_limit if rate_limit else 0.0
        self._rules = rules or PauseRules()
        self._free = threading.Condition()
        self._in_flight = 0
        self._next_start = 0.0
        self._paused_until = 0.0
        self._failed_rounds = 0
        self._failed_at = 0.0
        self._record = Record()
        self._stop = threading.Event()
        self._tell: Callable[[float], None] = lambda _seconds: None

    def tell_pauses(self, tell: Callable[[float], None]) -> None:
        """`tell` is given the seconds of each pause that a failure makes everybody keep, as it begins."""
        self._tell = tell

    def stop_when(self, stop: threading.Event) -> None:
        """Whoever waits for leave gives up once `stop` is set; who need not wait is not concerned."""
        self._stop = stop

    def would_wait(self, asked: float | None) -> bool:
        """Whether a request is repeated after as many seconds as the server asked for."""
        return asked is None or asked <= self._rules.too_long

    @classmethod
    def fixed(cls, limit: int, rate_limit: float | None = None) -> Pacer:
        return cls(limit=limit, rate_limit=rate_limit)

    @classmethod
    def auto(cls, rate_limit: float | None = None) -> Pacer:
        return cls(search=ConcurrencySearch(), rate_limit=rate_limit)

    @property
    def record(self) -> Record:
        return self._record

    @property
    def limit(self) -> int:
        """The most requests in flight, as of now."""
        return self._limit

    def slot(self, *, is_small: bool = True, unless: threading.Event | None = None) -> Slot:
        """Leave for one request. Large ones (`is_small=False`) say nothing about how many small ones fit."""
        return Slot(self, is_small=is_small, unless=unless)

    def pause(self, seconds: float) -> None:
        """Let nobody start for so many seconds from now; a longer pause already running stays."""
        with self._free:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def enter(self, unless: threading.Event | None = None) -> float:
        """Wait for leave; the moment it was given.

        Raises ServerUnreachable when the breaker is open or a pause is interrupted, and NotWanted once `unless` is set.
        """
        with self._free:
            while True:
                if unless is not None and unless.is_set():
                    self._free.notify()  # the leave that woke this one is the next one's
                    raise NotWanted("Not sent: the run was stopped before.")
                if self._failed_rounds >= self._rules.rounds:
                    raise ServerUnreachable(
                        f"Verboice failed {self._failed_rounds} times in a row, so no more is sent.",
                        hint="Try again when the server is well; what was done is kept.",
                        again=False,
                    )
                now = time.monotonic()
                early = max(self._paused_until, self._next_start) - now
                if self._in_flight >= self._limit:
                    self._free.wait()
                elif early > 0:
                    if self._stop.is_set():
                        raise ServerUnreachable(
                            "Interrupted while a request had to wait; it was not sent.", again=False
                        )
                    self._free.wait(min(early, _LOOK))
                else:
                    break
            self._in_flight += 1
            self._next_start = now + self._spacing
            return now

    def leave(self, began: float, *, failed: bool, asked: float | None, is_small: bool) -> None:
        """A request that began at `began` has ended; `asked` is the pause in seconds that the server asked for."""
        now = time.monotonic()
        longer = 0.0
        with self._free:
            self._in_flight -= 1
            self._record = self._record.with_one(failed=failed)
            if failed:
                longer = self._note_failure(began, now, asked)
            else:
                self._failed_rounds = 0
            if self._search is not None and (is_small or failed):
                self._search.observe(now, now - began, ok=not failed)
                self._limit = self._search.limit
            if self._failed_rounds >= self._rules.rounds:
                self._free.notify_all()
            elif self._in_flight < self._limit:
                self._free.notify(self._limit - self._in_flight)
        if longer:
            self._tell(longer)

    def _note_failure(self, began: float, now: float, asked: float | None) -> float:
        """Seconds that everybody pauses from now on; 0 where they did so long already."""
        if began >= self._failed_at:  # those in flight together fail together, that is one round
            self._failed_rounds += 1
            self._failed_at = now
        rules = self._rules
        pause = min(rules.longest, rules.first * rules.growth ** (self._failed_rounds - 1))
        pause *= random.uniform(1 - rules.jitter, 1 + rules.jitter)  # noqa: S311 - spreads load, guards nothing
        if asked is not None:
            pause = max(pause, min(asked, rules.longest_asked))
        paused, self._paused_until = self._paused_until, max(self._paused_until, now + pause)
        return self._paused_until - now if self._paused_until - paused >= _NEWS else 0.0


class Slot:
    """One request's leave."""

    def __init__(self, pacer: Pacer, *, is_small: bool, unless: threading.Event | None = None) -> None:
        self._pacer = pacer
        self._is_small = is_small
        self._unless = unless
        self._began = 0.0
        self._failed = False
        self._asked: float | None = None

    def failed(self, retry_after: float | None = None) -> None:
        """The server did not cope: 429, 502-504, no connection, no answer."""
        self._failed = True
        self._asked = retry_after

    def __enter__(self) -> Self:
        self._began = self._pacer.enter(self._unless)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pacer.leave(self._began, failed=self._failed, asked=self._asked, is_small=self._is_small)
