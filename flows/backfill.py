"""The Prefect flow of a one-off backfill: a sync without limits on its size, in portions if wanted."""

from __future__ import annotations

from dataclasses import replace

from prefect import flow

from flows.contacts.plan import Plan
from flows.orchestration.artifacts import ProgressArtifact
from flows.orchestration.steps import as_task
from flows.orchestration.under_prefect import AskingOptions, carry_out
from flows.runs.contacts.backfill import prepare_backfill
from flows.runs.contacts.run import send_contacts
from flows.runs.execution import Started, execute
from flows.runs.run import Ended, Options


class BackfillOptions(AskingOptions):
    """What may be chosen for one backfill; shown as a form in Prefect's UI. fill_only: never replace a value."""

    fill_only: bool = True


@flow(name="backfill", retries=0, persist_result=False, validate_parameters=True)
def backfill(pipeline: str, options: BackfillOptions | None = None, run_id: str | None = None) -> str:
    """Backfill one pipeline, named or by path. Returns the headline; the reports are in the run's folder.

    Raises RefusedByGuard where a side was empty or halved, and what stopped the run otherwise.
    """
    chosen = options or BackfillOptions()

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Plan]:
        options = replace(asked, fill_only=chosen.fill_only, guarded=False)
        started = Started("backfill", pipeline, options, run_id=run_id, progress=progress, step=as_task)
        return execute(started, lambda run: send_contacts(run, prepare_backfill))

    return carry_out(pipeline, chosen, attempt)
