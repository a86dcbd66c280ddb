"""A step of a run as a task of Prefect's."""

from __future__ import annotations

import pytest


def test_no_step_is_retried_or_keeps_results(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect import Task

    from flows.orchestration.steps import as_task

    seen: list[Task] = []
    monkeypatch.setattr(Task, "__call__", lambda task: seen.append(task) or task.fn())
    assert as_task("push", lambda: 7) == 7
    (task,) = seen
    assert task.retries == 0
    assert task.persist_result is False
