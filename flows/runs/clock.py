"""What time it is for runs: what the machine's clock says, or, to practise or try out days in minutes, another.

Leases, which tell whether a process is alive, and what is measured go by the machine's clock in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

TimeSource = Callable[[], datetime]  # gives aware UTC times


def wall() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


_SOURCES: list[TimeSource] = [wall]  # the last one counts


def now() -> datetime:
    """The time for whatever is done in this process."""
    return _SOURCES[-1]()


@contextmanager
def time_of(source: TimeSource) -> Iterator[None]:
    """Within the block it is as late as this says, in all threads."""
    _SOURCES.append(source)
    try:
        yield
    finally:
        _SOURCES.pop()
