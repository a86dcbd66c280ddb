"""What the ledger takes and gives back: frozen values, all date-times aware and in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pyarrow as pa

RunStatus = Literal["running", "succeeded", "partial", "refused", "failed", "interrupted"]
WriteState = Literal["planned", "sending", "done", "failed", "uncertain", "skipped"]
CallState = Literal["sending", "queued", "failed", "uncertain", "not_placed"]
InboxState = Literal["processing", "done", "to_fix", "failed"]


KEYED = "keyed:"
"""What a keyed hash of a person begins with (`connectors.ledger.people`); no address key and no identity of a call
does."""


@dataclass(frozen=True, slots=True)
class Trail:
    """By what a person stands in the ledger.

    names: their addresses, in every spelling that is kept, and the keys of these.
    contacts: what they are in Verboice: (server, project id, contact id).
    """

    names: frozenset[str]
    contacts: frozenset[tuple[str, int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """What remembered values belong to: a pipeline pointed at another server or project starts without a memory."""

    server: str
    project_id: int
    pipeline: str


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """A pipeline's memory of values: what it states, from which source, when it last did, and whose it was before."""

    pipeline: str
    source: str | None = None
    variables: Sequence[str] | None = None
    counted_at: datetime | None = None
    inherited_from: str | None = None
    inherited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a command. `options`, `counts` (rows per bucket), `requests` and `summary` are JSON objects.

    stop_asked_at: when somebody asked a run at work to stop.
    """

    run_id: str
    pipeline: str
    kind: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    server: str | None = None
    project_id: int | None = None
    project_name: str | None = None
    plan_checksum: str | None = None
    approved_by: str | None = None
    resumes: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    requests: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    stop_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was made. `body` is None where only its use is known, because it was made on another machine."""

    checksum: str
    made_by: str
    pipeline: str
    made_at: datetime
    body: bytes | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SettledWrite:
    """How one write ended; `planned` = provably not sent after all. `contact_id` is given for creates."""

    seq: int
    state: Literal["done", "failed", "uncertain", "skipped", "planned"]
    reason: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one run to push. `token` grows with every holder, so that a late one can be told apart."""

    name: str
    run_id: str
    holder: str
    token: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CallIntent:
    """A call about to be asked for. `server` keeps practice runs apart from real ones; `again_reason` overrides.

    `pipeline` says who asks; what is the same call does not depend on it.
    """

    run_id: str
    row: int
    server: str
    project_id: int
    pipeline: str
    identity: str
    address_key: str
    address: str
    campaign: str = ""
    again_reason: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """One person is called at most `calls` times `within` so long.

    project_id: only calls for this project count; None = for any of the server. besides: not those of this run. since:
    nor any before this moment.
    """

    calls: int
    within: timedelta
    project_id: int | None = None
    besides: str = ""
    since: datetime | None = None

    def counted_after(self, now: datetime) -> datetime:
        """After when calls count."""
        return max(filter(None, (now - self.within, self.since)))


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the ledger knows it: `state` is what became of asking, `call_state` what the server last said.

    not_before: from when on it could ring, where that was later than asking.
    """

    run_id: str
    row: int
    server: str
    pipeline: str
    identity: str
    nth: int
    campaign: str
    address_key: str
    address: str
    state: CallState
    attempts: int
    asked_at: datetime
    project_id: int | None = None
    call_id: int | None = None
    settled_at: datetime | None = None
    reason: str = ""
    again_reason: str = ""
    call_state: str = ""
    fail_reason: str = ""
    details: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tracked_at: datetime | None = None
    not_before: datetime | None = None

    @property
    def rings_at(self) -> datetime:
        """When it rang, or may ring at the earliest."""
        return max(filter(None, (self.asked_at, self.not_before, self.started_at)))


@dataclass(frozen=True, slots=True)
class CallNews:
    """What the server says about a call now."""

    run_id: str
    row: int
    call_state: str
    fail_reason: str = ""
    details: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Since when, by whom and why somebody is on the ledger's list of people who are never called."""

    listed_at: datetime
    listed_by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """A measured cost of a server, such as seconds per listed contact."""

    value: float
    samples: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How large both sides were when last seen whole, and when everything was last compared."""

    contacts: int | None = None
    rows: int | None = None
    counted_at: datetime | None = None
    full_check_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a source was read by a cursor column, as text; `run_id` settled these rows."""

    value: str
    run_id: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file of a pipeline's inbox, known by its content."""

    pipeline: str
    content_hash: str
    name: str
    state: InboxState
    run_id: str
    claimed_at: datetime
    finished_at: datetime | None = None
    reason: str = ""


ROWS = pa.schema(
    [
        ("row", pa.int64()),
        ("address_key", pa.string()),
        ("address", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("contact_id", pa.int64()),
    ]
)
"""Rows of a run that did not end as `unchanged`."""

WRITES = pa.schema(
    [
        ("seq", pa.int64()),
        ("kind", pa.string()),  # put | post | bulk
        ("contact_id", pa.int64()),  # null for creates and bulk
        ("address", pa.string()),  # the spelling Verboice stores, "" for bulk
        ("row", pa.int64()),  # null where no single row asked for it
    ]
)
"""Requests a plan will send, numbered by `seq` within the run."""

CHANGES = pa.schema(
    [
        ("seq", pa.int64()),
        ("contact_id", pa.int64()),
        ("variable", pa.string()),
        ("before", pa.string()),  # null = was absent
        ("after", pa.string()),
    ]
)
"""What each write changes, value by value."""

VALUES = pa.schema(
    [
        ("contact_id", pa.int64()),
        ("variable", pa.string()),
        ("source_value", pa.string()),
        ("remote_value", pa.string()),
    ]
)
"""The three-way base: what both sides said when last seen equal, or written."""

ADDRESSES = pa.schema(
    [
        ("server", pa.string()),  # null where a run ended before it was known, likewise the project
        ("project_id", pa.int64()),
        ("contact_id", pa.int64()),
        ("address", pa.string()),
    ]
)
"""Addresses that the ledger keeps, and the contacts it knows them to be of."""

SETTLED = pa.schema(
    [
        ("address_key", pa.string()),
        ("content_hash", pa.string()),
        ("contact_id", pa.int64()),
        ("address", pa.string()),
    ]
)
"""Rows whose content is known to have arrived."""
