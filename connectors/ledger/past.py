"""Which ledger this is, and whether calls that somebody has traces of are known to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from connectors.ledger import schema
from connectors.ledger.calls import of_project
from connectors.ledger.part import LedgerPart, added, grouped

MOVED = "moved_to"
_BATCHES = """
    SELECT DISTINCT ledger_calls.run_id FROM ledger_calls LEFT JOIN ledger_runs USING (run_id)
    WHERE ledger_calls.server = ? AND coalesce(ledger_runs.project_id, ?2) = ?2
    AND ledger_calls.state IN ('sending', 'queued', 'uncertain') ORDER BY 1
"""


class Past(LedgerPart):
    def ledger_id(self) -> str:
        """The ledger's own id: it stays with it in copies, and when it is moved to another database."""
        return self.fact("id") or ""

    def fact(self, name: str) -> str | None:
        """Something that is known of the ledger as a whole."""
        with self._db.reading() as connection:
            query = sa.select(schema.facts.c.value).where(schema.facts.c.name == name)
            return connection.execute(query).scalar()

    def has_calls(self, server: str, project_id: int) -> bool:
        """Whether a call for the project was ever asked for."""
        with self._db.reading() as connection:
            here = (schema.calls.c.server == server, of_project(project_id))
            query = sa.select(sa.literal(1)).where(*here).limit(1)
            return connection.execute(query).first() is not None

    def unknown_runs(self, run_ids: Collection[str]) -> set[str]:
        """Those of the runs that the ledger has not, and of which nobody has said that they may be forgotten."""
        known: set[str] = set()
        with self._db.reading() as connection:
            for group in grouped(sorted(run_ids)):
                for table in (schema.runs, schema.lost_runs):
                    query = sa.select(table.c.run_id).where(table.c.run_id.in_(group))
                    known.update(connection.execute(query).scalars())
        return set(run_ids) - known

    def accept_loss(self, run_ids: Collection[str], *, reason: str, by: str, at: datetime) -> None:
        """Writes down that these runs are unknown here, who said that they may be, and why."""
        with self._db.writing(again=True) as connection:
            for run_id in sorted(run_ids):
                row = {"run_id": run_id, "reason": reason, "accepted_by": by, "accepted_at": at}
                added(connection, schema.lost_runs, row)


def batches_in(file: Path, *, server: str, project_id: int) -> list[str]:
    """Runs that asked for calls for the project, by the SQLite ledger in a file, which is only read and may be of any
    version; none where the file is no ledger."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return [run_id for (run_id,) in connection.execute(_BATCHES, (server, project_id))]
    except sqlite3.DatabaseError:
        return []
