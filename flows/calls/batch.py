"""A batch: exactly what would be asked for, and what becomes of every other row. One frozen value."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

import orjson

from connectors.values import CallRequest
from flows.calls.forecast import Forecast
from flows.calls.hours import Stretch
from flows.contacts.people.reading.renumbered import aliases

CHECKSUM_LENGTH = 16


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call to be asked for. zones: time zones that the person may be in, where hours matter; () = nobody knows.
    follows: the number in the ledger of the attempt before it; None for a first one. stretch: when it may ring by
    `calls.hours`; None without. It is found anew at each sending, and no part of what a checksum approves."""

    row: int
    key: str
    identity: str
    request: CallRequest
    zones: tuple[str, ...] = ()
    follows: int | None = None
    stretch: Stretch | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of the person, today's first."""
        return (self.key, *aliases(self.key))

    @property
    def to_send(self) -> CallRequest:
        """What Verboice is asked. Hours are told in UTC, because its own tables of time zones are of 2018."""
        if self.stretch is None:
            return self.request
        start, end = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (self.stretch.start, self.stretch.end))
        return replace(self.request, not_before=start, not_after=end, time_zone="UTC")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What becomes of a row: its bucket (`queued` if asked for and accepted), why, the column to look at, and the
    contact of the project it is about, as far as that is known."""

    row: int
    status: str
    reason: str = ""
    column: str = ""
    contact_id: int | None = None


@dataclass(frozen=True)
class Batch:
    """What would be sent, and where. `outcomes` has one entry per selected row, in the source's order.

    again: why people are rung although they have been; "" = the ledger decides. forecast: how long it will take, with
    what is left for other days; None of a batch that an earlier version made.
    """

    server: str
    project_id: int
    project_name: str
    calls: tuple[PlannedCall, ...]
    outcomes: tuple[RowOutcome, ...]
    campaign: str = ""
    again: str = ""
    notes: tuple[str, ...] = field(default=())
    forecast: Forecast | None = None

    @cached_property
    def checksum(self) -> str:
        """Names exactly what would be asked: equal for equal sets of calls, whatever their order in the file."""
        calls = sorted(_named(call) for call in self.calls)
        body = orjson.dumps([self.server, self.project_id, self.campaign]) + b"\n".join(calls)
        return hashlib.sha256(body).hexdigest()[:CHECKSUM_LENGTH]

    @property
    def size(self) -> int:
        """How many people would be called."""
        return len(self.calls)

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to call."""
        return not self.calls

    def count(self, status: str) -> int:
        """Rows in one bucket."""
        return sum(outcome.status == status for outcome in self.outcomes)


def _named(call: PlannedCall) -> bytes:
    asked = orjson.dumps(asdict(call.request), option=orjson.OPT_SORT_KEYS)
    return asked + orjson.dumps(call.zones) if call.zones else asked
