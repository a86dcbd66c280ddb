"""A step of a run as a Prefect task.

Nothing is retried by Prefect and no result is persisted: what may be repeated is decided by the ledger, and Prefect
would keep results as readable pickles (names and numbers in clear).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

T = TypeVar("T")


def as_task(name: str, work: Callable[[], T]) -> T:
    """One step as one task. The work is closed over, so nothing of it becomes a recorded parameter."""

    @task(name=name, retries=0, cache_policy=NO_CACHE, persist_result=False)
    def step() -> T:
        return work()

    return step()
