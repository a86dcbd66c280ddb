"""One read-only session with a database: opened, limited in time, and closed whatever happens."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import NullPool

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.masking import mask_text
from connectors.sources.databases.url import is_fully_checked, named, sqlite_file, without_secrets

_CONNECT_TIMEOUT = 15
_LOCK_TIMEOUT = 5
# SQLite asks whether to go on after so many of its machine's steps: a few milliseconds.
_SQLITE_STEPS = 100_000

_SLOW_HINT = "Make the query simpler, or allow more time."
_UNREACHABLE_HINT = "Is the database running, and are host and port of its URL right?"
# The server's own words for what no repetition can cure; everything else on the way in may pass.
_WRONG_ACCESS = (
    "password", "authentication", "access denied", "does not exist", "unknown database", "no pg_hba.conf entry",
    "permission denied",
)  # fmt: skip
_TOO_SLOW = ("statement timeout", "max_statement_time exceeded", "maximum statement execution time", "interrupted")
_MAY_PASS = (
    "database is locked",
    "lost connection",
    "gone away",
    "terminating connection",
    "server closed",
    "shutting down",
)


@contextmanager
def reading(url: URL, timeout: float) -> Iterator[Connection]:
    """A connection that can only read. Its transaction ends with it, undone.

    Raises ConfigurationError or CouldNotBeDone for everything the database or its driver reports, without credentials.
    """
    engine = _engine(url, timeout)
    try:
        with _opening(url):
            connection = engine.connect()
        with connection, _said_clearly(connection, url, timeout):
            _restrict(connection, timeout)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def streamed(connection: Connection, statement: str, parameters: Sequence[object]) -> Iterator[Any]:
    """The driver's own cursor on a result that stays with the server until it is fetched.

    SQLAlchemy's result would do the same, and make an object of every row, at twice the price. Without parameters the
    statement is sent as it is, percent signs and all.
    """
    driver: Any = connection.connection.dbapi_connection
    match connection.dialect.name:
        case "sqlite":
            cursor = driver.cursor()
        case "postgresql":
            cursor = driver.cursor(name="rows_of_source")
        case "mysql" | "mariadb":
            from pymysql.cursors import SSCursor

            cursor = driver.cursor(SSCursor)
        case _:
            cursor = driver.cursor()
    with closing(cursor):
        cursor.execute(statement, *([parameters] if parameters else []))
        yield cursor


def _engine(url: URL, timeout: float) -> Engine:
    if url.get_backend_name() == "sqlite":
        address = f"file:{quote(str(sqlite_file(url).resolve()))}?mode=ro"
        return sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(address, timeout=min(timeout, _LOCK_TIMEOUT), uri=True),
            poolclass=NullPool,
        )
    if not is_fully_checked(url):
        # A file of DuckDB's is opened for reading; its memory, for files that queries name, cannot be.
        is_file = url.get_backend_name() == "duckdb" and url.database not in {None, "", ":memory:"}
        return sa.create_engine(url, connect_args={"read_only": True} if is_file else {}, poolclass=NullPool)
    arguments: dict[str, Any] = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_TIMEOUT}
    if url.get_backend_name() != "postgresql" and "read_timeout" not in url.query:
        arguments["read_timeout"] = int(timeout) + _CONNECT_TIMEOUT  # PyMySQL would wait for a dead server for ever
    engine = sa.create_engine(url, connect_args=arguments, poolclass=NullPool)
    if url.get_backend_name() == "postgresql":
        from connectors.sources.databases.lenient_postgresql import read_undeclared_text

        # Before SQLAlchemy asks its first question, the answer to which has to be a text.
        sa.event.listen(engine, "connect", lambda driver, _: read_undeclared_text(driver), insert=True)
    return engine


def _restrict(connection: Connection, timeout: float) -> None:
    """Read-only for the whole session, so that not even a COMMIT hidden in a query leads out of it.

    Of databases that are not fully checked only Oracle has a transaction for that.
    """
    match connection.dialect.name:
        case "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            deadline = time.monotonic() + timeout
            driver: Any = connection.connection.dbapi_connection
            driver.set_progress_handler(lambda: time.monotonic() > deadline, _SQLITE_STEPS)
        case "postgresql":
            connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET statement_timeout = {int(timeout * 1000)}")
        case "oracle":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            return  # it ends with a commit
        case "mysql" | "mariadb":
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            is_mariadb = getattr(connection.dialect, "is_mariadb", False)
            limit = f"max_statement_time = {timeout}" if is_mariadb else f"max_execution_time = {int(timeout * 1000)}"
            connection.exec_driver_sql(f"SET SESSION {limit}")
        case _:
            return
    connection.commit()


@contextmanager
def _opening(url: URL) -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, OSError) as error:
        message = f"The {named(url)} cannot be opened: {_words(error, url)}."
        if any(mark in message.lower() for mark in _WRONG_ACCESS):
            raise ConfigurationError(message, hint="Check the account, password and name in its URL.") from None
        raise CouldNotBeDone(message, hint=_UNREACHABLE_HINT) from None


@contextmanager
def _said_clearly(connection: Connection, url: URL, timeout: float) -> Iterator[None]:
    dialect = connection.dialect
    try:
        yield
    except (sa.exc.SQLAlchemyError, dialect.loaded_dbapi.Error, OSError) as error:
        words = _words(error, url)
        if any(mark in words.lower() for mark in _TOO_SLOW):
            raise CouldNotBeDone(f"The {named(url)} needed more than {timeout:g} seconds.", hint=_SLOW_HINT) from None
        if any(mark in words.lower() for mark in _MAY_PASS) or _is_lost(connection, error):
            raise CouldNotBeDone(f"The {named(url)} broke off: {words}.", hint=_UNREACHABLE_HINT) from None
        raise ConfigurationError(f"The {named(url)} refused: {words}.", hint="Check the table or query.") from None


def _is_lost(connection: Connection, error: BaseException) -> bool:
    dialect = connection.dialect
    if not isinstance(error, dialect.loaded_dbapi.Error):
        return False
    return bool(dialect.is_disconnect(error, connection.connection.dbapi_connection, None))


def _words(error: BaseException, url: URL) -> str:
    """The driver's own words, without SQLAlchemy's additions (the statement, its parameters, a link)."""
    match getattr(error, "orig", None) or error:
        case BaseException(args=(int(), words)):  # PyMySQL: (number, words)
            pass
        case words:
            pass
    return mask_text(without_secrets(str(words), url)).rstrip(".")
