"""The Prefect flow of a batch of calls: the order of steps, each one task, none of them ever retried by Prefect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.calls.batch import Batch
from flows.orchestration.artifacts import ProgressArtifact
from flows.orchestration.under_prefect import AskingOptions, as_started, carry_out
from flows.runs.calls.run import enqueue_calls as run_calls
from flows.runs.calls.run import plan_calls
from flows.runs.execution import execute
from flows.runs.run import Ended, Options


class CallOptions(AskingOptions):
    """What may be chosen for one run; shown as a form in Prefect's UI. `again`: why people are called once more."""

    again: str = ""
    lost_past: str = Field(
        default="", description="Why people may be called although calls were made that the ledger does not know."
    )
    retry: str = Field(default="", description="A run whose calls are tried again, as `calls.retry` says.")
    dry_run: bool = False


@flow(name="enqueue-calls", retries=0, persist_result=False, validate_parameters=True)
def enqueue_calls(pipeline: str, options: CallOptions | None = None, run_id: str | None = None) -> State[Any]:
    """Ask for the calls of one pipeline, named or by path. Ends with the headline; the reports are in the run's folder.

    Fails where a guard tripped, and with what stopped the run otherwise.
    Started once more after a crash it asks for nobody whom the ledger has asked for.
    """
    chosen = options or CallOptions()
    work = plan_calls if chosen.dry_run else run_calls

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Batch]:
        options = replace(
            asked, again=chosen.again, lost_past=chosen.lost_past, retry=chosen.retry, dry_run=chosen.dry_run
        )
        started = as_started("call", pipeline, options, run_id, progress)
        return execute(started, work)  # without a preview: Prefect would keep people's names in its log

    return carry_out(pipeline, chosen, attempt)
