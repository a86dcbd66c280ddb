"""The sandbox's database: SQLite, in memory or in a file, one connection behind one lock.

An id is given once, as with InnoDB: not again after its row has gone, nor after its transaction was rolled back.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

_SCHEMA = """
create table if not exists accounts (
    id integer primary key autoincrement, email text, email_key text unique, password_hash text, salt text,
    confirmed integer);
create table if not exists guisso_logins (email_key text, password_hash text, email text);
create table if not exists projects (
    id integer primary key autoincrement, account_id integer, name text, name_key text, time_zone text);
create index if not exists projects_account on projects (account_id);
create table if not exists permissions (account_id integer, type text, model_id integer, role text);
create index if not exists permissions_account on permissions (account_id, type);
create table if not exists project_variables (id integer primary key autoincrement, project_id integer, name text);
create index if not exists project_variables_project on project_variables (project_id);
create table if not exists contacts (id integer primary key autoincrement, project_id integer, anonymous integer);
create index if not exists contacts_project on contacts (project_id);
create table if not exists contact_addresses (
    id integer primary key autoincrement, contact_id integer, project_id integer, address text, address_key text);
create unique index if not exists addresses_key on contact_addresses (project_id, address_key);
create index if not exists addresses_contact on contact_addresses (contact_id);
create table if not exists persisted_variables (
    id integer primary key autoincrement, contact_id integer, project_variable_id integer, implicit_key text,
    value text);
create index if not exists variables_contact on persisted_variables (contact_id, project_variable_id);
create index if not exists variables_variable on persisted_variables (project_variable_id);
create table if not exists call_flows (
    id integer primary key autoincrement, project_id integer, name text, name_key text);
create index if not exists call_flows_name on call_flows (name_key);
create table if not exists schedules (
    id integer primary key autoincrement, project_id integer, name text, name_key text,
    retries text, weekdays text, time_from text, time_to text);
create table if not exists channels (
    id integer primary key autoincrement, account_id integer, call_flow_id integer, name text, name_key text,
    kind text, guid text, config text, enabled integer);
create table if not exists call_logs (
    id integer primary key autoincrement, account_id integer, project_id integer, channel_id integer,
    call_flow_id integer, contact_id integer, schedule_id integer, address text, direction text, state text,
    not_before text, not_after text, started_at text, finished_at text, created_at text,
    fail_reason text, fail_code text, fail_details text, request text);
create index if not exists call_logs_account on call_logs (account_id, id);
create table if not exists queued_calls (
    id integer primary key autoincrement, call_log_id integer, channel_id integer, project_id integer,
    call_flow_id integer, schedule_id integer, contact_id integer, address text, callback_url text,
    status_callback_url text, flow blob, not_before text, not_after text, time_zone text, variables text,
    callback_params text, session_id text,
    retries integer default 0);
create index if not exists queued_calls_log on queued_calls (call_log_id);
create table if not exists call_log_entries (
    id integer primary key autoincrement, call_id integer, severity text, description text, created_at text);
create index if not exists entries_call on call_log_entries (call_id);
"""

SqlValue = str | bytes | int | float | None
Column = Any
"""What a query yields: a value, or a row of them; only the query knows which."""
Fields = dict[str, Any]
"""A row by column name, or what is shown of one as JSON."""


class SandboxDatabase:
    """One SQLite connection, used from the server's thread and from the test's: every use holds `lock`."""

    def __init__(self, path: str = ":memory:") -> None:
        self.lock = RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=512)
        weakref.finalize(self, self._connection.close)  # a sandbox lives as long as somebody looks at it
        self._connection.executescript(f"pragma journal_mode = wal; pragma synchronous = off; {_SCHEMA}")

    def rows(self, sql: str, parameters: Sequence[SqlValue] = ()) -> list[Any]:
        with self.lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[SqlValue] = ()) -> Column:
        """The first row, or None."""
        with self.lock:
            return self._connection.execute(sql, parameters).fetchone()

    def records(self, sql: str, parameters: Sequence[SqlValue] = ()) -> list[Fields]:
        """Rows as dictionaries by column name."""
        with self.lock:
            cursor = self._connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def record(self, sql: str, parameters: Sequence[SqlValue] = ()) -> Fields | None:
        found = self.records(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Sequence[SqlValue] = ()) -> Column:
        """The first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def run(self, sql: str, parameters: Sequence[SqlValue] = ()) -> int:
        """Executes one statement; the number of rows it changed."""
        with self.lock:
            return self._connection.execute(sql, parameters).rowcount

    def insert(self, table: str, **columns: SqlValue) -> int:
        """Adds a row; its id. Table and column names come from this package, never from a request."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self.lock:
            sql = f"insert into {table} ({names}) values ({marks})"  # noqa: S608 - names are ours, values are bound
            return int(self._connection.execute(sql, tuple(columns.values())).lastrowid or 0)

    def update(self, table: str, row_id: int, **columns: SqlValue) -> None:
        assignments = ", ".join(f"{name} = ?" for name in columns)
        sql = f"update {table} set {assignments} where id = ?"  # noqa: S608 - names are ours, values are bound
        self.run(sql, (*columns.values(), row_id))

    def insert_many(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        with self.lock:
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits at the end, rolls back on any exception."""
        with self.lock:
            self._connection.execute("begin")
            try:
                yield
            except BaseException:
                used = self.rows("select name, seq from sqlite_sequence")
                self._connection.execute("rollback")
                self.run("delete from sqlite_sequence")
                self.insert_many("insert into sqlite_sequence (name, seq) values (?, ?)", used)
                raise
            self._connection.execute("commit")

    def next_id(self, table: str) -> int:
        return int(self.value("select seq from sqlite_sequence where name = ?", (table,)) or 0) + 1

    def empty(self) -> None:
        """Removes every row; ids start at 1 again."""
        tables = self.rows("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        with self.transaction():
            for name in (*(row[0] for row in tables), "sqlite_sequence"):
                self.run(f"delete from {name}")  # noqa: S608 - the schema's own names

    def close(self) -> None:
        with self.lock:
            self._connection.close()
