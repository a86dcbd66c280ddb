"""The Prefect flow that asks what became of a run's calls."""

from __future__ import annotations

from prefect import flow, get_run_logger

from connectors.errors import VerboiceSyncError
from flows import wiring
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.credentials import credentials_of
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import FlowOptions, sign_of_life
from flows.reports.summary import states_of
from flows.runs.calls.track import in_words, open_calls
from flows.runs.calls.track import track_calls as run_tracking
from flows.runs.folder import home_folder
from flows.runs.kinds import CALL
from flows.settings import load_pipeline

RECENT = 50  # runs that are looked through for calls whose outcome is open


@flow(name="track-calls", retries=0, persist_result=False, validate_parameters=True)
def track_calls(run: str, until_done: bool = True) -> str:
    """Track one run, by its id, once or until every call is settled. Returns the calls by state in words.

    Raises what stopped the tracking; what was learned until then is kept, and the flow can simply run again.
    """
    progress = ProgressArtifact(slug(f"track-{run}"))
    tracked = run_tracking(run, until_done=until_done, progress=progress, step=as_task)
    told = in_words(states_of(tracked.report.summary))
    get_run_logger().info(told)
    if tracked.error is not None:
        raise tracked.error
    return told


class TrackOptions(FlowOptions):
    """What may be chosen for one round of tracking; shown as a form in Prefect's UI."""


@flow(name="track-recent-calls", retries=0, persist_result=False, validate_parameters=True)
def track_recent_calls(pipeline: str, options: TrackOptions | None = None) -> str:
    """Ask once for every open call of the pipeline's recent runs. Returns how many runs were asked about.

    Raises what stopped the tracking of the last run that could not be tracked; the others are up to date.
    """
    chosen = options or TrackOptions()
    stopped: VerboiceSyncError | None = None
    with credentials_of(chosen.account_block), sign_of_life(pipeline):
        runs = _with_open_calls(pipeline)
        for run_id in runs:
            stopped = run_tracking(run_id, step=as_task).error or stopped
    if stopped is not None:
        raise stopped
    return f"{len(runs)} runs with open calls"


def _with_open_calls(typed: str) -> list[str]:
    pipeline = load_pipeline(typed)
    with wiring.open_ledger(pipeline, home_folder()) as ledger:
        runs = ledger.runs(pipeline.name, kind=CALL.name, limit=RECENT)
        return [run.run_id for run in runs if open_calls(ledger.calls_of_run(run.run_id))]
