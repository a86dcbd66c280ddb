"""The record of calls: on disk before a call is asked for, so that nobody is rung twice unknowingly.

begin_call  → sending    ── answer ──→ queued | failed
                 │        ── surely never arrived ──→ not_placed (may be begun again)
                 └─ no answer, or a crash ──→ uncertain ── resolved by a person ──→ queued | not_placed
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.leases import must_hold
from connectors.ledger.part import Part, added, every, fields, given, grouped, insert_for
from connectors.ledger.values import Call, CallIntent, CallNews, CallState, Lease

_CALL = sa.select(*fields(schema.calls, Call))
_C = schema.calls.c
_RINGS: tuple[CallState, ...] = ("sending", "queued", "uncertain")  # these ring somebody, or may


class AlreadyAsked(Exception):  # noqa: N818 - what is known, rather than what went wrong
    """This call was asked for before, and rang or may have: `earlier` is that call. Nothing may be sent."""

    def __init__(self, earlier: Call) -> None:
        super().__init__(f"already {earlier.state} by run {earlier.run_id}, row {earlier.row}")
        self.earlier = earlier


class Calls(Part):
    def begin_call(self, intent: CallIntent, at: datetime, *, lease: Lease | None = None) -> None:
        """Says, durably, that this call is about to be asked for. Send only after it returns.

        Raises AlreadyAsked where the same identity rang or may have, unless the intent has an `again_reason`; a row
        begins at most once per run in any case, except after `not_placed`. Raises LeaseLost if another run took over.
        """
        with self._db.writing() as connection:
            must_hold(connection, lease)
            same = (_C.server == intent.server, _C.pipeline == intent.pipeline, _C.identity == intent.identity)
            earlier = every(connection, _CALL.where(*same).order_by(_C.nth), Call)
            own = next((call for call in earlier if (call.run_id, call.row) == (intent.run_id, intent.row)), None)
            if own is not None and own.state == "not_placed":
                _begin_again(connection, own, at)
                return
            blocking = [call for call in earlier if call.state in _RINGS and not intent.again_reason]
            if own is not None or blocking:
                raise AlreadyAsked(own or blocking[-1])
            nth = earlier[-1].nth + 1 if earlier else 0
            if not _added(connection, intent, nth, at):  # another process was between our look and our insert
                raise AlreadyAsked(every(connection, _CALL.where(*same).order_by(_C.nth.desc()), Call)[0])

    def settle_call(
        self, run_id: str, row: int, state: CallState, at: datetime, *, call_id: int | None = None, reason: str = ""
    ) -> None:
        """Says how asking ended, or how a person resolved an uncertain call. ValueError for a call settled already."""
        open_call = _this(run_id, row).where(_C.state.in_(["sending", "uncertain"]))
        call_state = "queued" if state == "queued" else ""
        with self._db.writing() as connection:
            told = open_call.values(state=state, settled_at=at, reason=reason, call_state=call_state)
            told = told if call_id is None else told.values(call_id=call_id)
            if connection.execute(told).rowcount != 1:
                raise ValueError(f"the call of row {row} of run {run_id} is unknown or settled already")

    def strand_calls(self, run_id: str, at: datetime, reason: str) -> int:
        """Makes the calls a crash caught in the air (`sending`) uncertain; how many there were."""
        caught = sa.update(schema.calls).where(_C.run_id == run_id, _C.state == "sending")
        with self._db.writing() as connection:
            return connection.execute(caught.values(state="uncertain", settled_at=at, reason=reason)).rowcount

    def track_calls(self, news: Sequence[CallNews], at: datetime) -> None:
        """Keeps what the server says about calls now."""
        with self._db.writing() as connection:
            for call in news:
                told = asdict(call)
                connection.execute(_this(told.pop("run_id"), told.pop("row")).values(told | {"tracked_at": at}))

    def calls_by_identity(
        self, pipeline: str, identities: Collection[str], *, server: str, states: Collection[CallState] = _RINGS
    ) -> dict[str, Call]:
        """The latest call of each identity that has one in these states (default: those that rang or may have)."""
        here = (_C.pipeline == pipeline, _C.server == server, _C.state.in_(states))
        found: dict[str, Call] = {}
        with self._db.reading() as connection:
            for group in grouped(list(identities)):
                query = _CALL.where(*here, _C.identity.in_(group)).order_by(_C.nth)
                found |= {call.identity: call for call in every(connection, query, Call)}
        return found

    def calls_since(
        self, pipeline: str, address_keys: Collection[str], since: datetime, *, server: str
    ) -> dict[str, Call]:
        """The latest call per address that was asked for at or after `since` and rang or may have."""
        query = _CALL.where(
            _C.pipeline == pipeline, _C.server == server, _C.asked_at >= since, _C.state.in_(_RINGS)
        ).order_by(_C.asked_at)
        wanted = set(address_keys)
        with self._db.reading() as connection:
            return {call.address_key: call for call in every(connection, query, Call) if call.address_key in wanted}

    def calls_of_run(self, run_id: str, states: Collection[CallState] | None = None) -> list[Call]:
        """The run's calls in the order of the source."""
        query = _CALL.where(_C.run_id == run_id).order_by(_C.row)
        with self._db.reading() as connection:
            return every(connection, query if states is None else query.where(_C.state.in_(states)), Call)

    def uncertain_calls(self, run_id: str) -> list[Call]:
        """Calls that may have been placed: nobody knows until somebody asks."""
        return self.calls_of_run(run_id, ["uncertain"])


def _added(connection: Connection, intent: CallIntent, nth: int, at: datetime) -> bool:
    empty: dict[str, object] = {"reason": "", "call_state": "", "fail_reason": ""}
    columns = given(intent) | empty | {"nth": nth, "state": "sending", "attempts": 1, "asked_at": at}
    return added(connection, insert_for(connection, schema.calls).values(columns))


def _begin_again(connection: Connection, call: Call, at: datetime) -> None:
    again = _this(call.run_id, call.row).where(_C.state == "not_placed")
    columns = {"state": "sending", "attempts": call.attempts + 1, "asked_at": at, "settled_at": None, "reason": ""}
    if connection.execute(again.values(columns)).rowcount != 1:
        raise AlreadyAsked(call)


def _this(run_id: str, row: int) -> sa.Update:
    return sa.update(schema.calls).where(_C.run_id == run_id, _C.row == row)
