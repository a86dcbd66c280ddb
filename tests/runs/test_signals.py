"""What stops a command from outside, at whatever moment, is told, recorded, and ends it with the contract's status."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from connectors.ledger import Ledger
from flows.__main__ import main
from tests.worlds import process


def stopped(home, words, number, *, when):
    """A command in a process of its own, sent a signal as soon as `when` says so; its status and its JSON."""
    with process(*words, "--json", cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        while not when() and it.poll() is None:
            time.sleep(0.01)
        it.send_signal(number)
        out, err = it.communicate()
    assert b"Traceback" not in err
    assert b"Interrupted" in err
    return it.returncode, json.loads(out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_server_is_read_ends_the_run_in_good_order(clinic, sheet, pipeline, home, number):
    clinic.sandbox.configure(request_seconds=5.0)
    name = pipeline(sheet(("012345678", 39, None)))
    status, said = stopped(home, ["sync", name], number, when=lambda: clinic.sandbox.count(path="/api/projects") > 0)
    assert (status, said["status"]) == (1, "failed")
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        assert [run.status for run in ledger.runs()] == ["failed"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(130)])
def test_an_interruption_before_any_command_began_ends_with_the_same_status(monkeypatch, capfd, raised):
    def app(**_named):
        raise raised

    monkeypatch.setattr("flows.cli.app", app)
    monkeypatch.setattr("sys.argv", ["verboice-sync", "plan", "p", "--json"])
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as left:
            main()
    finally:
        signal.signal(signal.SIGTERM, before)
    printed = capfd.readouterr()
    assert left.value.code == 1
    assert "Interrupted" in printed.err
    assert json.loads(printed.out)["kind"] == "plan"


def test_a_watcher_that_is_stopped_before_every_file_was_begun_says_so(clinic, pipeline, home):
    clinic.sandbox.configure(request_seconds=0.1)
    pipeline(Path("unused.xlsx"), inbox="in", **{"source.kind": "csv", "source.path": "unused.csv"})
    (home / "in").mkdir()
    for name in ("a", "b"):
        (home / "in" / f"{name}.csv").write_text(f"Phone,Age,Colour\n012345678,39,{name}\n")
    with process("watch", "p", "--once", cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        while not clinic.puts() and it.poll() is None:
            time.sleep(0.01)
        it.terminate()
        out, err = it.communicate()
    assert it.returncode == 1
    assert b"done/a.csv" in out
    assert b"1 file was not begun" in err
    assert [path.name for path in (home / "in").glob("*.csv")] == ["b.csv"]


def test_asking_what_became_of_the_calls_that_is_cut_short_is_not_done(cli, clinic, sheet, pipeline, home):
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    rows = [(f"0123450{n:02}", 39, None) for n in range(8)]
    name = pipeline(sheet(*rows), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})
    run = cli("call", name, "--json").json["run_id"]
    clinic.sandbox.configure(request_seconds=0.2)

    def states():
        return sum(one.path.endswith("/state.json") for one in clinic.sandbox.requests)

    status, said = stopped(home, ["track", run], signal.SIGINT, when=lambda: states() > 1)
    assert states() < len(rows)
    assert (status, said["rows"]["queued"]) == (1, len(rows))
