"""Runs, and what became of their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import bulk, schema
from connectors.ledger.outage import at_once
from connectors.ledger.part import LedgerPart, every, fields, given, one, theirs
from connectors.ledger.people import PeopleKey
from connectors.ledger.values import ROWS, RunRecord, RunStatus, Trail

_RUN = sa.select(*fields(schema.runs, RunRecord))
_AT_A_TIME = 50  # runs that are read at a time
_NEWEST = (schema.runs.c.started_at.desc(), schema.runs.c.run_id.desc())


class Runs(LedgerPart):
    def start_run(self, run: RunRecord) -> None:
        """Writes down that a run begins."""
        with self._db.writing() as connection:
            connection.execute(sa.insert(schema.runs).values(given(run)))

    def note_run(self, run_id: str, **columns: Any) -> None:  # noqa: ANN401 - fields of Run
        """Adds what a run has learned meanwhile: any fields of `RunRecord` but its id."""
        with self._db.writing(again=True) as connection:
            changed = connection.execute(sa.update(schema.runs).where(schema.runs.c.run_id == run_id).values(columns))
            if changed.rowcount != 1:
                raise LookupError(f"the ledger has no run {run_id}")

    def finish_run(self, run_id: str, status: RunStatus, at: datetime, **columns: Any) -> None:  # noqa: ANN401 - as above
        """Writes down how a run ended, and what is known by then (counts, requests, summary, error)."""
        self.note_run(run_id, status=status, finished_at=at, stop_asked_at=None, **columns)

    def drop_run(self, run_id: str) -> None:
        """Forgets a run that never came to do anything."""
        with self._db.writing(again=True) as connection:
            connection.execute(sa.delete(schema.runs).where(schema.runs.c.run_id == run_id))

    def begin_again(self, run_id: str) -> None:
        """Writes down that a run goes on. Whoever asked it to stop before is not meant any more."""
        self.note_run(run_id, status="running", stop_asked_at=None)

    @at_once
    def is_asked_to_stop(self, run_id: str) -> bool:
        """Whether somebody has asked this run to stop since it began."""
        asked = sa.select(schema.runs.c.stop_asked_at).where(schema.runs.c.run_id == run_id)
        with self._db.reading() as connection:
            return connection.execute(asked).scalar() is not None

    def run(self, run_id: str) -> RunRecord | None:
        with self._db.reading() as connection:
            return one(connection, _RUN.where(schema.runs.c.run_id == run_id), RunRecord)

    def runs(
        self,
        pipeline: str | None = None,
        *,
        kind: str | None = None,
        statuses: Collection[RunStatus] | None = None,
        limit: int | None = None,
    ) -> list[RunRecord]:
        """The runs of a pipeline, a kind, of these statuses, newest first: all of them, or the latest `limit`."""
        query = _RUN.order_by(*_NEWEST).limit(limit)
        if pipeline is not None:
            query = query.where(schema.runs.c.pipeline == pipeline)
        if kind is not None:
            query = query.where(schema.runs.c.kind == kind)
        if statuses is not None:
            query = query.where(schema.runs.c.status.in_(statuses))
        with self._db.reading() as connection:
            return every(connection, query, RunRecord)

    def runs_for_project(
        self, pipeline: str, kinds: Collection[str], *, server: str, project_id: int
    ) -> Iterator[RunRecord]:
        """The pipeline's runs of these kinds for the project, newest first, without their summaries; read only as far
        as they are taken, however many there are."""
        c = schema.runs.c
        heads = sa.select(*(column for column in fields(schema.runs, RunRecord) if column is not c.summary))
        of_project = (c.pipeline == pipeline, c.server == server, c.project_id == project_id, c.kind.in_(kinds))
        query = heads.where(*of_project).order_by(*_NEWEST).execution_options(yield_per=_AT_A_TIME)
        with self._db.reading() as connection:
            for row in connection.execute(query).mappings():
                yield RunRecord(**row)

    def pipelines(self) -> list[str]:
        """Names of the pipelines that have run."""
        with self._db.reading() as connection:
            query = sa.select(schema.runs.c.pipeline).distinct().order_by(schema.runs.c.pipeline)
            return list(connection.execute(query).scalars())

    def record_rows(self, run_id: str, rows: pa.Table) -> None:
        """Rows as in `ROWS`; a row told again replaces what was told before."""
        with self._db.writing(again=True) as connection:
            bulk.upsert(connection, schema.rows, rows, {"run_id": run_id})

    def rows(self, run_id: str, statuses: Collection[str] | None = None) -> pa.Table:
        """The run's rows as in `ROWS`, in the order of the source."""
        query = sa.select(schema.rows).where(schema.rows.c.run_id == run_id).order_by(schema.rows.c.row)
        if statuses is not None:
            query = query.where(schema.rows.c.status.in_(statuses))
        with self._db.reading() as connection:
            return bulk.read(connection, query, ROWS)


def forget_rows(connection: Connection, trail: Trail) -> int:
    """What became of the person's rows; how many there were."""
    table = schema.rows
    named = sa.or_(table.c.address.in_(trail.names), table.c.address_key.in_(trail.names))
    return connection.execute(
        sa.delete(table).where(sa.or_(named, theirs(table, trail, schema.runs.c.run_id)))
    ).rowcount


def forget_choices(connection: Connection, wanted: Collection[str], key: PeopleKey) -> int:
    """Addresses that runs were limited to (`--only`) become keyed hashes; how many runs there were."""
    changed = 0
    for run_id, options in connection.execute(sa.select(schema.runs.c.run_id, schema.runs.c.options)).all():
        only = options.get("only") or []
        hashed = [key.hashed(address) if address in wanted else address for address in only]
        if hashed != only:
            told = sa.update(schema.runs).where(schema.runs.c.run_id == run_id)
            connection.execute(told.values(options={**options, "only": hashed}))
            changed += 1
    return changed
