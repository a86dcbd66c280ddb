"""Reading on where a driver would give up a whole result over one value that Python has no place for.

Drivers read dates and texts fastest in their own way, and stop at `infinity`, at a year before 1 or after 9999 and at a
byte that is no text. Only then is the result read again, a little slower, with such values as texts of their own kind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy.engine import Connection

Data: TypeAlias = bytes | bytearray | memoryview


class OutOfRange(str):
    """A date or time that no calendar of Python has, as the database writes it."""

    __slots__ = ()


class NotText(str):
    """A text with bytes that are not UTF-8, each shown as �."""

    __slots__ = ()


def is_one_value(error: Exception) -> bool:
    """Whether a driver refused a result over a value, which the database itself had no fault to find with."""
    if isinstance(error, sqlite3.OperationalError):
        return "Could not decode to UTF-8" in str(error)
    # psycopg's DataError, known without importing a driver that not everybody has installed.
    return type(error).__module__.startswith("psycopg") and getattr(error, "sqlstate", "") is None and _is_data(error)


def _is_data(error: Exception) -> bool:
    return any(kind.__name__ == "DataError" for kind in type(error).__mro__)


def read_leniently(connection: Connection) -> None:
    """Have the driver hand over what it cannot read as `OutOfRange` or `NotText`."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        driver.text_factory = text_of
    elif connection.dialect.name == "postgresql":
        from connectors.sources.databases.lenient_postgresql import read_dates_leniently

        read_dates_leniently(driver)


def text_of(content: Data) -> str:
    """The bytes as UTF-8, or `NotText`."""
    try:
        return bytes(content).decode()
    except UnicodeDecodeError:
        return NotText(bytes(content).decode(errors="replace"))


def date_columns(connection: Connection, description: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Columns whose driver hands over dates, and texts for what is none (`0000-00-00` of MySQL)."""
    if connection.dialect.name in {"mysql", "mariadb"}:
        from pymysql.constants import FIELD_TYPE

        dates = {FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME}
        yield from (str(column[0]) for column in description if column[1] in dates)
