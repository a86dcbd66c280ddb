"""One transaction on somebody else's database, with errors that a person understands and no credentials in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.ddl.impl import DefaultImpl
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.masking import mask_text
from connectors.sources.databases.url import database_url, named, without_secrets


class _DuckDb(DefaultImpl):
    """Alembic knows a kind of database once there is a class for it; this one needs nothing of its own."""

    __dialect__ = "duckdb"


@contextmanager
def writing(url: str, table: sa.Table) -> Iterator[Connection]:
    """A connection in one transaction, with `table` made if it was not there; all that is written is kept or nothing.

    A table of an earlier version gets the columns that came since, as far as they may be empty. Raises
    ConfigurationError for a URL that cannot be meant or a table of another shape, CouldNotBeDone where the database
    cannot be reached or refuses.
    """
    engine = sa.create_engine(database_url(url), poolclass=sa.pool.NullPool)
    try:
        with _understood(engine, table), engine.begin() as connection:
            table.create(connection, checkfirst=True)
            _add_missing(connection, table)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def reading(url: str, table: sa.Table) -> Iterator[Connection | None]:
    """A connection by which `table` is only read; None where it is not there, or is a table of another shape. One of an
    earlier version may lack columns that may be empty.

    Raises ConfigurationError and CouldNotBeDone as `writing` does.
    """
    engine = sa.create_engine(database_url(url), poolclass=sa.pool.NullPool)
    try:
        with _understood(engine, table), engine.connect() as connection:
            is_there = sa.inspect(connection).has_table(table.name)
            is_ours = is_there and all(column.nullable for column in _missing(connection, table))
            yield connection if is_ours else None
    finally:
        engine.dispose()


@contextmanager
def _understood(engine: sa.Engine, table: sa.Table, *, hint: str = "") -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        told = without_secrets(str(getattr(error, "orig", None) or error), engine.url)
        raise CouldNotBeDone(f"{named(engine.url)}, table {table.name}: {mask_text(told)}", hint=hint) from None


def _add_missing(connection: Connection, table: sa.Table) -> None:
    """See that the table has all the columns. One that may not be empty shows that it is a table for something else."""
    missing = _missing(connection, table)
    names = ", ".join(column.name for column in missing)
    if not all(column.nullable for column in missing):
        raise ConfigurationError(
            f"The table {table.name} exists but has no column {names}.",
            hint="Name another table; verboice-sync makes it itself.",
        )
    if not missing:
        return
    by_hand = f"Have whoever owns the table add, as text that may be null: {names}."
    with _understood(connection.engine, table, hint=by_hand):
        operations = Operations(MigrationContext.configure(connection))
        for column in missing:
            operations.add_column(table.name, sa.Column(column.name, column.type))


def _missing(connection: Connection, table: sa.Table) -> Sequence[sa.Column[object]]:
    present = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name not in present]
