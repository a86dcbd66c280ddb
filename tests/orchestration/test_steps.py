"""A step of a run as a task of Prefect's."""

from __future__ import annotations

import pytest

from connectors.errors import CouldNotBeDone


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, object]]:
    """The tasks that were made, each with the state that it ended in."""
    from prefect import Task

    seen: list[tuple[object, object]] = []
    monkeypatch.setattr(Task, "__call__", lambda task, **_given: seen.append((task, task.fn())))
    return seen


def test_no_step_is_retried_or_keeps_results(tasks) -> None:
    from flows.orchestration.steps import as_task

    assert as_task("push", lambda: 7) == 7
    ((task, state),) = tasks
    assert (task.retries, task.persist_result, state.data) == (0, False, None)


@pytest.mark.parametrize(
    ("error", "told"),
    [(CouldNotBeDone("85512345678 is away."), "••••5678 is away."), (KeyError("85512345678"), "KeyError")],
)
def test_what_stops_a_step_goes_past_prefect_which_is_told_no_number(tasks, error: Exception, told: str) -> None:
    from flows.orchestration.steps import as_task

    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        as_task("push", work)
    ((_task, state),) = tasks
    assert (state.type.value, state.message, state.data) == ("FAILED", told, None)
