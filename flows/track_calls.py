"""The Prefect flows that ask what became of calls, of a run or of all of a pipeline's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from connectors.errors import VerboiceSyncError
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.cancelling import Cancelling
from flows.orchestration.credentials import credentials_of
from flows.orchestration.endings import ending_of
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import FlowOptions, show, show_calls, sign_of_life
from flows.reports.summary import states_of
from flows.runs.calls.reconcile import reconcile_calls as run_reconciling
from flows.runs.calls.retry import runs_to_retry
from flows.runs.calls.run import enqueue_calls
from flows.runs.calls.track import in_words, runs_to_look_after
from flows.runs.calls.track import track_calls as run_tracking
from flows.runs.execution import Started, execute
from flows.runs.folder import home_folder
from flows.runs.reopen import find_folder, pipeline_of
from flows.runs.run import Options
from flows.runs.stopping import CalledOff
from flows.settings import load_pipeline


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
        show_calls(tracked.report, pipeline_of(find_folder(home_folder(), run)))
        if tracked.error is not None:
            raise tracked.error
        return told

    return ending_of(work)


class TrackOptions(FlowOptions):
    """What may be chosen for one round over a pipeline's calls; shown as a form in Prefect's UI."""


@flow(name="track-recent-calls", retries=0, persist_result=False, validate_parameters=True)
def track_recent_calls(pipeline: str, options: TrackOptions | None = None) -> State[Any]:
    """Ask once for every open call of the pipeline's runs, and make the new attempts that `calls.retry` asks for. Ends
    with how many runs were asked about.

    Fails with what stopped the tracking of the last run that could not be tracked; the others are up to date.
    """

    def tracked(run_id: str, home: Path, is_cancelled: Cancelling) -> VerboiceSyncError | None:
        done = run_tracking(run_id, home=home, step=as_task, is_cancelled=is_cancelled)
        show_calls(done.report, load_pipeline(pipeline))
        return done.error

    return _over_runs(pipeline, options, tracked, then=_tried_again)


@flow(name="reconcile-calls", retries=0, persist_result=False, validate_parameters=True)
def reconcile_calls(pipeline: str, options: TrackOptions | None = None) -> State[Any]:
    """Ask once for every open call of the pipeline's runs, and look for the uncertain ones in Verboice's log. Ends as
    `track_recent_calls` does.
    """

    def reconciled(run_id: str, home: Path, is_cancelled: Cancelling) -> VerboiceSyncError | None:
        done = run_reconciling(run_id, home=home, step=as_task, is_cancelled=is_cancelled)
        show_calls(done.report, load_pipeline(pipeline))
        return done.error

    return _over_runs(pipeline, options, reconciled)


LookAfter = Callable[[str, Path, Cancelling], VerboiceSyncError | None]


def _tried_again(pipeline: str) -> str:
    settings = load_pipeline(pipeline)
    runs = runs_to_retry(settings)
    for run_id in runs:
        started = Started("call", pipeline, Options(retry=run_id), step=as_task)
        ended = execute(started, enqueue_calls)
        show(ended.report, settings)
        if ended.error is not None:
            raise ended.error
    return f", {len(runs)} tried again" if runs else ""


def _nothing(_pipeline: str) -> str:
    return ""


def _over_runs(
    pipeline: str, options: TrackOptions | None, look_after: LookAfter, *, then: Callable[[str], str] = _nothing
) -> State[Any]:
    account_block = (options or TrackOptions()).account_block

    def work() -> str:
        with credentials_of(account_block), sign_of_life(pipeline):
            home = home_folder(load_pipeline(pipeline).folder)
            return _looked_after(runs_to_look_after(pipeline), home, look_after) + then(pipeline)

    return ending_of(work)


def _looked_after(runs: Sequence[str], home: Path, look_after: LookAfter) -> str:
    stopped: VerboiceSyncError | None = None
    is_cancelled = Cancelling()
    for run_id in runs:
        stopped = look_after(run_id, home, is_cancelled) or stopped
        if isinstance(stopped, CalledOff):
            break
    if stopped is not None:
        raise stopped
    return f"{len(runs)} runs with open calls"
