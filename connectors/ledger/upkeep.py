"""Keeping a ledger: is it sound, copies of it, and its way to another database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, put
from connectors.ledger.past import MOVED

_SOUND = "ok"
_AT_A_TIME = 5_000  # rows
_TABLES = schema.metadata.sorted_tables
_NEXT_SCOPE = (
    "SELECT setval(pg_get_serial_sequence('ledger_scopes', 'scope'), "
    "(SELECT coalesce(max(scope), 0) + 1 FROM ledger_scopes), false)"
)
RESTORE_HINT = "Bring back a copy: `verboice-sync ledger restore`."


class Upkeep(LedgerPart):
    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file, of which copies can be made here."""
        return self._db.is_sqlite

    def check_soundness(self, *, thorough: bool = True) -> None:
        """Raises CouldNotBeDone where an SQLite ledger is damaged; a server looks after its own."""
        if not self._db.is_sqlite:
            return
        pragma = "integrity_check" if thorough else "quick_check"
        with self._db.reading() as connection:
            found = connection.exec_driver_sql(f"PRAGMA {pragma}(1)").scalar()
        if found != _SOUND:
            raise CouldNotBeDone(f"The ledger {self._db.place} is damaged: {found}.", hint=RESTORE_HINT)

    def table_counts(self) -> Mapping[str, int]:
        """Rows by table, named without `ledger_`."""
        with self._db.reading() as connection:
            return {table.name.removeprefix("ledger_"): _count(connection, table) for table in _TABLES}

    def copy_to(self, file: Path) -> None:
        """An SQLite ledger as it is now into a new file, while others go on writing; whole or not at all."""
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with self._db.reading() as connection, closing(sqlite3.connect(part)) as copy:
            source: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
            source.backup(copy)
        part.replace(file)

    def move_to(self, other: Upkeep, *, at: datetime) -> Mapping[str, int]:
        """All rows into another, new ledger; their counts, which are the same in both. This one knows afterwards that
        it was left, and for which.

        Raises ConfigurationError where the other one is in use already, CouldNotBeDone while a run is at work or where
        a row did not arrive.
        """
        # The inner one is committed first: a ledger is never left for one that has nothing.
        with self._db.writing() as source, other._db.writing() as target:
            _check_idle(source, at)
            _check_unused(target, other._db.place)
            target.execute(sa.delete(schema.facts))
            counts = {table.name.removeprefix("ledger_"): _copied(source, target, table) for table in _TABLES}
            target.execute(sa.delete(schema.facts).where(schema.facts.c.name == MOVED))
            if target.dialect.name == "postgresql":  # numbers that were given out are not given out again
                target.execute(sa.text(_NEXT_SCOPE))
            put(source, schema.facts, {"name": MOVED, "value": other._db.place})
        return counts


def _check_idle(connection: Connection, at: datetime) -> None:
    held = sa.select(schema.leases.c.name).where(schema.leases.c.expires_at > sa.bindparam("now", at, schema.UtcTime))
    name = connection.execute(held).scalar()
    if name is not None:
        raise CouldNotBeDone(f"A run is at work ({name}).", hint="Wait until it is done, and stop what starts others.")


def _check_unused(connection: Connection, place: str) -> None:
    for table in (schema.runs, schema.calls):
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise ConfigurationError(f"The ledger {place} is in use already.", hint="Name an empty database.")


def _copied(source: Connection, target: Connection, table: sa.Table) -> int:
    for rows in source.execute(sa.select(table)).mappings().partitions(_AT_A_TIME):
        target.execute(sa.insert(table), [dict(row) for row in rows])
    here, there = _count(source, table), _count(target, table)
    if here != there:
        raise CouldNotBeDone(
            f"Of {here:,} rows of {table.name} {there:,} arrived; nothing was moved.",
            hint="Try again with nothing else at work.",
        )
    return here


def _count(connection: Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
