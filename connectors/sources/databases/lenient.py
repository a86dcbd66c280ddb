"""Reading on where a driver would give up a whole result over one value that Python has no place for.

Drivers read dates and texts fastest in their own way, and stop at `infinity`, at a year before 1 or after 9999 and at a
byte that is no text. Only then is the result read again, a little slower, with such values as texts of their own kind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import psycopg
from psycopg.types.datetime import (
    DateLoader,
    IntervalLoader,
    TimeLoader,
    TimestampLoader,
    TimestamptzLoader,
    TimetzLoader,
)
from pymysql.constants import FIELD_TYPE
from sqlalchemy.engine import Connection

_MYSQL_DATES = frozenset({FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME})
_POSTGRES_TEXTS = ("text", "varchar", "bpchar", "name")
_LOADERS = {
    "date": DateLoader, "time": TimeLoader, "timetz": TimetzLoader, "timestamp": TimestampLoader,
    "timestamptz": TimestamptzLoader, "interval": IntervalLoader,
}  # fmt: skip
Data: TypeAlias = bytes | bytearray | memoryview


class OutOfRange(str):
    """A date or time that no calendar of Python has, as the database writes it."""

    __slots__ = ()


class NotText(str):
    """A text with bytes that are not UTF-8, each shown as �."""

    __slots__ = ()


def is_one_value(error: Exception) -> bool:
    """Whether a driver refused a result over a value, which the database itself had no fault to find with."""
    if isinstance(error, psycopg.DataError):
        return error.sqlstate is None
    return isinstance(error, sqlite3.OperationalError) and "Could not decode to UTF-8" in str(error)


def read_leniently(connection: Connection) -> None:
    """Have the driver hand over what it cannot read as `OutOfRange` or `NotText`."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        driver.text_factory = _text
    elif connection.dialect.name == "postgresql":
        for name, loader in _LOADERS.items():
            driver.adapters.register_loader(name, _lenient(loader))


def read_undeclared_text(driver: Any) -> None:  # noqa: ANN401 - psycopg's connection has a type of its result
    """In a PostgreSQL database without an encoding (SQL_ASCII), texts are bytes: read them as UTF-8."""
    if driver.info.encoding == "ascii":
        for name in _POSTGRES_TEXTS:
            driver.adapters.register_loader(name, _TextLoader)


def _text(content: Data) -> str:
    try:
        return bytes(content).decode()
    except UnicodeDecodeError:
        return NotText(bytes(content).decode(errors="replace"))


class _TextLoader(psycopg.adapt.Loader):
    def load(self, data: Data) -> str:
        return _text(data)


def _lenient(loader: Any) -> type:  # noqa: ANN401 - one of the driver's loader classes, of which none is in common
    class Lenient(loader):  # type: ignore[misc]
        def load(self, data: Data) -> object:
            try:
                return super().load(data)
            except psycopg.DataError:
                return OutOfRange(bytes(data).decode())

    return Lenient


def date_columns(connection: Connection, description: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Columns whose driver hands over dates, and texts for what is none (`0000-00-00` of MySQL)."""
    if connection.dialect.name in {"mysql", "mariadb"}:
        yield from (str(column[0]) for column in description if column[1] in _MYSQL_DATES)
