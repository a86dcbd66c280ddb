"""The record of calls: on disk before a call is asked for, so that nobody is rung twice unknowingly.

begin_call  → sending    ── answer ──→ queued | failed
                 │        ── surely never arrived ──→ not_placed (may be begun again)
                 └─ no answer, or a crash ──→ uncertain ── resolved by a person ──→ queued | not_placed
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from connectors.ledger import schema
from connectors.ledger.leases import must_hold
from connectors.ledger.never import check_never
from connectors.ledger.part import LedgerPart, every, fields, given, grouped, insert_for, new_only
from connectors.ledger.people import PeopleKey, kept_key
from connectors.ledger.values import KEYED, Call, CallIntent, CallNews, CallState, Cap, Lease

_CALL = sa.select(*fields(schema.calls, Call))
_C = schema.calls.c
_SAME = _CALL.where(*(_C[name] == sa.bindparam(name) for name in ("server", "identity"))).order_by(_C.nth)
FORMER = "1:"  # before identities in which the pipeline's name had a part: migration 0003 has marked them
RINGS: tuple[CallState, ...] = ("sending", "queued", "uncertain")  # these ring somebody, or may


class AlreadyAsked(Exception):  # noqa: N818 - what is known, rather than what went wrong
    """This call was asked for before, and rang or may have: `earlier` is that call. Nothing may be sent."""

    def __init__(self, earlier: Call) -> None:
        super().__init__(f"already {earlier.state} by run {earlier.run_id}, row {earlier.row}")
        self.earlier = earlier


class CalledLately(Exception):  # noqa: N818 - as above
    """The person was called as often as `cap` allows, with whatever. `earlier` is the call that has to be longer ago
    before there may be another. Nothing may be sent."""

    def __init__(self, earlier: Call, cap: Cap) -> None:
        super().__init__(f"called {earlier.asked_at:%Y-%m-%d %H:%M} UTC by run {earlier.run_id}, row {earlier.row}")
        self.earlier = earlier
        self.cap = cap


class CallRecords(LedgerPart):
    def begin_call(
        self,
        intent: CallIntent,
        at: datetime,
        *,
        lease: Lease | None = None,
        caps: Sequence[Cap] = (),
        known_as: Collection[str] = (),
        follows: int | None = None,
    ) -> None:
        """Says, durably, that this call is about to be asked for. Send only after it returns.

        Raises AlreadyAsked where the same identity rang or may have, unless the intent has an `again_reason`; a row
        begins at most once per run in any case, except after `not_placed` where no other run has asked for it since.
        Raises CalledLately where a cap is reached: of several processes that come to one person at the same moment,
        each with another call, only so many get through as it allows. Calls of people who were forgotten since count
        like all others. known_as: other keys of the person.
        follows: the `nth` of the attempt that this one follows; AlreadyAsked where another has followed it.
        Raises NeverCalled where the person is on the ledger's list, LeaseLost if another run took over.
        """
        with self._unless(lambda: self._stands(intent.run_id, intent.row, "sending")), self._db.writing() as connection:
            must_hold(connection, lease)
            check_never(connection, {intent.address_key, *known_as})
            _check_forgotten(connection, intent)
            if caps:
                _check_caps(connection, intent, caps, at, known_as)
            if not _added(connection, intent, 0 if follows is None else follows + 1, at):
                _begin_once_more(connection, intent, at, is_attempt=follows is not None)

    def settle_call(
        self, run_id: str, row: int, state: CallState, at: datetime, *, call_id: int | None = None, reason: str = ""
    ) -> None:
        """Says how asking ended, or how a person resolved an uncertain call. ValueError for a call settled already."""
        told = {"of_run": run_id, "of_row": row, "to_state": state, "at": at, "why": reason, "new_call_id": call_id}
        told["to_call_state"] = "queued" if state == "queued" else ""
        with self._unless(lambda: self._stands(run_id, row, state)), self._db.writing(durable=False) as connection:
            if connection.execute(_settling(connection.dialect), told).rowcount != 1:
                raise ValueError(f"the call of row {row} of run {run_id} is unknown or settled already")

    def _stands(self, run_id: str, row: int, state: CallState) -> bool:
        return any(call.row == row for call in self.calls_of_run(run_id, [state]))

    def strand_calls(self, run_id: str, at: datetime, reason: str) -> int:
        """Makes the calls a crash caught in the air (`sending`) uncertain; how many there were."""
        caught = sa.update(schema.calls).where(_C.run_id == run_id, _C.state == "sending")
        with self._db.writing(again=True) as connection:
            return connection.execute(caught.values(state="uncertain", settled_at=at, reason=reason)).rowcount

    def track_calls(self, news: Sequence[CallNews], at: datetime) -> None:
        """Keeps what the server says about calls now."""
        with self._db.writing(again=True) as connection:
            for call in news:
                told = asdict(call)
                connection.execute(_this(told.pop("run_id"), told.pop("row")).values(told | {"tracked_at": at}))

    def calls_by_identity(
        self, identities: Collection[str], *, server: str, states: Collection[CallState] = RINGS
    ) -> dict[str, Call]:
        """The latest call of each identity that has one in these states (default: those that rang or may have)."""
        here = (_C.server == server, _C.state.in_(states))
        found: dict[str, Call] = {}
        with self._db.reading() as connection:
            names = _names(connection, identities)
            for group in grouped(list(names)):
                query = _CALL.where(*here, _C.identity.in_(group)).order_by(_C.nth)
                calls = every(connection, query, Call)
                found |= {names[call.identity]: replace(call, identity=names[call.identity]) for call in calls}
        return found

    def pipelines_of_former_identities(self, server: str) -> list[str]:
        """Names of the pipelines of which calls are kept whose identities begin with FORMER, or may have before they
        were hashed."""
        former = sa.or_(_C.identity.like(f"{FORMER}%"), _C.identity.like(f"{KEYED}%"))
        query = sa.select(_C.pipeline).distinct().where(_C.server == server, former)
        with self._db.reading() as connection:
            return list(connection.execute(query.order_by(_C.pipeline)).scalars())

    def uncertain_calls(self, pipeline: str) -> dict[str, int]:
        """How many of the pipeline's calls nobody knows to have rung or not, by the run that asked for them."""
        query = sa.select(_C.run_id, sa.func.count()).where(_C.pipeline == pipeline, _C.state == "uncertain")
        with self._db.reading() as connection:
            found = connection.execute(query.group_by(_C.run_id).order_by(_C.run_id))
            return {run_id: int(count) for run_id, count in found}

    def calls_counted(
        self, address_keys: Collection[str], cap: Cap, *, server: str, now: datetime
    ) -> dict[str, list[Call]]:
        """The calls of each address that count for the cap, in the order in which they rang or may: those that were
        accepted or may have been, also where the project was not kept, and were not taken out of the queue again."""
        found: dict[str, list[Call]] = {}
        with self._db.reading() as connection:
            names = _names(connection, address_keys)
            for group in grouped(list(names)):
                query = _counted(server, cap, now).where(_C.address_key.in_(group))
                for call in every(connection, query, Call):
                    key = names[call.address_key]
                    found.setdefault(key, []).append(replace(call, address_key=key))
        return {key: sorted(calls, key=_RINGS_AT) for key, calls in found.items()}

    def every_attempt(self, identities: Collection[str], *, server: str) -> dict[str, list[Call]]:
        """All calls of each identity, whatever became of them, the first one first."""
        found: dict[str, list[Call]] = {}
        with self._db.reading() as connection:
            for group in grouped(sorted(identities)):
                query = _CALL.where(_C.server == server, _C.identity.in_(group)).order_by(_C.nth)
                for call in every(connection, query, Call):
                    found.setdefault(call.identity, []).append(call)
        return found

    def runs_with_failed_calls(self, server: str, pipeline: str, *, since: datetime) -> list[str]:
        """The pipeline's runs with calls, asked for since then, of which the server says that they failed; the oldest
        first."""
        is_failed = (_C.asked_at >= since, _C.state == "queued", _C.call_state == "failed")
        query = sa.select(_C.run_id).where(_C.server == server, _C.pipeline == pipeline, *is_failed)
        with self._db.reading() as connection:
            return list(connection.execute(query.distinct().order_by(_C.run_id)).scalars())

    def runs_to_look_after(
        self, server: str, pipeline: str, *, settled: Collection[str], since: datetime | None = None
    ) -> list[str]:
        """The pipeline's runs with calls that are uncertain, or accepted and in none of these states of the server, or
        were asked for since then; the oldest first."""
        is_open = sa.and_(_C.state == "queued", _C.call_id.is_not(None), _C.call_state.not_in(settled))
        is_its = (_C.server == server, _C.pipeline == pipeline)
        is_meant = sa.or_(_C.state == "uncertain", is_open, sa.false() if since is None else _C.asked_at >= since)
        query = sa.select(_C.run_id).where(*is_its, is_meant)
        with self._db.reading() as connection:
            return list(connection.execute(query.distinct().order_by(_C.run_id)).scalars())

    def queued_rows(self, address_keys: Collection[str]) -> dict[str, list[int]]:
        """The rows of calls to these addresses that the server still had in its queue when it was last asked, by the
        run that asked for them."""
        waits = (_C.state == "queued", _C.call_state.in_(["", "queued"]), _C.address_key.in_(address_keys))
        query = sa.select(_C.run_id, _C.row).where(*waits).order_by(_C.run_id, _C.row)
        rows: dict[str, list[int]] = {}
        with self._db.reading() as connection:
            for run_id, row in connection.execute(query):
                rows.setdefault(run_id, []).append(int(row))
        return rows

    def call_ids_around(self, server: str, at: datetime, late: datetime) -> tuple[int | None, int | None, int | None]:
        """Of the numbers that the server has given: the last one of a call asked for before a moment, the first one
        from `late` on, and the highest."""
        numbered = sa.select(_C.call_id).where(_C.server == server, _C.call_id.is_not(None))
        before = numbered.where(_C.asked_at < at).order_by(_C.asked_at.desc(), _C.call_id.desc()).limit(1)
        after = numbered.where(_C.asked_at >= late).order_by(_C.asked_at, _C.call_id).limit(1)
        with self._db.reading() as connection:
            found = [connection.execute(query).scalar() for query in (before, after)]
            highest = sa.select(sa.func.max(_C.call_id)).where(_C.server == server)
            return found[0], found[1], connection.execute(highest).scalar()

    def numbered(self, server: str, call_ids: Collection[int]) -> set[int]:
        """Which of these numbers the server has given to calls of this ledger."""
        found: set[int] = set()
        with self._db.reading() as connection:
            for group in grouped(list(call_ids)):
                query = sa.select(_C.call_id).where(_C.server == server, _C.call_id.in_(group))
                found |= set(connection.execute(query).scalars())
        return found

    def calls_of_run(self, run_id: str, states: Collection[CallState] | None = None) -> list[Call]:
        """The run's calls in the order of the source."""
        query = _CALL.where(_C.run_id == run_id).order_by(_C.row)
        with self._db.reading() as connection:
            return every(connection, query if states is None else query.where(_C.state.in_(states)), Call)


def _names(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """What calls may be known by, each with what it stands for: itself, or the keyed hash that is left of it."""
    key = kept_key(connection)
    return ({} if key is None else key.by_hash(names)) | {name: name for name in names}


def forget_calls(connection: Connection, which: sa.ColumnElement[bool], key: PeopleKey) -> int:
    """Of these calls stays what keeps them from being repeated: when, for which campaign, by whom asked for, and keyed
    hashes of person and call. Those that did not ring go altogether. How many there were."""
    quiet = connection.execute(sa.delete(schema.calls).where(which, _C.state.not_in(RINGS))).rowcount
    columns = (_C.run_id, _C.row, _C.server, _C.identity, _C.nth, _C.address_key)
    rang = connection.execute(sa.select(*columns).where(which).order_by(_C.nth)).all()
    hashed = [
        {"of_run": run_id, "of_row": row, "of_server": server, "as_identity": key.hashed(identity), "as_nth": nth}
        | {"as_key": key.hashed(address_key), "is_new": not identity.startswith(KEYED)}
        for run_id, row, server, identity, nth, address_key in rang
    ]
    _number_behind(connection, [call for call in hashed if call.pop("is_new")])
    for group in grouped(hashed):
        connection.execute(_HASHING, list(group))
    return quiet + len(rang)


def _number_behind(connection: Connection, calls: Sequence[dict[str, Any]]) -> None:
    """Somebody who was forgotten, and called again since, has calls of the same identity that are hashed already: the
    new ones are counted on from these."""
    last: dict[tuple[str, str], int] = {}
    for group in grouped(sorted({call["as_identity"] for call in calls})):
        kept = sa.select(_C.server, _C.identity, sa.func.max(_C.nth)).where(_C.identity.in_(group))
        found = connection.execute(kept.group_by(_C.server, _C.identity))
        last |= {(server, identity): nth for server, identity, nth in found}
    for call in calls:
        same = (call["of_server"], call["as_identity"])
        call["as_nth"] = last[same] = max(call["as_nth"], last.get(same, -1) + 1)


_HASHING = (
    sa.update(schema.calls)
    .where(_C.run_id == sa.bindparam("of_run"), _C.row == sa.bindparam("of_row"))
    .values(identity=sa.bindparam("as_identity"), address_key=sa.bindparam("as_key"), nth=sa.bindparam("as_nth"))
    .values(address="", call_id=None, reason="", again_reason="", fail_reason="", details=None)
)


def of_project(project_id: int) -> sa.ColumnElement[bool]:
    """Calls of the project; a call of which the project was not kept may be."""
    return sa.or_(_C.project_id == project_id, _C.project_id.is_(None))


_RINGS_AT = operator.attrgetter("rings_at")


def _counted(server: str, cap: Cap, now: datetime) -> sa.Select[Any]:
    """Calls that count for the cap: they rang since then, or may have, or still may."""
    since = cap.counted_after(now)
    return _CALL.where(
        _C.server == server,
        sa.true() if cap.project_id is None else of_project(cap.project_id),
        sa.or_(_C.asked_at > since, _C.not_before > since, _C.started_at > since),
        _C.state.in_(RINGS),
        _C.call_state.not_in(["cancelled", "canceled"]),  # servers spell it either way
        _C.run_id != cap.besides,
    )


def _check_caps(
    connection: Connection, intent: CallIntent, caps: Sequence[Cap], now: datetime, known_as: Collection[str]
) -> None:
    """Raises CalledLately. Until this transaction ends nobody else looks at the person: SQLite has one writer at a
    time, PostgreSQL is told whom it is about."""
    if connection.dialect.name == "postgresql":
        person = f"{intent.server} {intent.address_key}"
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(person, 0))))
    theirs = _C.address_key.in_(_names(connection, {intent.address_key, *known_as}))
    for cap in caps:
        found = sorted(every(connection, _counted(intent.server, cap, now).where(theirs), Call), key=_RINGS_AT)
        if len(found) >= cap.calls:
            raise CalledLately(found[-cap.calls], cap)


def _check_forgotten(connection: Connection, intent: CallIntent) -> None:
    """Raises AlreadyAsked where this very call rang, or may have, before its person was forgotten."""
    key = kept_key(connection)
    if key is None or intent.again_reason:
        return
    asked = every(connection, _SAME, Call, {"server": intent.server, "identity": key.hashed(intent.identity)})
    if rang := [call for call in asked if call.state in RINGS]:
        raise AlreadyAsked(replace(rang[-1], identity=intent.identity))


def _begin_once_more(connection: Connection, intent: CallIntent, at: datetime, *, is_attempt: bool) -> None:
    """This identity was asked for before, or this row was by this run: whether it may be again."""
    earlier = every(connection, _SAME, Call, given(intent))
    own = every(connection, _CALL.where(_C.run_id == intent.run_id, _C.row == intent.row), Call)
    if own and own[0].state != "not_placed":
        raise AlreadyAsked(own[0])
    # A reason overrides what was asked for before this row began, not what another run has asked for since.
    last = (own or earlier)[-1].nth
    blocking = [call for call in earlier if call.state in RINGS and (call.nth > last or not intent.again_reason)]
    if blocking:
        raise AlreadyAsked(blocking[-1])
    if own:
        _begin_again(connection, own[0], at)
        return
    if is_attempt:
        raise AlreadyAsked(earlier[-1])
    if not _added(connection, intent, earlier[-1].nth + 1, at):  # another process was between our look and our insert
        raise AlreadyAsked(every(connection, _SAME, Call, given(intent))[-1])


def _added(connection: Connection, intent: CallIntent, nth: int, at: datetime) -> bool:
    told = given(intent) | _NEW | {"nth": nth, "asked_at": at}
    return connection.execute(_adding(connection.dialect), told).first() is not None


_NEW = {"state": "sending", "attempts": 1, "reason": "", "call_state": "", "fail_reason": ""}


# The two statements around every single call are compiled once: that takes longer than the database takes to run them.
@functools.lru_cache(maxsize=4)
def _adding(dialect: Dialect) -> Any:  # noqa: ANN401 - a compiled statement, which SQLAlchemy runs as well
    names = [*(field.name for field in fields_of(CallIntent)), *_NEW, "nth", "asked_at"]
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    return new_only(insert_for(dialect, schema.calls).values(values)).compile(dialect=dialect)


@functools.lru_cache(maxsize=4)
def _settling(dialect: Dialect) -> Any:  # noqa: ANN401 - as above
    is_open = sa.or_(*(_C.state == sa.literal_column(f"'{state}'") for state in ("sending", "uncertain")))
    columns = {
        "state": sa.bindparam("to_state"),
        "settled_at": sa.bindparam("at"),
        "reason": sa.bindparam("why"),
        "call_state": sa.bindparam("to_call_state"),
        "call_id": sa.func.coalesce(sa.bindparam("new_call_id", type_=sa.BigInteger), _C.call_id),
    }
    statement = sa.update(schema.calls).where(_C.run_id == sa.bindparam("of_run"), _C.row == sa.bindparam("of_row"))
    return statement.where(is_open).values(columns).compile(dialect=dialect)


def _begin_again(connection: Connection, call: Call, at: datetime) -> None:
    again = _this(call.run_id, call.row).where(_C.state == "not_placed")
    columns = {"state": "sending", "attempts": call.attempts + 1, "asked_at": at, "settled_at": None, "reason": ""}
    if connection.execute(again.values(columns)).rowcount != 1:
        raise AlreadyAsked(call)


def _this(run_id: str, row: int) -> sa.Update:
    return sa.update(schema.calls).where(_C.run_id == run_id, _C.row == row)
