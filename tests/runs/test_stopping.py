"""A run at work is asked to stop through its ledger: what is in flight is finished, nothing new begins, it goes on."""

from __future__ import annotations

import subprocess
import time

import pytest

from connectors.ledger import Ledger
from flows.runs.contacts.run import sync_contacts
from flows.runs.execution import Started, execute
from flows.runs.stopping import CalledOff
from tests.worlds import CROWD, able_to_call, gather_crowd, number, process


def begun(home, *words, when):
    """A command in a process of its own, once `when` says so; and the id of its run."""
    it = process(*words, "--json", cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not when() and it.poll() is None:
        time.sleep(0.01)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        return it, ledger.runs()[0].run_id


@pytest.fixture
def pushing(clinic, sheet, pipeline, home):
    gather_crowd(clinic)
    clinic.sandbox.configure(request_seconds=0.05)
    name = pipeline(
        sheet(*((number(n), 100 + n, None) for n in range(CROWD))),
        **{"contacts.bulk": "never", "verboice.concurrency": 1, "guard.max_overwrites": "100%"},
    )
    return begun(home, "sync", name, when=lambda: clinic.puts() >= 3)


def test_a_push_that_is_told_to_stop_ends_and_is_gone_on_with(clinic, cli, pushing):
    it, run_id = pushing
    said = cli("stop", run_id[-6:], "--json")
    it.communicate()
    assert (said.status, it.returncode, said.json["run_id"]) == (0, 1, run_id)
    sent = clinic.puts()
    assert 3 <= sent < CROWD
    assert "asked to stop" in said.err
    assert said.json["rows"]["unsent"] == CROWD - sent
    assert cli("resume", run_id).status == 0
    assert clinic.puts() == CROWD


def test_a_batch_of_calls_that_is_told_to_stop_rings_nobody_else(clinic, cli, sheet, pipeline, home):
    able_to_call(clinic).sandbox.configure(request_seconds=0.1)
    rows = [(number(n), 1, None) for n in range(60)]
    name = pipeline(sheet(*rows), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})
    it, run_id = begun(home, "call", name, when=lambda: len(clinic.rung()) >= 2)
    said = cli("stop", run_id)
    _out, err = it.communicate()
    assert (said.status, it.returncode) == (0, 1)
    assert b"Stopped, as was asked" in err
    rung = clinic.rung()
    assert len(rung) < 60
    assert cli("resume", run_id).status == 0
    assert sorted(clinic.rung()) == sorted(row[0] for row in rows)


def test_a_run_that_is_over_or_unknown_cannot_be_stopped(cli, clinic, sheet, pipeline):
    run_id = cli("sync", pipeline(sheet(("012345678", 39, "blue"))), "--json").json["run_id"]
    said = cli("stop", run_id)
    assert said.status == 2
    assert "not at work: it has ended (succeeded)" in said.err
    assert cli("stop", "nothing").status == 2


def test_a_run_that_was_told_to_stop_before_it_sends_anything_sends_nothing(clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, "blue")))
    with pytest.raises(CalledOff, match="before anything was sent"):
        execute(Started("sync", name, is_cancelled=lambda: True), sync_contacts)
    assert clinic.puts() == 0
