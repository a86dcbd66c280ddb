"""`retention`: run folders and details of a pipeline's runs go when they are older than it says.

Each run of the pipeline looks once a day. What somebody still has to see to is kept, and told by `check`: runs with
calls of which nobody knows whether they rang, runs that were cut off while none of their kind has got through since,
and runs that somebody is at work on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows import wiring
from flows.runs.folder import RunFolder, private_folder
from flows.runs.kinds import run_kind
from flows.runs.places import is_there
from flows.runs.upkeep import is_at_work
from flows.settings import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.retention import EndedRun

_LOOKED = "retention"  # a folder in the home folder: the day of the last look, by pipeline
_MOST_TOLD = 5


def remove_daily(pipeline: Pipeline, ledger: Ledger, home: Path, *, at: datetime) -> None:
    """Remove what is older than the pipeline's `retention`, unless this was done with this home today (UTC)."""
    if pipeline.retention is None:
        return
    looked = private_folder(private_folder(home) / _LOOKED) / pipeline.name
    today = f"{at:%Y-%m-%d} {pipeline.retention}"
    if not looked.exists() or looked.read_text() != today:
        remove_older(pipeline.name, ledger, home, before=at - pipeline.retention)
        looked.write_text(today)


def remove_older(pipeline: str, ledger: Ledger, home: Path, *, before: datetime) -> None:
    """Folders first: cut off anywhere, it is done once more. A folder that cannot be removed is told by `check`."""
    past = [run for run in ledger.ended_runs(pipeline) if run.at < before and not _is_held(run)]
    gone = [run for run in past if not is_at_work(ledger, home, run.run_id)]
    for run in gone:
        shutil.rmtree(_folder(home, run), ignore_errors=True)
    whole = [run.run_id for run in gone if not run.is_reduced]
    if whole:
        ledger.reduce_runs(whole)


def kept_until(pipeline: Pipeline, home: Path, *, at: datetime) -> Iterator[str]:
    """Lines for people: what is kept of the pipeline's runs and until when. Raises what opening the ledger raises."""
    if not is_there(pipeline, home):
        return
    with wiring.open_ledger(pipeline, home) as ledger:
        runs = [run for run in ledger.ended_runs(pipeline.name) if not run.is_reduced or _folder(home, run).exists()]
    if pipeline.retention is None:
        if runs:
            yield f"Details of {_runs(runs)} are kept without end (`retention: 90d` keeps them for 90 days)."
        return
    yield _kept(runs, pipeline.retention, at)
    yield from _beyond(home, [run for run in runs if run.at < at - pipeline.retention])


def _kept(runs: Sequence[EndedRun], retention: timedelta, at: datetime) -> str:
    recent = [run.at for run in runs if run.at >= at - retention]
    until = f", the oldest until {min(recent) + retention:%Y-%m-%d %H:%M} UTC" if recent else ""
    what = f"Details of runs are kept for {_length(retention)}: now of {_runs(recent)}{until}"
    return f"{what}; who was called is known after it too."


def _beyond(home: Path, runs: Sequence[EndedRun]) -> Iterator[str]:
    for run in runs[:_MOST_TOLD]:
        told = f"Run {run.run_id} is older and still kept"
        if run.held_by == "calls":
            yield f"{told}: nobody knows whether some of its calls rang (`verboice-sync resolve {run.run_id}`)."
        elif _is_held(run):
            yield f"{told}: it was cut off (`verboice-sync resume {run.run_id}`)."
        elif run.is_reduced:
            yield f"{told}: its folder {_folder(home, run)} cannot be removed."
        else:
            yield f"{told}: the pipeline's next run of another day removes it."
    if len(runs) > _MOST_TOLD:
        yield f"So are {len(runs) - _MOST_TOLD:,} more that are older."


def _is_held(run: EndedRun) -> bool:
    return run.held_by == "calls" or (run.held_by == "cut off" and run_kind(run.kind).sends)


def _folder(home: Path, run: EndedRun) -> Path:
    return RunFolder(home / "runs" / run.run_id).path


def _runs(runs: Sequence[object]) -> str:
    return f"{len(runs):,} run" if len(runs) == 1 else f"{len(runs):,} runs"


def _length(length: timedelta) -> str:
    return f"{length.days} days" if length.days > 1 else f"{length / timedelta(hours=1):g} hours"
