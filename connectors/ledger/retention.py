"""Runs that are past their retention: what tells of people goes, the run itself stays with its counts.

What keeps a call from being repeated stays as keyed hashes (`connectors.ledger.people`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.calls import forget_calls
from connectors.ledger.part import LedgerPart, grouped
from connectors.ledger.people import PeopleKey, made_key
from connectors.ledger.values import RunStatus
from connectors.ledger.writes import OPEN

_R, _C, _W = schema.runs.c, schema.calls.c, schema.writes.c
_NEVER = datetime.min.replace(tzinfo=UTC)
_REDUCED = "reduced"  # among a run's options, beside what the user asked for
_DONE: tuple[RunStatus, ...] = ("succeeded", "partial")
_CUT_OFF: tuple[RunStatus, ...] = ("running", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run, and whether anything holds it beyond its retention.

    at: when it ended, or began where it never did. is_reduced: nothing is left of its details.
    held_by: `calls` of which nobody knows whether they rang, or that it was `cut off` and no run of its kind has got
    through since.
    """

    run_id: str
    kind: str
    at: datetime
    is_reduced: bool
    held_by: Literal["", "calls", "cut off"]


class Retention(LedgerPart):
    def ended_runs(self, pipeline: str) -> list[EndedRun]:
        """The pipeline's runs, the oldest first."""
        heads = sa.select(_R.run_id, _R.kind, _R.status, _R.started_at, _R.finished_at, _R.options)
        of_its = _R.pipeline == pipeline
        doubtful = sa.select(_C.run_id).where(_C.pipeline == pipeline, _C.state.in_(["sending", "uncertain"]))
        its_open = sa.select(_W.run_id).join(schema.runs, _R.run_id == _W.run_id).where(of_its, _W.state.in_(OPEN))
        with self._db.reading() as connection:
            open_calls = set(connection.execute(doubtful.distinct()).scalars())
            open_writes = set(connection.execute(its_open.distinct()).scalars())
            found = connection.execute(heads.where(of_its).order_by(_R.started_at, _R.run_id)).all()
        cut_off = {run.run_id for run in found if run.status in _CUT_OFF} | open_writes
        through = {run.kind: run.started_at for run in found if run.run_id not in cut_off and _is_whole(run)}
        waiting = {
            run.run_id for run in found if run.run_id in cut_off and through.get(run.kind, _NEVER) < run.started_at
        }
        return [
            EndedRun(
                run.run_id,
                run.kind,
                run.finished_at or run.started_at,
                bool(run.options.get(_REDUCED)),
                "calls" if run.run_id in open_calls else "cut off" if run.run_id in waiting else "",
            )
            for run in found
        ]

    def reduce_runs(self, run_ids: Collection[str]) -> None:
        """Removes the details of these runs: outcomes of rows, requests with their values, contents of plans. Calls
        that rang and addresses that a run was limited to become keyed hashes; others go."""
        with self._db.writing(again=True) as connection:
            if self._db.is_sqlite:  # what is deleted is overwritten, at the cost of writing its pages once more
                connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
            key = made_key(connection)
            for group in grouped(sorted(run_ids)):
                for table in (schema.rows, schema.changes, schema.writes):
                    connection.execute(sa.delete(table).where(table.c.run_id.in_(group)))
                bodies = sa.update(schema.plans).where(schema.plans.c.made_by.in_(group))
                connection.execute(bodies.values(body=None))
                forget_calls(connection, _C.run_id.in_(group), key)
                _reduce_options(connection, group, key)


def _is_whole(run: sa.Row[Any]) -> bool:
    """Whether a run went through all of its source, and not only to see what would be done."""
    return run.status in _DONE and not (run.options.get("only") or run.options.get("dry_run"))


def _reduce_options(connection: Connection, run_ids: Collection[str], key: PeopleKey) -> None:
    found = connection.execute(sa.select(_R.run_id, _R.options).where(_R.run_id.in_(run_ids))).all()
    for run_id, options in found:
        only = {"only": [key.hashed(address) for address in options["only"]]} if options.get("only") else {}
        told = sa.update(schema.runs).where(_R.run_id == run_id)
        connection.execute(told.values(options={**options, **only, _REDUCED: True}))
