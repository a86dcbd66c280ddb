"""The Prefect flow of a contact sync: the order of steps, each one task.

Nothing here is retried by Prefect and no result is persisted: what may be repeated is decided by the ledger, and
Prefect would keep results as readable pickles (names and numbers in clear).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict

from flows.runs.contact_run import Options, plan_contacts
from flows.runs.contact_run import sync_contacts as run_sync
from flows.runs.execution import Started, execute
from flows.runs.wording import headline

T = TypeVar("T")


class SyncOptions(BaseModel):
    """What may be chosen for one run; shown as a form in Prefect's UI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    dry_run: bool = False


def as_task(name: str, work: Callable[[], T]) -> T:
    """One step as one task. The work is closed over, so nothing of it becomes a recorded parameter."""

    @task(name=name, retries=0, cache_policy=NO_CACHE, persist_result=False)
    def step() -> T:
        return work()

    return step()


@flow(name="sync-contacts", retries=0, persist_result=False, validate_parameters=True)
def sync_contacts(pipeline: str, options: SyncOptions | None = None, run_id: str | None = None) -> str:
    """Sync one pipeline, named or by path. Returns the headline; the reports are in the run's folder.

    Raises RefusedByGuard where a guard tripped, and what stopped the run otherwise, so that the flow run fails visibly.
    """
    chosen = options or SyncOptions()
    started = Started(
        kind="plan" if chosen.dry_run else "sync",
        pipeline=pipeline,
        options=Options(only=chosen.only, limit=chosen.limit, approve=chosen.approve),
        run_id=run_id,
    )
    work = plan_contacts if chosen.dry_run else run_sync
    ended = execute(started, lambda run: work(run, as_task))
    get_run_logger().info(headline(ended.report.summary))
    if ended.error is not None:
        raise ended.error
    return headline(ended.report.summary)
