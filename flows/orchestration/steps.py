"""A step of a run as a Prefect task.

Nothing is retried by Prefect and no result is persisted: what may be repeated is decided by the ledger, and Prefect
would keep results as readable pickles (names and numbers in clear). What stops a step goes past Prefect for the same
reason: the task ends in a state that tells it, masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from connectors.masking import mask_text

T = TypeVar("T")


def as_task(name: str, work: Callable[[], T]) -> T:
    """One step as one task. The work is closed over, so nothing of it becomes a recorded parameter."""
    done: list[T] = []
    stopped: list[Exception] = []

    @task(name=name, retries=0, cache_policy=NO_CACHE, persist_result=False)
    def step() -> State[Any]:
        try:
            done.append(work())
        except Exception as error:  # noqa: BLE001 - raised again below
            stopped.append(error)
            return Failed(
                message=mask_text(str(error)) if isinstance(error, VerboiceSyncError) else type(error).__name__
            )
        return Completed()

    step(return_state=True)
    if stopped:
        raise stopped[0]
    if not done:
        raise CouldNotBeDone(f"Prefect did not let the step “{name}” begin.", hint="Its log says why.")
    return done[0]
