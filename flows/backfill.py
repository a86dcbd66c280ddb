"""The Prefect flow of a one-off backfill: a sync without limits on its size, in portions if wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.contacts.plan import Plan
from flows.orchestration.artifacts import ProgressArtifact
from flows.orchestration.under_prefect import AskingOptions, as_started, carry_out
from flows.runs.contacts.backfill import prepare_backfill
from flows.runs.contacts.run import send_contacts
from flows.runs.execution import execute
from flows.runs.run import Ended, Options


class BackfillOptions(AskingOptions):
    """What may be chosen for one backfill; shown as a form in Prefect's UI. fill_only: never replace a value."""

    fill_only: bool = True


@flow(name="backfill", retries=0, persist_result=False, validate_parameters=True)
def backfill(pipeline: str, options: BackfillOptions | None = None, run_id: str | None = None) -> State[Any]:
    """Backfill one pipeline, named or by path. Ends with the headline; the reports are in the run's folder.

    Fails where a side was empty or halved, and with what stopped the run otherwise.
    """
    chosen = options or BackfillOptions()

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Plan]:
        options = replace(asked, fill_only=chosen.fill_only, guarded=False)
        started = as_started("backfill", pipeline, options, run_id, progress)
        return execute(started, lambda run: send_contacts(run, prepare_backfill))

    return carry_out(pipeline, chosen, attempt)
