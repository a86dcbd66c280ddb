"""When a run of the inbox flow is asked for, with a client and a clock in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest

from connectors.errors import CouldNotBeDone
from connectors.ledger import Ledger
from flows.inbox.arrivals import Arrivals
from flows.orchestration import bell
from flows.orchestration.bell import Bell
from flows.runs.lease import holding


class Server:
    """The part of Prefect's client that a bell uses; nobody carries the runs out."""

    def __init__(self) -> None:
        self.asked = 0
        self.open_runs: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read_flow_runs(self, **_: object) -> list[str]:
        return self.open_runs

    def create_flow_run_from_deployment(self, _deployment: object, **_: object) -> None:
        self.asked += 1


@dataclass
class Ringing:
    """A bell, the server that it asks, and a clock."""

    bell: Bell
    server: Server
    ledger: Ledger
    now: float = 0.0

    @property
    def folder(self) -> Path:
        return self.bell.attendant.folder.place

    def asked(self, seconds: int) -> int:
        """How many runs were asked for while so many seconds went by."""
        before = self.server.asked
        for _ in range(seconds):
            self.now += 1
            self.bell.look(uuid4(), self.ledger)
        return self.server.asked - before


@pytest.fixture
def ringing(home: Path, pipeline: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Ringing]:
    server = Server()
    monkeypatch.setattr(bell, "get_client", lambda **_: server)
    made = Bell(pipeline(home / "p.xlsx", inbox="in"))
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        ringing = Ringing(made, server, ledger)
        monkeypatch.setattr("time.monotonic", lambda: ringing.now)
        made.attendant.arrivals = Arrivals(made.attendant.folder.files, clock=lambda: ringing.now)
        yield ringing


def test_files_that_wait_are_asked_for_ever_more_seldom_and_a_new_one_at_once(ringing: Ringing) -> None:
    waits = ringing.folder / "processing" / "claim"
    waits.mkdir()
    (waits / "waits.csv").touch()
    assert ringing.asked(5) == 1
    assert ringing.asked(3600) <= 10
    new = ringing.folder / "new.csv"
    new.touch()
    assert ringing.asked(5) == 1
    new.unlink()
    (waits / "waits.csv").unlink()
    assert ringing.asked(5) == 0
    new.touch()
    assert ringing.asked(5) == 1


def test_a_run_that_has_not_begun_takes_what_is_dropped_meanwhile(ringing: Ringing) -> None:
    (ringing.folder / "one.csv").touch()
    assert ringing.asked(5) == 1
    ringing.server.open_runs = ["asked for"]
    (ringing.folder / "two.csv").touch()
    assert ringing.asked(60) == 0
    ringing.server.open_runs = []
    assert ringing.asked(1) == 1


@pytest.mark.parametrize("lease", ["push:p", "call:p", "inbox:p"])
def test_nothing_is_asked_for_while_the_file_would_have_to_wait_for_another_run(ringing: Ringing, lease: str) -> None:
    (ringing.folder / "one.csv").touch()
    with holding(ringing.ledger, lease, run_id="r", told="taken"):
        assert ringing.asked(60) == 0
    assert ringing.asked(1) == 1


def test_a_place_out_of_reach_is_asked_as_often_as_was_set_and_is_trouble_all_the_while(
    home: Path, pipeline: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last look met with stays true until the next one, or it would be said to be over in between."""
    made = Bell(pipeline(home / "p.xlsx", inbox="ftp://127.0.0.1:1/drop", inbox_every="20s"))
    looks: list[float] = []
    now, real = [0.0], made.attendant.waiting
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(made.attendant, "waiting", lambda: looks.append(now[0]) or real())
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        for second in range(60):
            now[0] = float(second)
            with pytest.raises(CouldNotBeDone, match=r"ftp://127\.0\.0\.1:1/drop"):
                made.look(uuid4(), ledger)
    assert looks == [0.0, 20.0, 40.0]
