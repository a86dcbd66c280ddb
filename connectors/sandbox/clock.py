"""The sandbox's time, and moments as they are stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Clock:
    """The time of `source`, moved on by `offset`."""

    source: Callable[[], datetime] = wall_clock
    offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return self.source() + self.offset


def as_text(moment: datetime | None) -> str | None:
    """UTC to the second, as stored and as shown."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
