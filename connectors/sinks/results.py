"""The outcome of every row of a run as a table, for those who look at databases rather than workbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa

from connectors.sinks.writing import reading, writing
from connectors.values import OUTCOME_COLUMNS


def record_results(url: str, table: str, outcomes: pa.Table, *, run: Mapping[str, str], at: datetime) -> int:
    """Write one line per row of a run, in place of what was written for that run before; how many there are.

    outcomes: columns `row`, `address` and any of OUTCOME_COLUMNS. run: run_id, pipeline, kind. Raises what
    `connectors.sinks.writing` raises.
    """
    target = _table(table)
    recorded_at = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    frame = outcomes.to_pandas().assign(**run, recorded_at=recorded_at)
    with writing(url, target) as connection:
        connection.execute(sa.delete(target).where(target.c.run_id == run["run_id"]))
        frame.to_sql(table, connection, if_exists="append", index=False)
    return len(frame)


def batches_recorded(url: str, table: str, pipeline: str) -> list[str]:
    """Runs of which the table says that they queued calls of the pipeline; none where there is no such table.

    Raises what `connectors.sinks.writing` raises.
    """
    target = _table(table)
    asked = (target.c.pipeline == pipeline, target.c.kind == "call", target.c.sync_status.in_(["queued", "uncertain"]))
    with reading(url, target) as connection:
        if connection is None:
            return []
        return list(connection.execute(sa.select(target.c.run_id).distinct().where(*asked)).scalars())


def forget_rows(url: str, table: str, is_theirs: Callable[[str, int, str], bool], *, dry_run: bool = False) -> int:
    """Remove the rows of a person: those of which `is_theirs` says so, given run id, row and address; how many there
    were. With `dry_run` they are counted only. Raises what `connectors.sinks.writing` raises."""
    target = _table(table)
    with reading(url, target) as connection:
        if connection is None:
            return 0
        every = connection.execute(sa.select(target.c.run_id, target.c.row, target.c.address))
        found = [(run_id, row) for run_id, row, address in every if is_theirs(run_id, row, address)]
    if found and not dry_run:
        with writing(url, target) as connection:
            one = sa.delete(target).where(target.c.run_id == sa.bindparam("of_run"), target.c.row == sa.bindparam("at"))
            connection.execute(one, [{"of_run": run_id, "at": row} for run_id, row in found])
    return len(found)


def _table(name: str) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("pipeline", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        *(sa.Column(column, sa.Text) for column in OUTCOME_COLUMNS),
    )
