"""What every part of the ledger is made of: a database, and single rows in and out as frozen values."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect

from connectors.ledger.database import Database
from connectors.ledger.outage import LedgerAway, patient
from connectors.ledger.values import Trail

T = TypeVar("T")

_GROUP = 500  # most values in one IN (…)


class LedgerPart:
    """Base of the ledger's parts. What is asked of them waits for a database that has gone away
    (`connectors.ledger.outage`): each public method is one transaction, which can begin again as a whole."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if inspect.isfunction(method) and not name.startswith("_"):
                setattr(cls, name, patient(method))

    @contextmanager
    def _unless(self, happened: Callable[[], bool]) -> Iterator[None]:
        """Around a transaction that must not be done twice: where nobody knows whether it has happened, look."""
        try:
            yield
        except LedgerAway as away:
            if not away.may_be_done:
                raise
            if not happened():
                raise away.undone from None


def given(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """The columns of a frozen value."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def one(connection: Connection, query: sa.Select[Any], kind: type[T]) -> T | None:
    """The first row as a value of `kind`, whose fields are the query's columns; None without a row."""
    row = connection.execute(query).mappings().first()
    return None if row is None else kind(**row)


def every(
    connection: Connection, query: sa.Select[Any], kind: type[T], told: Mapping[str, Any] | None = None
) -> list[T]:
    """All rows as values of `kind`; `told` are the query's own parameters."""
    return [kind(**row) for row in connection.execute(query, told or {}).mappings()]


def fields(table: sa.Table, kind: type[Any]) -> list[sa.Column[Any]]:
    """The table's columns that `kind` has as fields."""
    return [table.c[field.name] for field in dataclasses.fields(kind)]


def grouped(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _GROUP] for start in range(0, len(items), _GROUP))


def insert_for(dialect: Dialect, table: sa.Table) -> Any:  # noqa: ANN401 - either dialect's insert
    """An INSERT that knows ON CONFLICT, which both engines spell alike and SQLAlchemy keeps per dialect."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def new_only(statement: Any) -> Any:  # noqa: ANN401 - as above
    """The INSERT that leaves a row with the same key alone, and returns a row just if it added one."""
    return statement.on_conflict_do_nothing().returning(sa.literal(1))


def added(connection: Connection, table: sa.Table, columns: Mapping[str, Any]) -> bool:
    """Adds the row unless its key is there already; whether it did."""
    return connection.execute(new_only(insert_for(connection.dialect, table).values(columns))).first() is not None


def put(connection: Connection, table: sa.Table, columns: dict[str, Any]) -> None:
    """Adds the row, or replaces the one with the same key."""
    statement = insert_for(connection.dialect, table).values(columns)
    rest = {name: statement.excluded[name] for name in columns if not table.c[name].primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest))


def among(dialect: Dialect, column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """That the column is one of `listed(…)` numbers given as a single parameter, however many they are.

    IN (…) with a parameter per number would be another statement for each length, and costs more than the lookup.
    """
    if dialect.name == "postgresql":
        each = (
            sa.func.unnest(sa.bindparam(name, type_=postgresql.ARRAY(sa.BigInteger)))
            .table_valued("value")
            .render_derived()
        )
    else:
        each = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def listed(dialect: Dialect, numbers: Sequence[int]) -> object:
    """Numbers as the parameter of `among`."""
    return list(numbers) if dialect.name == "postgresql" else json.dumps(list(numbers))


def theirs(table: sa.Table, trail: Trail, holder: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Rows about one of the person's contacts. `holder`: the key of the table (runs, scopes) that tells their project,
    under whose name the rows have it."""
    of = holder.table.c
    about = (
        sa.and_(
            table.c.contact_id == contact_id,
            table.c[holder.name].in_(sa.select(holder).where(of.server == server, of.project_id == project_id)),
        )
        for server, project_id, contact_id in sorted(trail.contacts)
    )
    return sa.or_(sa.false(), *about)
