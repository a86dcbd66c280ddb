"""Where the ledger is kept: opening SQLite or PostgreSQL, transactions, and errors without credentials."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from connectors.drivers import require_driver
from connectors.errors import ConfigurationError
from connectors.ledger.outage import LedgerAway, Outage
from connectors.masking import mask_text

_BUSY_MS = 60_000  # how long another process's transaction is waited for; a million rows take about ten seconds
_COLLIDED = 0.02  # seconds before a new file is tried again
_IDLE_SECONDS = 5
_WRITING = "ledger_writing"


class Database:
    """An engine with two kinds of transactions: `reading()` and `writing()`.

    SQLite has one writer at a time: within the process a lock queues them without polling, between processes
    `BEGIN IMMEDIATE` does, waiting up to a minute. A committed transaction is on disk (WAL with synchronous=FULL;
    PostgreSQL's own default), which is what makes "written before it is sent" true. In SQLite one that is not `durable`
    survives the death of the process, not a power cut within moments: enough for outcomes, whose loss leaves things
    uncertain rather than wrong, at half the cost. A server may crash while the process goes on, so it has no such.

    All of them raise LedgerAway where the database fails.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error  # what bulk work on the driver raises
        self._writer = threading.Lock() if self.is_sqlite else None
        self._was_there = False
        self.outage = Outage()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True, again: bool = False) -> Iterator[Connection]:
        """One transaction: on disk when the block has ended, undone if it raises. `again`: to do it twice comes to the
        same as once, so it may be repeated even where nobody knows whether it has happened."""
        with self._told() as ending, self._alone(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if self.is_sqlite:  # outside the transaction, hence past SQLAlchemy, which would begin one
                driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}").close()
            with connection.execution_options(**{_WRITING: True}).begin():
                yield connection
                if not again:
                    ending.set()

    @contextmanager
    def outside(self) -> Iterator[Any]:
        """The driver's own connection outside any transaction, for statements that are not allowed within one."""
        with self._told() as ending, self._alone(), closing(self.engine.raw_connection()) as connection:
            ending.set()
            driver: Any = connection.driver_connection
            if self.is_sqlite:
                yield driver
                return
            driver.autocommit = True
            try:
                yield driver
            finally:
                driver.autocommit = False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        with self._writer:
            yield

    @contextmanager
    def _told(self) -> Iterator[threading.Event]:
        """Errors of the database as LedgerAway. The event is set from when on nobody would know what has happened."""
        ending = threading.Event()
        try:
            yield ending
        except (DBAPIError, NoConnectionFree, self._driver_error) as error:
            raise self._away(error, may_be_done=ending.is_set()) from None
        self._was_there = True
        self.outage.over()

    def _away(self, error: Exception, *, may_be_done: bool) -> LedgerAway:
        cause = _cause(error)
        is_there = self._was_there or re.search(_RESTARTING, cause) is not None
        is_lost = is_there and not self.is_sqlite and _is_lost(error)
        if is_lost:
            self.engine.dispose()  # the others are lost as well, and each would have to be found out
        told = f"The ledger {self.place} cannot be used: {cause}."
        return LedgerAway(told, hint=_hint(cause), is_lost=is_lost, may_be_done=may_be_done)


def connect(url: str | None, home: Path) -> Database:
    """The database at `url`, or `ledger.db` in `home`. Of it only the folder (0700) and the file (0600) are made here.

    Raises ConfigurationError for a URL that is neither SQLite nor PostgreSQL.
    """
    parsed = _parsed(url, home)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    return Database(engine, _place(parsed))


def place_of(url: str | None, home: Path) -> str:
    """Where the database of `connect` is, for people, without opening it; raises ConfigurationError as that does."""
    return _place(_parsed(url, home))


def _place(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(Path(str(url.database)))
    return f"at {url.host or 'the local socket'}, database {url.database}"


def _parsed(url: str | None, home: Path) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(home / "ledger.db"))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("ledger: is not a database URL.", hint=_URL_HINT) from None
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"} or (backend == "sqlite" and parsed.database not in (None, "", ":memory:")):
        return parsed
    raise ConfigurationError("ledger: must be an SQLite file or a PostgreSQL database.", hint=_URL_HINT)


_URL_HINT = "Write ledger: postgresql://user:password@host/database, or leave it out for a file in the home folder."


def _sqlite(url: URL) -> Engine:
    file = Path(str(url.database))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)  # SQLite gives its -wal and -shm files the mode of the database
    except OSError as error:
        raise ConfigurationError(
            f"The ledger {file} cannot be opened: {error.strerror}.",
            hint="Check the folder's permissions, or set VERBOICE_SYNC_HOME.",
        ) from None
    engine = sa.create_engine(
        url.set(drivername="sqlite"),
        hide_parameters=True,
        pool_size=8,
        max_overflow=32,
        connect_args={"timeout": _BUSY_MS / 1000},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    connection.isolation_level = None  # the driver must not begin transactions by itself: _begin_sqlite does
    _write_ahead(connection)
    for pragma in ("temp_store=MEMORY", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}").close()


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - as above
    """Switch to WAL. Where several open a new file at once, SQLite says "locked" immediately instead of waiting."""
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_COLLIDED)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading and then writes can fail halfway; a writing one takes its place at once.
    writing = connection.get_execution_options().get(_WRITING, False)
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN").close()


def _postgresql(url: URL) -> Engine:
    require_driver("psycopg")
    # hide_parameters: errors must not quote rows.
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=8,
        max_overflow=32,
        connect_args={"connect_timeout": 15},
    )
    sa.event.listen(engine, "checkin", _note_use)
    sa.event.listen(engine, "checkout", _ask_if_alive)
    return engine


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ask_if_alive(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - as above
    """The server may have been restarted meanwhile. SQLAlchemy's own pre-ping would ask at every single use."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < _IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _cause(error: Exception) -> str:
    """The driver's own first line: later ones may quote values."""
    text = str(getattr(error, "orig", None) or error).strip()
    return mask_text((text.splitlines() or ["no reason given"])[0].rstrip("."))


def _is_lost(error: Exception) -> bool:
    """Whether it was the connection to PostgreSQL that failed, rather than what it was asked for."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    if state is None:  # no answer of the server: the socket broke, or there was none
        return not isinstance(error, NoConnectionFree)
    return str(state).startswith(_LOST)


def _hint(cause: str) -> str:
    return next((hint for words, hint in _HINTS.items() if re.search(words, cause)), _USUAL_HINT)


_LOST = ("08", "57P0", "53300")  # connections; the server stops, has crashed or is starting; has too many of them
_RESTARTING = "the database system is|server closed the connection"  # what one says, or does, that begins or ends
_HINTS = {
    "locked": "Another process has been writing to it for over a minute; try again when it has ended.",
    "not a database|malformed": "Move the file away to begin a new ledger; what is known of earlier runs is then lost.",
    "is full|[Nn]o space left": "Make room on its disk.",
    "readonly|read-only": "Make it writable again: its disk, or the file and its folder, can only be read.",
}
_USUAL_HINT = "Check that it is reachable, that the credentials are right and that the disk is not full."
