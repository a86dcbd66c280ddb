"""Commands that are carried out as Prefect flows: whether one is, and what its run has left."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.runs.folder import RunFolder, home_folder, new_run_id
from flows.settings import load_pipeline

if TYPE_CHECKING:
    from flows.reports.summary import Summary


def is_wanted(*, asked: bool) -> bool:
    """Whether a command is a flow: where there is a Prefect server, or when asked for."""
    return asked or bool(os.environ.get("PREFECT_API_URL"))


def run_as_flow(pipeline: str, flow: Callable[[str], object]) -> tuple[RunFolder, Summary, VerboiceSyncError | None]:
    """Call the flow with the id of a new run: the run's folder, its report, and what stopped it.

    Raises what stopped a run before it had a report.
    """
    run_id = new_run_id(datetime.now(UTC))
    error: VerboiceSyncError | None = None
    try:
        flow(run_id)
    except VerboiceSyncError as raised:
        error = raised
    folder = RunFolder.of(home_folder(load_pipeline(pipeline).folder), run_id)
    if not folder.summary.exists():
        raise error or CouldNotBeDone("The flow run left no report.", hint="Prefect's log of it says why.")
    return folder, orjson.loads(folder.summary.read_bytes()), error
