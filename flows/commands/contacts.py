"""`plan` and `sync`: run, print, and exit with the contract's status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import orjson

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.commands.failure import ending, tell
from flows.commands.progress import shown
from flows.runs.console import PlannedChange, print_plan, print_report
from flows.runs.contact_run import Ended, Options, Run, plan_contacts, sync_contacts
from flows.runs.execution import Started, execute
from flows.runs.folder import RunFolder, home_folder, new_run_id
from flows.runs.plan_file import write_plan
from flows.runs.report import EXIT_STATUS, Summary
from flows.runs.summary import as_json

MOST_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The options the commands over contacts share."""

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    prefect: bool = False
    as_json: bool = False

    @property
    def options(self) -> Options:
        return Options(only=self.only, limit=self.limit, approve=self.approve)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command has to show, however the run was carried out."""

    summary: Summary
    changes: Sequence[PlannedChange]
    error: VerboiceSyncError | None

    @property
    def exit_status(self) -> int:
        return self.error.exit_status if self.error is not None else EXIT_STATUS[self.summary["status"]]


def plan(pipeline: str, choice: Choice, *, out: Path | None = None) -> None:
    """Show what a sync would do."""
    with ending("plan", pipeline, as_json=choice.as_json):
        result = _directly("plan", pipeline, choice, plan_contacts)
        if out is not None:
            write_plan(out, Path(result.summary["reports"]["plan"] or "").read_bytes())
        show(result, pipeline, json=choice.as_json)


def sync(pipeline: str, choice: Choice) -> None:
    """Plan, guard, push; under Prefect where there is a server, or when asked for."""
    with ending("sync", pipeline, as_json=choice.as_json):
        if choice.prefect or os.environ.get("PREFECT_API_URL"):
            result = _under_prefect(pipeline, choice)
        else:
            result = _directly("sync", pipeline, choice, sync_contacts)
        show(result, pipeline, json=choice.as_json)


def show(result: Result, pipeline: str, *, json: bool) -> None:
    """Print a result and leave with its exit status."""
    summary = result.summary
    if json:
        sys.stdout.buffer.write(as_json(summary))
        sys.stdout.flush()
    elif summary["kind"] == "plan" or summary["status"] == "refused":
        print_plan(summary, result.changes, pipeline=pipeline)
    else:
        print_report(summary, pipeline=pipeline)
    if result.error is not None:
        tell(result.error)
    raise SystemExit(result.exit_status)


def _directly(kind: str, pipeline: str, choice: Choice, work: Callable[[Run], Ended]) -> Result:
    with shown() as progress:
        ended = execute(Started(kind, pipeline, choice.options, progress=progress), work)
    changes = cast("list[PlannedChange]", ended.plan.changes.slice(0, MOST_CHANGES).to_pylist())
    return Result(ended.report.summary, changes, ended.error)


def _under_prefect(pipeline: str, choice: Choice) -> Result:
    """The same sync as a Prefect flow; its report is read back from the run's folder."""
    from flows.sync_contacts import SyncOptions
    from flows.sync_contacts import sync_contacts as flow

    run_id = new_run_id(datetime.now(UTC))
    error: VerboiceSyncError | None = None
    try:
        flow(pipeline, SyncOptions(only=choice.only, limit=choice.limit, approve=choice.approve), run_id)
    except VerboiceSyncError as raised:
        error = raised
    folder = RunFolder.of(home_folder(), run_id)
    if not folder.summary.exists():
        raise error or CouldNotBeDone("The flow run left no report; Prefect's log of it says why.")
    changes = orjson.loads(folder.plan.read_bytes())["changes"][:MOST_CHANGES]
    return Result(orjson.loads(folder.summary.read_bytes()), changes, error)
