"""Database tables and queries as rows of text: read-only, streamed, and with nothing left open."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
from sqlalchemy.engine import Connection

from connectors.collector import collector_paused
from connectors.errors import ConfigurationError
from connectors.sources.blank_rows import filled_positions
from connectors.sources.cell_text import number_text
from connectors.sources.damage import database_damage
from connectors.sources.databases.lenient import (
    OutOfRange,
    date_columns,
    is_one_value,
    read_leniently,
)
from connectors.sources.databases.session import reading, streamed
from connectors.sources.databases.sql_statement import one_select
from connectors.sources.databases.text import may_be_unreadable, unreadable, value_text, values_column
from connectors.sources.databases.url import database_url, is_fully_checked, named
from connectors.sources.headers import refuse_repeated
from connectors.sources.wanted_columns import Recognised, comes_near, no_such_column, recognised, wanted_names
from connectors.values import CellProblem, Rows

_CHUNK = 10_000
_PLACEHOLDERS = {
    "qmark": "?", "format": "%s", "pyformat": "%s", "numeric": ":1", "named": ":1", "numeric_dollar": "$1",
}  # fmt: skip
_LESS_GUARDED = (
    "This kind of database is less guarded: that a query only reads is judged by its grammar, not by the database, and "
    "it may take as long as it takes. An account that may only read is the better guard."
)


class DatabaseSource:
    """A table, or the result of one SELECT, of SQLite, PostgreSQL (psycopg), MySQL or MariaDB (PyMySQL); of any other
    database that SQLAlchemy has a driver for, with fewer guards, which is noted.

    address: the column with the phone numbers. columns: all columns that are wanted; None: every one.
    cursor, since: reads only rows whose column `cursor` is at least `since` or NULL. "At least", because rows written
    in the same instant as the last one read would be lost otherwise; they are read again, and found unchanged.
    `Rows.watermark` is the greatest value read (`since` itself when there was none); keep it once the rows are settled.
    statement_timeout: seconds the database may take for one statement.
    """

    def __init__(  # noqa: PLR0913 - one setting each, all by name
        self,
        url: str,
        *,
        query: str | None = None,
        table: str | None = None,
        address: str | None = None,
        columns: Collection[str] | None = None,
        cursor: str | None = None,
        since: str | None = None,
        statement_timeout: float = 300.0,
    ) -> None:
        """Raises ConfigurationError for a URL or query that cannot be meant; connects to nothing yet."""
        if (query is None) == (table is None):
            raise ConfigurationError("A database source needs either `table` or `query`.", hint="Give one of the two.")
        self._url = database_url(url)
        self._query = None if query is None else one_select(query, self._url.get_backend_name())
        self._table = table
        self._address = address
        self._columns = columns
        self._cursor = cursor
        self._since = since if cursor is not None else None
        self._timeout = statement_timeout

    @property
    def stem(self) -> str:
        """The table's name, or the database's where there is a query."""
        name = self._table or Path(self._url.database or "").stem
        return re.sub(r"[^\w.-]+", "_", name)

    def describe(self) -> str:
        """The source for people, without an account or a password."""
        return f"{named(self._url)}, {f'table {self._table}' if self._table else 'query'}"

    def read(self) -> Rows:
        """All rows, numbered from 2 in the order of the result (the header would be row 1).

        Raises ConfigurationError when the database refuses the statement or the credentials, CouldNotBeDone when it
        cannot be reached or is too slow.
        """
        with collector_paused(), reading(self._url, self._timeout) as connection:
            try:
                received = self._received(connection)
            except Exception as error:  # drivers have none in common, and some are not installed
                if not is_one_value(error):
                    raise
                read_leniently(connection)
                received = self._received(connection)
        rows = received.rows(self.stem)
        return rows if is_fully_checked(self._url) else replace(rows, notes=(*rows.notes, _LESS_GUARDED))

    def _received(self, connection: Connection) -> _Received:
        with streamed(connection, *self._statement(connection)) as result:
            received = self._begun([str(column[0]) for column in result.description])
            received.dates = frozenset(date_columns(connection, result.description))
            while chunk := result.fetchmany(_CHUNK):
                received.add(chunk)
        return received

    def _statement(self, connection: Connection) -> tuple[str, Sequence[object]]:
        """The SELECT in the database's own spelling, with the value for its placeholder, if any."""
        quoted = connection.dialect.identifier_preparer.quote
        select = self._query
        if self._table is not None:
            select = f"SELECT * FROM {'.'.join(quoted(part) for part in self._table.split('.'))}"  # noqa: S608 - quoted
        if self._cursor is None or self._since is None:
            return str(select), ()
        on_sqlite = connection.dialect.name == "sqlite"
        style = connection.dialect.paramstyle
        if style in {"format", "pyformat"}:
            select = str(select).replace("%", "%%")
        column = f"rows_of_source.{quoted(self._cursor)}"
        condition = f"{column} >= {_PLACEHOLDERS[style]} OR {column} IS NULL"
        # The line breaks keep a comment at the query's end from swallowing what follows.
        statement = f"SELECT * FROM (\n{select}\n) rows_of_source WHERE {condition}"  # noqa: S608 - the user's own query
        return statement, (_as_number(self._since) if on_sqlite else self._since,)

    def _begun(self, names: Sequence[str]) -> _Received:
        """The result before its first row. Raises ConfigurationError for columns that are missing or twice there."""
        where = self.describe()
        refuse_repeated(names, where)
        wanted = wanted_names(self._address, self._columns)
        meant = recognised(wanted, names, where)
        needed = [one for one in meant.missing if one.name == self._address]
        if self._cursor is not None and self._cursor not in names:  # it stands in the statement, letter by letter
            needed.append(comes_near(self._cursor, names))
        for missing in needed:
            raise no_such_column(missing, names, where)
        called = [meant.renamed.get(name, name) for name in names]
        cursor = None if self._cursor is None else called[list(names).index(self._cursor)]
        looked_at = called if self._columns is None else wanted
        return _Received(called, frozenset(looked_at), self._address, cursor, self._since, meant)


def _with_zero_dates(values: Sequence[object]) -> Sequence[object]:
    """Values of a column of dates; the texts among them are dates that do not exist."""
    return [OutOfRange(value) if type(value) is str else value for value in values]


def _as_number(since: str) -> str | float:
    """SQLite puts every text above every number, so what was a number has to be asked for as one."""
    if re.fullmatch(r"-?\d{1,18}", since) and str(int(since)) == since:
        return int(since)
    if re.fullmatch(r"-?\d+\.\d+", since) and number_text(float(since)) == since:
        return float(since)
    return since


@dataclass(slots=True)
class _Received:
    """What has come so far, as text."""

    names: Sequence[str]
    looked_at: frozenset[str]
    address: str | None
    cursor: str | None
    since: str | None
    meant: Recognised
    dates: frozenset[str] = frozenset()
    count: int = 0
    chunks: list[pa.RecordBatch] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    greatest: object = None

    def add(self, chunk: Sequence[Sequence[object]]) -> None:
        texts = []
        for name, received in zip(self.names, zip(*chunk, strict=True), strict=True):
            values = _with_zero_dates(received) if name in self.dates else received
            kinds = set(map(type, values))
            texts.append(values_column(values, kinds))
            if name in self.looked_at and may_be_unreadable(kinds, texts[-1]):
                self._report(name, unreadable(values))
            if name == self.address:
                self._report(name, database_damage(values, texts[-1]))
            if name == self.cursor:
                self._advance(values)
        self.chunks.append(pa.RecordBatch.from_arrays(texts, list(self.names)))
        self.count += len(chunk)

    def _report(self, name: str, reasons: Mapping[int, str]) -> None:
        """Problems by position in the chunk at hand; its first row follows the header and all rows before."""
        self.problems += [
            CellProblem(self.count + 2 + position, name, reasons[position]) for position in sorted(reasons)
        ]

    def _advance(self, values: Sequence[object]) -> None:
        try:
            known = [value for value in (self.greatest, *values) if not isinstance(value, OutOfRange | None)]
            self.greatest = max(known, default=None)  # type: ignore[type-var]  # the except below is for the rest
        except TypeError:
            raise ConfigurationError(
                f'The cursor column "{self.cursor}" holds values of several kinds, which have no order.',
                hint="Use a column of one type, such as a date-time or a number.",
            ) from None

    def rows(self, stem: str) -> Rows:
        schema = pa.schema([(name, pa.string()) for name in self.names])
        table = pa.Table.from_batches(self.chunks, schema)
        filled = filled_positions(table)
        numbers = pa.array(filled + 2)
        table = table if len(filled) == self.count else table.take(filled)
        watermark = self.since if self.greatest is None else value_text(self.greatest)
        return Rows(
            table,
            numbers,
            stem,
            tuple(self.problems),
            self.meant.notes,
            watermark=watermark if self.cursor else None,
            missing=self.meant.missing,
        )
