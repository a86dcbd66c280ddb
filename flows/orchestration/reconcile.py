"""Tells Prefect which flow runs are dead.

A process that is killed cannot say so: its flow run stays `Running` and keeps its place, so that scheduled runs wait
behind it for minutes. Our flow runs hold a lease of the ledger while they live; without one they are dead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

from connectors.errors import VerboiceSyncError
from connectors.ledger import Ledger
from flows import wiring
from flows.runs.folder import home_folder
from flows.runs.lease import is_held
from flows.settings import load_pipeline

TAG = "verboice-sync"
_ALIVE = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
ENDING = 3.0  # seconds a process may take from giving its lease back to telling Prefect how it ended
STARTING = timedelta(minutes=2)  # what a process may take from being started to holding its lease
SUBMITTING = timedelta(minutes=10)  # what its start may take; Prefect gives its place free after 5 minutes


def life_lease(flow_run_id: object) -> str:
    """The lease that a flow run holds while its process lives."""
    return f"flow-run:{flow_run_id}"


def reconcile(pipeline: str | None = None) -> list[str]:
    """Mark our dead flow runs as crashed, which gives their places free; their names.

    pipeline: only those with this very parameter, where only its ledger is known to be the right one.
    """
    running = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_ALIVE))),
    )
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=running)
        ours = [run for run in found if pipeline is None or run.parameters.get("pipeline") == pipeline]
        suspects = [run for run in ours if _is_dead(run)]
        if suspects:
            time.sleep(ENDING)
        return [_bury(client, run) for run in suspects if _is_dead(client.read_flow_run(run.id))]


def _bury(client: SyncPrefectClient, run: FlowRun) -> str:
    for ledger in _ledgers(run):
        ledger.forget_lease(life_lease(run.id))
    state: Any = Crashed(message="Its process is gone. What it had sent is in the ledger; the next run goes on.")
    client.set_flow_run_state(run.id, state, force=True)
    return run.name


def _is_dead(run: FlowRun) -> bool:
    """Whether the run's lease is gone. One that has not had the time to take its lease counts as alive."""
    if run.state is None or run.state.type not in _ALIVE:
        return False
    begun = run.state.type is not StateType.PENDING
    old = datetime.now(UTC) - run.state.timestamp > (STARTING if begun else SUBMITTING)
    for ledger in _ledgers(run):
        name = life_lease(run.id)
        known = begun and ledger.lease(name) is not None
        if (known or old) and not is_held(ledger, name):
            return True
    return False


def _ledgers(run: FlowRun) -> Iterator[Ledger]:
    """The ledger of the run's pipeline; none where that cannot be had, so that nothing is concluded from it."""
    try:
        pipeline = load_pipeline(str(run.parameters.get("pipeline", "")))
        with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger:
            yield ledger
    except VerboiceSyncError:
        return
