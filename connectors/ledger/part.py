"""What every part of the ledger is made of: a database, and single rows in and out as frozen values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from connectors.ledger.database import Database

T = TypeVar("T")

_GROUP = 500  # most values in one IN (…)


class Part:
    """Base of the ledger's parts."""

    def __init__(self, database: Database) -> None:
        self._db = database


def given(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """The columns of a frozen value."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def one(connection: Connection, query: sa.Select[Any], kind: type[T]) -> T | None:
    """The first row as a value of `kind`, whose fields are the query's columns; None without a row."""
    row = connection.execute(query).mappings().first()
    return None if row is None else kind(**row)


def every(connection: Connection, query: sa.Select[Any], kind: type[T]) -> list[T]:
    return [kind(**row) for row in connection.execute(query).mappings()]


def fields(table: sa.Table, kind: type[Any]) -> list[sa.Column[Any]]:
    """The table's columns that `kind` has as fields."""
    return [table.c[field.name] for field in dataclasses.fields(kind)]


def grouped(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _GROUP] for start in range(0, len(items), _GROUP))


def insert_for(connection: Connection, table: sa.Table) -> Any:  # noqa: ANN401 - either dialect's insert
    """An INSERT that knows ON CONFLICT, which both engines spell alike and SQLAlchemy keeps per dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def added(connection: Connection, statement: Any) -> bool:  # noqa: ANN401 - either dialect's insert
    """Whether an INSERT … ON CONFLICT DO NOTHING added its row; PostgreSQL gives no count for it."""
    return connection.execute(statement.on_conflict_do_nothing().returning(sa.literal(1))).first() is not None


def put(connection: Connection, table: sa.Table, columns: dict[str, Any]) -> None:
    """Adds the row, or replaces the one with the same key."""
    statement = insert_for(connection, table).values(columns)
    rest = {name: statement.excluded[name] for name in columns if not table.c[name].primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest))
