"""Which of Prefect's flow runs count as dead, with a client in memory and a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running, State

from flows import wiring
from flows.orchestration import reconcile
from flows.orchestration.reconcile import life_lease
from flows.runs.folder import home_folder
from flows.runs.lease import holding
from flows.settings import load_pipeline


@dataclass
class Server:
    """The part of Prefect's client that is used here."""

    run: FlowRun
    told: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read_flow_runs(self, *, flow_run_filter: Any) -> list[FlowRun]:
        return [self.run] if self.run.state.type in flow_run_filter.state.type.any_ else []

    def read_flow_run(self, _run: object) -> FlowRun:
        return self.run

    def set_flow_run_state(self, _run: object, state: State, *, force: bool) -> None:
        assert force
        self.told.append(state.type.value)


@pytest.fixture
def look(pipeline: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    name = pipeline(Path("p.xlsx"))
    monkeypatch.setattr(reconcile, "ENDING", 0.0)

    def ask(state: State, minutes: float, *, held: bool = False, of: str | None = None) -> list[str]:
        state.timestamp = datetime.now(UTC) - timedelta(minutes=minutes)
        server = Server(FlowRun(flow_id=uuid4(), parameters={"pipeline": name}, state=state))
        monkeypatch.setattr(reconcile, "get_client", lambda **_: server)
        with wiring.open_ledger(load_pipeline(name), home_folder()) as ledger:
            if held:
                with holding(ledger, life_lease(server.run.id), run_id="r", told="taken"):
                    reconcile.reconcile(of)
            else:
                reconcile.reconcile(of)
        return server.told

    return ask


def test_a_run_without_its_lease_is_dead_after_a_while(look) -> None:
    assert look(Running(), 1) == []
    assert look(Running(), 3) == ["CRASHED"]
    assert look(Running(), 300, held=True) == []
    assert look(Running(), 3, of="another") == []
    assert look(Running(), 3, of="p") == ["CRASHED"]


def test_a_run_whose_process_was_killed_before_it_began_is_dead_too(look) -> None:
    assert look(Pending(name="Submitting"), 5) == []
    assert look(Pending(name="Submitting"), 11) == ["CRASHED"]
