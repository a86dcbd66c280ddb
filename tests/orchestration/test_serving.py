"""When a run of the inbox flow is asked for, with a client and a clock in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from flows.inbox.arrivals import Arrivals
from flows.orchestration import serving


class Server:
    """The part of Prefect's client that a bell uses; nobody carries the runs out."""

    def __init__(self) -> None:
        self.asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read_deployment_by_name(self, _name: str) -> Any:
        return SimpleNamespace(id="d")

    def create_flow_run_from_deployment(self, _deployment: object, **_: object) -> None:
        self.asked += 1


def test_files_that_wait_are_asked_for_ever_more_seldom_and_a_new_one_at_once(
    home: Path, pipeline: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, clock = Server(), SimpleNamespace(now=0.0)
    monkeypatch.setattr(serving, "get_client", lambda **_: server)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    bell = serving.Bell(pipeline(home / "p.xlsx", inbox="in"), "watch-inbox/p")
    bell.attendant.arrivals = Arrivals(bell.attendant.folder, clock=lambda: clock.now)

    def asked(seconds: int) -> int:
        before = server.asked
        for _ in range(seconds):
            clock.now += 1
            bell.look()
        return server.asked - before

    waits = bell.attendant.folder.path / "processing" / "claim"
    waits.mkdir()
    (waits / "waits.csv").touch()
    assert asked(5) == 1
    assert asked(3600) <= 10
    new = bell.attendant.folder.path / "new.csv"
    new.touch()
    assert asked(5) == 1
    new.unlink()
    (waits / "waits.csv").unlink()
    assert asked(5) == 0
    new.touch()
    assert asked(5) == 1
