"""`backfill`: a one-off over many rows, in portions if wanted. Where the last one ended is kept with its run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.runs.contacts.prepare import prepare
from flows.runs.contacts.prepared import Prepared
from flows.runs.kinds import BACKFILL
from flows.runs.run import UNFINISHED, Options, Run

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import RunRecord

REACHED = "reached"  # beside the options of a run: the last row of the source that was its turn


def prepare_backfill(run: Run) -> Prepared:
    """As for a sync; the ledger learns how far this run goes."""
    prepared = prepare(run)
    numbers = prepared.rows.numbers.to_pylist()
    reached = max(numbers, default=run.options.after_row)
    run.ledger.note_run(run.run_id, options={**run.options.as_dict(), REACHED: reached})
    if numbers or run.options.after_row is None:
        return prepared
    return replace(prepared, notes=(*prepared.notes, "The last backfill reached the last row; nothing is left."))


def unfinished(ledger: Ledger, pipeline: str) -> RunRecord | None:
    """The pipeline's latest backfill, if it was cut off: it is to be resumed before anything else."""
    last = _last(ledger, pipeline)
    if last is None or last.status == "refused":
        return None
    begun = ledger.count_writes(last.run_id)
    cut_off = last.status in UNFINISHED
    return last if cut_off or begun["planned"] or begun["sending"] or begun["uncertain"] else None


def following(ledger: Ledger, pipeline: str, options: Options) -> Options:
    """The options of the backfill that goes on where the latest one ended; what was --fill-only then stays so."""
    last = _last(ledger, pipeline)
    if last is None:
        return options
    where = "after_row" if last.status == "refused" else REACHED
    fill_only = options.fill_only or bool(last.options.get("fill_only"))
    return replace(options, after_row=last.options.get(where), fill_only=fill_only)


def _last(ledger: Ledger, pipeline: str) -> RunRecord | None:
    return next(iter(ledger.runs(pipeline, kind=BACKFILL.name, limit=1)), None)
