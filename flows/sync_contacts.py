"""The Prefect flow of a contact sync: the order of steps, each one task."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.contacts.plan import Plan
from flows.orchestration.artifacts import ProgressArtifact
from flows.orchestration.under_prefect import AskingOptions, as_started, carry_out
from flows.runs.contacts.run import plan_contacts
from flows.runs.contacts.run import sync_contacts as run_sync
from flows.runs.execution import execute
from flows.runs.run import Ended, Options


class SyncOptions(AskingOptions):
    """What may be chosen for one sync; shown as a form in Prefect's UI."""

    dry_run: bool = False


@flow(name="sync-contacts", retries=0, persist_result=False, validate_parameters=True)
def sync_contacts(pipeline: str, options: SyncOptions | None = None, run_id: str | None = None) -> State[Any]:
    """Sync one pipeline, named or by path. Ends with the headline; the reports are in the run's folder.

    Fails where a guard tripped, and with what stopped the run otherwise.
    """
    chosen = options or SyncOptions()
    kind, work = ("plan", plan_contacts) if chosen.dry_run else ("sync", run_sync)

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Plan]:
        return execute(as_started(kind, pipeline, asked, run_id, progress), work)

    return carry_out(pipeline, chosen, attempt)
