"""The Prefect flow that asks what became of a run's calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from connectors.errors import VerboiceSyncError
from flows import wiring
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.cancelling import Cancelling
from flows.orchestration.credentials import credentials_of
from flows.orchestration.endings import ending_of
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import FlowOptions, sign_of_life
from flows.reports.summary import states_of
from flows.runs.calls.track import in_words, open_calls
from flows.runs.calls.track import track_calls as run_tracking
from flows.runs.folder import home_folder
from flows.runs.kinds import CALL
from flows.runs.stopping import CalledOff
from flows.settings import load_pipeline

RECENT = 50  # runs that are looked through for calls whose outcome is open


@flow(name="track-calls", retries=0, persist_result=False, validate_parameters=True)
def track_calls(run: str, until_done: bool = True) -> State[Any]:
    """Track one run, by its id, once or until every call is settled. Ends with the calls by state in words.

    Fails with what stopped the tracking; what was learned until then is kept, and the flow can simply run again.
    """

    def work() -> str:
        with ProgressArtifact(slug(f"track-{run}")) as progress:
            tracked = run_tracking(
                run, until_done=until_done, progress=progress, step=as_task, is_cancelled=Cancelling()
            )
        told = in_words(states_of(tracked.report.summary))
        get_run_logger().info(told)
        if tracked.error is not None:
            raise tracked.error
        return told

    return ending_of(work)


class TrackOptions(FlowOptions):
    """What may be chosen for one round of tracking; shown as a form in Prefect's UI."""


@flow(name="track-recent-calls", retries=0, persist_result=False, validate_parameters=True)
def track_recent_calls(pipeline: str, options: TrackOptions | None = None) -> State[Any]:
    """Ask once for every open call of the pipeline's recent runs. Ends with how many runs were asked about.

    Fails with what stopped the tracking of the last run that could not be tracked; the others are up to date.
    """
    chosen = options or TrackOptions()

    def work() -> str:
        with credentials_of(chosen.account_block), sign_of_life(pipeline):
            return _tracked(_with_open_calls(pipeline))

    return ending_of(work)


def _tracked(runs: Sequence[str]) -> str:
    stopped: VerboiceSyncError | None = None
    is_cancelled = Cancelling()
    for run_id in runs:
        stopped = run_tracking(run_id, step=as_task, is_cancelled=is_cancelled).error or stopped
        if isinstance(stopped, CalledOff):
            break
    if stopped is not None:
        raise stopped
    return f"{len(runs)} runs with open calls"


def _with_open_calls(typed: str) -> list[str]:
    pipeline = load_pipeline(typed)
    with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger:
        runs = ledger.runs(pipeline.name, kind=CALL.name, limit=RECENT)
        return [run.run_id for run in runs if open_calls(ledger.calls_of_run(run.run_id))]
