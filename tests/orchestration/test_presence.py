"""Whose schedules they are: those of everybody who serves a pipeline and is alive; the last one switches them off."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.ledger import Ledger
from flows.orchestration import presence
from flows.orchestration.presence import Presence
from flows.runs.lease import this_process


@pytest.fixture
def ledger(home: Path):
    with Ledger.open(None, home / ".verboice-sync") as opened:
        yield opened


def serving(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, process: str) -> Presence:
    """Another process on a machine of its own."""
    other = Presence("clinic")
    acting(monkeypatch, process)
    other.renew(ledger)
    return other


def acting(monkeypatch: pytest.MonkeyPatch, process: str) -> None:
    monkeypatch.setattr(presence, "this_process", lambda: process)


def test_only_the_last_one_to_leave_switches_the_schedules_off(monkeypatch, ledger) -> None:
    switched: list[str] = []
    first = serving(monkeypatch, ledger, "a/1/x")
    second = serving(monkeypatch, ledger, "b/2/x")
    assert second.others(ledger) == ["a, process 1"]
    assert not second.renew(ledger)
    second.leave(ledger, lambda: switched.append("second"))
    acting(monkeypatch, "a/1/x")
    assert first.others(ledger) == []
    first.leave(ledger, lambda: switched.append("first"))
    assert switched == ["first"]


def test_whoever_comes_while_the_last_one_leaves_switches_them_on_again(monkeypatch, ledger) -> None:
    first = serving(monkeypatch, ledger, "a/1/x")
    assert not first.are_off(ledger)
    came: list[Presence] = []
    first.leave(ledger, lambda: came.append(serving(monkeypatch, ledger, "b/2/x")))
    assert came[0].are_off(ledger)
    came[0].are_on(ledger)
    assert not came[0].are_off(ledger)


def test_who_was_killed_serves_no_more(monkeypatch, ledger) -> None:
    host = this_process().split("/")[0]
    serving(monkeypatch, ledger, f"{host}/999999/1")
    second = serving(monkeypatch, ledger, "b/2/x")
    assert second.others(ledger) == []


def test_another_pipelines_are_not_counted(monkeypatch, ledger) -> None:
    serving(monkeypatch, ledger, "a/1/x")
    acting(monkeypatch, "b/2/x")
    assert Presence("clin").others(ledger) == []
