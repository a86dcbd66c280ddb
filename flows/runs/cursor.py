"""Reading a database by a cursor column: only what changed since the last successful run, and no row lost."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.values import Watermark
from connectors.values import Rows
from flows import wiring
from flows.runs import contact_ledger
from flows.runs.run import Run
from flows.settings.models import DatabaseSource

# Rows in these buckets still have to arrive; moving past them would lose them, since they do not change again.
_UNSETTLED = ("failed", "uncertain", "held")


def cursor_of(run: Run) -> str | None:
    """The cursor column of the run's source; a dropped file has none."""
    source = run.pipeline.source
    if run.options.dropped or not isinstance(source, DatabaseSource):
        return None
    return source.cursor


def read_changed(run: Run, project_id: int) -> Rows:
    """The rows changed since the pipeline's watermark for this project, or all if there is none yet."""
    cursor = cursor_of(run)
    known = None if cursor is None else run.ledger.watermark(contact_ledger.scope_of(run, project_id), cursor)
    return wiring.open_source(run.pipeline, since=known.value if known is not None else None).read()


def move_watermark(run: Run, project_id: int, rows: Rows, outcomes: pa.Table) -> None:
    """Remember how far the source was read, if all its rows are settled and --only or --limit left none out."""
    cursor = cursor_of(run)
    narrowed = run.options.only or run.options.limit is not None or run.options.after_row
    if cursor is None or rows.watermark is None or narrowed:
        return
    if pc.any(pc.is_in(outcomes["status"], value_set=pa.array(_UNSETTLED))).as_py():
        return
    moved = Watermark(rows.watermark, run.run_id, run.clock())
    run.ledger.set_watermark(contact_ledger.scope_of(run, project_id), cursor, moved)
