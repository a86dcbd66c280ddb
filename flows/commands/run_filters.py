"""Which of the runs `runs` lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError
from flows.runs.kinds import KINDS
from flows.settings.types import duration

if TYPE_CHECKING:
    from connectors.ledger.values import RunRecord

_STATUSES = ("succeeded", "partial", "refused", "failed", "running", "interrupted")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which runs are listed. since: a day (2026-11-20), or a length of time before now (7d)."""

    pipeline: str | None = None
    kind: str | None = None
    status: str | None = None
    since: str | None = None
    limit: int = 200

    def passing(self, found: Iterable[RunRecord], now: datetime) -> list[RunRecord]:
        """Those that pass, in the same order. Raises ConfigurationError for what is no status, kind or day."""
        _check("--status", self.status, _STATUSES)
        _check("--kind", self.kind, tuple(KINDS))
        begin = None if self.since is None else _begin(self.since, now)
        passing = (
            one
            for one in found
            if self.kind in (None, one.kind)
            and self.status in (None, one.status)
            and (begin is None or one.started_at >= begin)
        )
        return list(islice(passing, self.limit))


def _check(option: str, given: str | None, allowed: Sequence[str]) -> None:
    if given is not None and given not in allowed:
        raise ConfigurationError(f"{option} {given}: there is no such.", hint=f"It takes {', '.join(allowed)}.")


def _begin(since: str, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(since).astimezone(UTC)
    except ValueError:
        pass  # then it is a length of time, or nothing
    try:
        return now - duration(since)
    except ValueError:
        raise ConfigurationError(
            f"--since {since}: is neither a day nor a length of time.", hint="Write 2026-11-20 or 7d."
        ) from None
