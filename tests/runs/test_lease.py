"""Who may push: one at a time, also across processes and machines, and nobody who is dead."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import Ledger
from flows.runs import lease
from flows.runs.lease import AtWork, holding, is_dead, is_held
from tests.worlds import ROWS


def until(look):
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(None, tmp_path) as opened:
        yield opened


def test_a_lease_is_held_within_the_block_and_by_one(ledger):
    with holding(ledger, "push:p", run_id="one", told="Another run is at work"):
        assert is_held(ledger, "push:p")
        assert is_held(ledger, "push:p", run_id="one")
        assert not is_held(ledger, "push:p", run_id="two")
        told = "Another run is at work"
        with pytest.raises(AtWork, match=rf"{told} \(one on "), holding(ledger, "push:p", run_id="two", told=told):
            pass
        with holding(ledger, "push:q", run_id="two", told=""):
            assert is_held(ledger, "push:q", run_id="two")
    assert not is_held(ledger, "push:p")


def test_a_dead_process_of_this_machine_is_not_waited_for_and_a_foreign_one_is(ledger):
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    now, minute = datetime.now(UTC), timedelta(minutes=1)
    gone = f"{socket.gethostname()}/{process.pid}/1"
    assert is_dead(gone)
    assert not is_dead("elsewhere/1/1")
    assert not is_dead(lease.this_process())
    assert is_dead(f"{socket.gethostname()}/{os.getpid()}/1")  # the number was given to another process since
    ledger.acquire_lease("push:p", run_id="one", holder=gone, at=now, ttl=minute)
    assert not is_held(ledger, "push:p")
    with holding(ledger, "push:p", run_id="two", told=""):
        assert is_held(ledger, "push:p", run_id="two")


def test_a_lease_is_kept_alive_while_it_is_held_and_its_loss_is_noticed(ledger, monkeypatch):
    monkeypatch.setattr(lease, "RENEWED_EVERY", 0.02)
    with holding(ledger, "push:p", run_id="one", told="") as held:
        first = held.lease.expires_at
        until(lambda: held.lease.expires_at > first)
        assert held.lost is None
        later = datetime.now(UTC) + timedelta(hours=1)
        taken = ledger.acquire_lease("push:p", run_id="two", holder="elsewhere/1/1", at=later, ttl=timedelta(hours=2))
        assert taken is not None
        until(lambda: held.lost is not None)
    assert is_held(ledger, "push:p", run_id="two")


def test_two_runs_of_one_pipeline_never_push_at_the_same_time(cli, clinic, sheet, pipeline, home):
    name = pipeline(sheet(*ROWS[:2]))
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        now = datetime.now(UTC)
        ledger.acquire_lease("push:p", run_id="other", holder="elsewhere/1/1", at=now, ttl=timedelta(minutes=1))
    result = cli("sync", name)
    assert result.status == 1
    assert "Another run" in result.err
    assert clinic.puts() == 0
