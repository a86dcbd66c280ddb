"""Up to millions of rows in and out: executemany on SQLite's own driver, COPY on PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from connectors.collector import collector_paused

_SLICE = 50_000
_PART = 5_000  # read at a time
_LARGE = 10_000  # rows from which PostgreSQL is told to look at a table again before it plans queries on it

Constants = Mapping[str, Any]
Replacing = Callable[[Any, Any], Any]  # SQL expressions: a column as it is, as given, and as it shall be


def insert(connection: Connection, table: sa.Table, rows: pa.Table, constants: Constants) -> None:
    """Adds rows, each with the `constants` (texts and numbers) too. A key that is there already is an error."""
    if connection.dialect.name == "postgresql":
        for name, value in constants.items():
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
        _copy(connection, table.name, rows)
    else:
        names = [*rows.column_names, *constants]
        _execute_each(
            connection, sa.insert(table).values({name: sa.bindparam(name) for name in names}), rows, constants
        )


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: pa.Table,
    constants: Constants,
    *,
    replacing: Replacing = lambda _kept, news: news,
) -> None:
    """Adds rows, each with the `constants` too, or replaces those with the same key that differ in a column of `rows`.

    Equal rows are left alone, so that repeating yesterday's million writes nothing. No two of `rows` may share a key.
    `replacing` makes what is kept from then on of what was kept in a column and what is new.
    """
    constants = {name: _stored(connection, table.c[name], value) for name, value in constants.items()}
    names = [*rows.column_names, *constants]
    if connection.dialect.name == "postgresql":
        staging = _stage(connection, table, rows)
        fixed = [sa.literal(value, table.c[name].type).label(name) for name, value in constants.items()]
        source = sa.select(*(staging.c[name] for name in rows.column_names), *fixed)
        inserted = postgresql.insert(table).from_select(names, source)
        connection.execute(_or_replace(inserted, rows.column_names, constants, replacing=replacing))
        staging.drop(connection)
    else:
        given = sqlite.insert(table).values({name: sa.bindparam(name) for name in names})
        _execute_each(
            connection, _or_replace(given, rows.column_names, constants, replacing=replacing), rows, constants
        )


def read(connection: Connection, query: sa.Select[Any], schema: pa.Schema) -> pa.Table:
    """The query's rows as a table; its columns are named and ordered as in `schema`."""
    wanted = query.with_only_columns(*(query.selected_columns[name] for name in schema.names))
    with collector_paused():
        batches = [_batch(part, schema) for part in _parts(connection, wanted)]
    return pa.Table.from_batches(batches, schema).combine_chunks()


def _parts(connection: Connection, query: sa.Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    if connection.dialect.name == "postgresql":  # which plans cursors for the first rows, at the cost of all others
        connection.execute(sa.text("SET LOCAL cursor_tuple_fraction = 1"))
        yield from connection.execution_options(yield_per=_PART).execute(query).partitions()
    else:  # the driver's own rows: making SQLAlchemy's of them takes as long as reading them
        cursor: Any = connection.execute(query).cursor
        yield from iter(lambda: cursor.fetchmany(_PART), [])


def _batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema)


def _or_replace(statement: Any, names: Sequence[str], constants: Constants, *, replacing: Replacing) -> Any:  # noqa: ANN401 - either dialect's insert
    table: sa.Table = statement.table
    news = {name: replacing(table.c[name], statement.excluded[name]) for name in names if not table.c[name].primary_key}
    differs = sa.or_(*(table.c[name].is_distinct_from(value) for name, value in news.items()))
    fixed = {name: statement.excluded[name] for name in constants if not table.c[name].primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=news | fixed, where=differs)


def _stored(connection: Connection, column: sa.Column[Any], value: object) -> object:
    """A constant as the driver stores it: SQLite's driver is spoken to directly, and knows no date-times."""
    if connection.dialect.name == "postgresql":
        return value
    convert = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return convert(value) if convert else value


def _execute_each(connection: Connection, statement: Any, rows: pa.Table, constants: Constants) -> None:  # noqa: ANN401
    """SQLAlchemy's own executemany wants a dictionary per row; the driver takes zipped columns, four times as fast."""
    compiled = statement.compile(dialect=connection.dialect)
    cursor: Any = connection.connection.cursor()
    try:
        for batch in rows.to_batches(max_chunksize=_SLICE):
            columns: dict[str, Any] = {name: repeat(value, batch.num_rows) for name, value in constants.items()}
            columns |= {name: batch.column(name).to_pylist() for name in batch.schema.names}
            cursor.executemany(str(compiled), zip(*(columns[name] for name in compiled.positiontup), strict=True))
    finally:
        cursor.close()


def _stage(connection: Connection, table: sa.Table, rows: pa.Table) -> sa.Table:
    columns = [sa.Column(name, table.c[name].type) for name in rows.column_names]
    staging = sa.Table(
        f"staged_{table.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP"
    )
    staging.create(connection)
    _copy(connection, staging.name, rows)
    return staging


def _copy(connection: Connection, table: str, rows: pa.Table) -> None:
    """In CSV as pyarrow writes it, null is nothing and an empty text is "", which is just how COPY reads it."""
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT csv)') as copy:
        for batch in rows.to_batches(max_chunksize=_SLICE):
            text = io.BytesIO()
            pyarrow.csv.write_csv(batch, text, options)
            copy.write(text.getbuffer())
    if rows.num_rows >= _LARGE:
        connection.execute(sa.text(f'ANALYZE "{table}"'))
