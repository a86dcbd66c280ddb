"""People are forgotten: what each part of the ledger keeps of them goes, in one transaction and for good.

What keeps a call from being repeated stays as keyed hashes (`connectors.ledger.people`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

import pyarrow as pa
import sqlalchemy as sa

from connectors.errors import CouldNotBeDone
from connectors.ledger import bulk, schema
from connectors.ledger.calls import forget_calls
from connectors.ledger.memory import forget_memory
from connectors.ledger.never import forget_reasons
from connectors.ledger.part import LedgerPart, theirs
from connectors.ledger.people import made_key
from connectors.ledger.plans import forget_bodies
from connectors.ledger.runs import forget_choices, forget_rows
from connectors.ledger.values import ADDRESSES, KEYED, Trail
from connectors.ledger.writes import forget_writes

_MOMENT = 1_000  # milliseconds
_AGAIN = "Stop what is at work with it (`serve`, `watch`), and run the command once more."


class Forgetting(LedgerPart):
    def addresses(self) -> pa.Table:
        """Every address that is kept, in every spelling (`ADDRESSES`), each once."""
        r, s = schema.runs.c, schema.scopes.c
        nobody = sa.cast(sa.null(), sa.BigInteger).label("contact_id")
        of_runs = [
            sa.select(r.server, r.project_id, table.c.contact_id, table.c.address).outerjoin_from(
                table, schema.runs, r.run_id == table.c.run_id
            )
            for table in (schema.rows, schema.writes)
        ]
        c, t = schema.calls.c, schema.settled.c
        of_calls = sa.select(c.server, c.project_id, nobody, c.address).where(c.address_key.not_like(f"{KEYED}%"))
        settled = sa.select(s.server, s.project_id, t.contact_id, t.address).join_from(
            schema.settled, schema.scopes, s.scope == t.scope
        )
        keys = sa.select(s.server, s.project_id, t.contact_id, t.address_key).join_from(
            schema.settled, schema.scopes, s.scope == t.scope
        )
        every = sa.union(*of_runs, of_calls, settled, keys).subquery()
        with self._db.reading() as connection:
            found = bulk.read(connection, sa.select(every), ADDRESSES)
            chosen = connection.execute(sa.select(r.server, r.project_id, r.options)).all()
        only = [
            (server, project, None, text) for server, project, options in chosen for text in options.get("only", ())
        ]
        told = [dict(zip(ADDRESSES.names, line, strict=True)) for line in only if not line[3].startswith(KEYED)]
        return pa.concat_tables([found, pa.Table.from_pylist(told, ADDRESSES)]).combine_chunks()

    def rows_of(self, trail: Trail) -> Mapping[str, frozenset[int]]:
        """The numbers of the person's rows, by the runs they were in."""
        found: dict[str, set[int]] = {}
        with self._db.reading() as connection:
            for table in (schema.rows, schema.writes, schema.calls):
                named = (table.c[name] for name in ("address", "address_key") if name in table.c)
                names: list[sa.ColumnElement[bool]] = [column.in_(trail.names) for column in named]
                if "contact_id" in table.c:
                    names.append(theirs(table, trail, schema.runs.c.run_id))
                for run_id, row in connection.execute(sa.select(table.c.run_id, table.c.row).where(sa.or_(*names))):
                    found.setdefault(run_id, set()).update({row} - {None})
        return {run_id: frozenset(rows) for run_id, rows in found.items()}

    def forget(self, trail: Trail, is_about: Callable[[bytes], bool], *, dry_run: bool = False) -> Mapping[str, int]:
        """Removes a person; how many rows there were of each kind. `is_about` tells of a plan's content whether the
        person stands in it. With `dry_run` the same is counted and nothing is changed."""
        c = schema.calls.c
        which = sa.or_(c.address.in_(trail.names), c.address_key.in_(trail.names))
        with self._db.writing() as connection, connection.begin_nested() as point:
            key = made_key(connection)
            counts = {
                "rows": forget_rows(connection, trail),
                "requests": forget_writes(connection, trail),
                "plans": forget_bodies(connection, is_about),
                "calls": forget_calls(connection, which, key),
                "choices": forget_choices(connection, trail.names, key),
                "reasons": forget_reasons(connection, trail.names),
            }
            counts["settled"], counts["values"] = forget_memory(connection, trail)
            if dry_run:
                point.rollback()
        return counts

    def wipe(self) -> None:
        """Gives up the room of what was deleted, so that nothing of it is left in the ledger's own files. (What
        a server keeps for its own purposes is looked after there.)

        Raises CouldNotBeDone while somebody else is reading.
        """
        with self._db.outside() as driver:
            if not self._db.is_sqlite:
                for table in schema.metadata.sorted_tables:
                    driver.execute(f'VACUUM "{table.name}"').close()
                return
            driver.execute("VACUUM").close()
            busy = _is_busy(driver)
        if busy:
            raise CouldNotBeDone(f"The ledger {self._db.place} is in use, so traces may be left in it.", hint=_AGAIN)


def _is_busy(driver: sqlite3.Connection) -> bool:
    """Empties the write-ahead file; whether somebody who reads kept it from that for longer than a moment."""
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute(f"PRAGMA busy_timeout = {_MOMENT}").close()
    try:
        return bool(driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    finally:
        driver.execute(f"PRAGMA busy_timeout = {patience}").close()
