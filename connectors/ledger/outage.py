"""A ledger that goes away for a moment: waited for, once for all threads, and nothing is repeated that may be done."""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from connectors.errors import CouldNotBeDone

T = TypeVar("T")

PATIENCE = 60.0  # seconds that a server which was there before may be away: it restarts, or another takes its place
_FIRST, _LONGEST = 0.05, 2.0  # seconds between tries, each time twice as long


class LedgerAway(CouldNotBeDone):
    """The database failed in the middle of its work. `is_lost`: its connection did, and another may be had.
    `may_be_done`: it failed while it was told that a transaction ends, so nobody knows whether that has happened."""

    def __init__(self, message: str, *, hint: str, is_lost: bool = False, may_be_done: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_lost = is_lost
        self.may_be_done = may_be_done

    @property
    def undone(self) -> LedgerAway:
        """The same, once somebody has looked: it has not happened."""
        return LedgerAway(self.message, hint=self.hint, is_lost=self.is_lost)


class Outage:
    """Since when the database is away, if it is. Whoever comes to it meanwhile waits for the rest of PATIENCE only."""

    def __init__(self) -> None:
        self.tell: Callable[[float], None] = lambda _seconds: None
        self._since: float | None = None
        self._lock = threading.Lock()

    def over(self) -> None:
        """The database has answered."""
        self._since = None

    def wait(self, pause: float) -> bool:
        """Wait before another try; whether there should be one."""
        now = time.monotonic()
        with self._lock:
            is_new, since = self._since is None, self._since or now
            self._since = since
        if is_new:
            self.tell(PATIENCE)
        if now - since >= PATIENCE:
            return False
        time.sleep(pause)
        return True


def waiting_for(outage: Outage, work: Callable[[], T]) -> T:
    """What `work` gives, begun again as a whole while the connection is lost and nothing of it can have happened."""
    pause = _FIRST
    while True:
        try:
            return work()
        except LedgerAway as away:
            if not away.is_lost or away.may_be_done or not outage.wait(pause):
                raise
            pause = min(2 * pause, _LONGEST)


def patient(method: Callable[..., T]) -> Callable[..., T]:
    """The method of a ledger's part, `waiting_for` its database. What it yields piece by piece cannot begin again."""
    if inspect.isgeneratorfunction(method) or method in _AT_ONCE:
        return method

    @functools.wraps(method)
    def waiting(part: Any, *given: Any, **named: Any) -> T:  # noqa: ANN401 - whatever the method takes
        return waiting_for(part._db.outage, lambda: method(part, *given, **named))  # noqa: SLF001 - its own part

    return waiting


_AT_ONCE: set[Callable[..., Any]] = set()


def at_once(method: Callable[..., T]) -> Callable[..., T]:
    """Marks a method whose caller asks again by itself: it fails at once where the database is away."""
    _AT_ONCE.add(method)
    return method
