"""A database that goes away: before a transaction, within one, and while it is told that one ends."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import AlreadyAsked, Ledger, database, outage
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import CHANGES, WRITES, CallIntent, RunRecord, SettledWrite

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = RunRecord("r1", "clinic", "sync", "running", AT)
CALL = CallIntent("r1", 2, "https://v", 12, "clinic", "id", "+1", "1")


class Server:
    """A ledger on PostgreSQL whose connections can be cut off from the other side."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.ledger = ledger
        self._other = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")

    def cut(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        with self._other.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": driver.info.backend_pid})

    def cut_all(self) -> None:
        with self.ledger._db.engine.connect() as connection:
            self.cut(connection)

    def once(self, event: str, befall: Callable[[Connection], None]) -> None:
        """At the next event of this kind (`begin`, `commit`, `before_cursor_execute`)."""

        def meet(connection: Connection, *_facts: object) -> None:
            befall(connection)

        sa.event.listen(self.ledger._db.engine, event, meet, once=True)

    def cut_in_the_commit(self, *, happened: bool) -> None:
        def befall(connection: Connection) -> None:
            driver: Any = connection.connection.driver_connection
            if happened:
                driver.commit()
                driver.execute("SELECT 1")  # so that there is something left to be told, and not to be answered
            self.cut(connection)

        self.once("commit", befall)

    @contextmanager
    def away(self, tries: list[int]):
        def refuse(_dialect: object, record: Any, *_parameters: object) -> None:
            tries.append(1)
            raise self.ledger._db._driver_error("connection refused")

        self.ledger._db.engine.dispose()
        sa.event.listen(self.ledger._db.engine, "do_connect", refuse)
        yield
        sa.event.remove(self.ledger._db.engine, "do_connect", refuse)


@pytest.fixture
def server(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(outage, "_FIRST", 0.001)
    with Ledger.open(postgresql_url, tmp_path) as ledger:
        ledger.start_run(RUN)
        yield Server(postgresql_url, ledger)


def plan_writes(ledger: Ledger, count: int = 3) -> None:
    writes = pa.table([range(count), ["put"] * count, range(count), ["1"] * count, range(count)], schema=WRITES)
    changes = pa.table([range(count), range(count), ["a"] * count, ["1"] * count, ["2"] * count], schema=CHANGES)
    ledger.plan_writes("r1", writes, changes)


def test_connections_that_were_lost_between_transactions_are_made_anew(server):
    waits: list[float] = []
    server.ledger.tell_waits(waits.append)
    server.cut_all()
    server.ledger.note_run("r1", status="failed")
    assert server.ledger.run("r1").status == "failed"
    assert waits == [outage.PATIENCE]


@pytest.mark.parametrize("event", ["begin", "before_cursor_execute"])
def test_a_transaction_that_is_cut_begins_again_as_a_whole(server, event):
    server.once(event, server.cut)
    plan_writes(server.ledger)
    server.once(event, server.cut)
    server.ledger.mark_sending("r1", [0, 1], AT)
    assert server.ledger.count_writes("r1") == Counter(sending=2, planned=1)
    assert server.ledger.writes("r1", ["sending"])["attempts"].to_pylist() == [1, 1]


@pytest.mark.parametrize("happened", [True, False])
def test_what_comes_to_the_same_when_done_twice_is_repeated_if_nobody_knows_whether_it_was(server, happened):
    plan_writes(server.ledger)
    for method in (
        lambda: server.ledger.mark_sending("r1", [0, 1, 2], AT),
        lambda: server.ledger.settle_writes("r1", [SettledWrite(0, "done"), SettledWrite(1, "failed", "no")], AT),
        lambda: server.ledger.finish_run("r1", "failed", AT),
    ):
        server.cut_in_the_commit(happened=happened)
        method()
    assert server.ledger.count_writes("r1") == Counter(done=1, failed=1, sending=1)
    assert server.ledger.run("r1").status == "failed"


@pytest.mark.parametrize("happened", [True, False])
def test_a_call_is_begun_and_settled_once_whether_or_not_the_commit_had_happened(server, happened):
    lease = server.ledger.acquire_lease("call:p", run_id="r1", holder="here", at=AT, ttl=MINUTE)
    server.cut_in_the_commit(happened=happened)
    server.ledger.begin_call(CALL, AT, lease=lease)
    assert [call.state for call in server.ledger.calls_of_run("r1")] == ["sending"]
    with pytest.raises(AlreadyAsked):
        server.ledger.begin_call(CALL, AT, lease=lease)
    server.cut_in_the_commit(happened=happened)
    server.ledger.settle_call("r1", 2, "queued", AT, call_id=7)
    (call,) = server.ledger.calls_of_run("r1")
    assert (call.state, call.call_id, call.attempts) == ("queued", 7, 1)
    with pytest.raises(ValueError, match="settled already"):
        server.ledger.settle_call("r1", 2, "queued", AT, call_id=7)


@pytest.mark.parametrize("happened", [True, False])
def test_a_lease_is_renewed_and_given_up_over_an_outage(server, happened):
    lease = server.ledger.acquire_lease("push:p", run_id="r1", holder="here", at=AT, ttl=MINUTE)
    server.cut_in_the_commit(happened=happened)
    lease = server.ledger.renew_lease(lease, at=AT + MINUTE, ttl=MINUTE)
    assert server.ledger.lease("push:p") == lease
    server.cut_in_the_commit(happened=happened)
    server.ledger.release_lease(lease, at=AT)
    assert server.ledger.lease("push:p").expires_at == AT


@pytest.mark.parametrize("happened", [True, False])
def test_what_nobody_can_look_at_is_not_done_a_second_time(server, happened):
    server.cut_in_the_commit(happened=happened)
    with pytest.raises(LedgerAway) as away:
        plan_writes(server.ledger)
    assert away.value.may_be_done
    assert server.ledger.count_writes("r1").total() == (3 if happened else 0)


def test_an_outage_is_waited_for_once_and_is_over_with_the_first_answer(server, monkeypatch):
    monkeypatch.setattr(outage, "PATIENCE", 0.02)
    waits, tries = [], []
    server.ledger.tell_waits(waits.append)
    for _ in range(2):
        with server.away(tries):
            with pytest.raises(LedgerAway, match="connection refused"):
                server.ledger.runs()
            assert len(tries) > 1
            tries.clear()
            with pytest.raises(LedgerAway):
                server.ledger.note_run("r1", status="failed")
            assert len(tries) == 1
            tries.clear()
        assert server.ledger.run("r1").status == "running"
    assert waits == [0.02, 0.02]


def test_whether_somebody_asks_to_stop_is_not_waited_for(server):
    tries: list[int] = []
    with server.away(tries), pytest.raises(LedgerAway):
        server.ledger.is_asked_to_stop("r1")
    assert len(tries) == 1


def test_a_server_that_was_never_there_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("waited"))
    with pytest.raises(LedgerAway, match="cannot be used"):
        Ledger.open("postgresql://127.0.0.1:9/nowhere", tmp_path)


def test_a_server_that_is_just_starting_is_waited_for_by_who_comes_first(postgresql_url, tmp_path, monkeypatch):
    made, refusals = database._postgresql, ["FATAL:  the database system is starting up", "refused"]
    monkeypatch.setattr(outage, "_FIRST", 0.001)

    def refusing(url: sa.URL) -> sa.Engine:
        engine = made(url)

        def refuse(*_facts: object) -> None:
            if len(refusals) > 1:
                raise engine.dialect.loaded_dbapi.OperationalError(refusals.pop(0))

        sa.event.listen(engine, "do_connect", refuse)
        return engine

    monkeypatch.setattr(database, "_postgresql", refusing)
    with Ledger.open(postgresql_url, tmp_path) as ledger:
        assert ledger.runs() == []
    assert refusals == ["refused"]


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        ("database or disk is full", "Make room"),
        ("could not extend file: No space left on device", "Make room"),
        ("attempt to write a readonly database", "can only be read"),
        ("cannot execute INSERT in a read-only transaction", "can only be read"),
        ("database is locked", "Another process"),
        ("disk I/O error", "Check that it is reachable"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_at_once_with_what_to_do(tmp_path, monkeypatch, cause, hint):
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("waited"))

    def fail(_connection: object, *_facts: object) -> None:
        raise sqlite3.OperationalError(cause)

    with Ledger.open(None, tmp_path) as ledger:
        sa.event.listen(ledger._db.engine, "before_cursor_execute", fail)
        with pytest.raises(LedgerAway, match=cause) as away:
            ledger.start_run(RUN)
    assert not away.value.is_lost
    assert hint in away.value.hint
