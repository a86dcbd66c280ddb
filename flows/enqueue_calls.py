"""The Prefect flow of a batch of calls: the order of steps, each one task, none of them ever retried by Prefect."""

from __future__ import annotations

from dataclasses import replace

from prefect import flow
from pydantic import Field

from flows.calls.batch import Batch
from flows.orchestration.artifacts import ProgressArtifact
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import AskingOptions, carry_out, meant_moment
from flows.runs.calls.run import enqueue_calls as run_calls
from flows.runs.calls.run import plan_calls
from flows.runs.execution import Started, execute
from flows.runs.run import Ended, Options


class CallOptions(AskingOptions):
    """What may be chosen for one run; shown as a form in Prefect's UI. `again`: why people are called once more."""

    again: str = ""
    lost_past: str = Field(
        default="", description="Why people may be called although calls were made that the ledger does not know."
    )
    dry_run: bool = False


@flow(name="enqueue-calls", retries=0, persist_result=False, validate_parameters=True)
def enqueue_calls(pipeline: str, options: CallOptions | None = None, run_id: str | None = None) -> str:
    """Ask for the calls of one pipeline, named or by path. Returns the headline; the reports are in the run's folder.

    Raises RefusedByGuard where a guard tripped, and what stopped the run otherwise, so that the flow run fails visibly.
    Started once more after a crash it asks for nobody whom the ledger has asked for.
    """
    chosen = options or CallOptions()
    work = plan_calls if chosen.dry_run else run_calls

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Batch]:
        options = replace(asked, again=chosen.again, lost_past=chosen.lost_past, dry_run=chosen.dry_run)
        meant_at = meant_moment(pipeline)
        started = Started("call", pipeline, options, run_id, progress, step=as_task, meant_at=meant_at)
        return execute(started, work)  # without a preview: Prefect would keep people's names in its log

    return carry_out(pipeline, chosen, attempt)
