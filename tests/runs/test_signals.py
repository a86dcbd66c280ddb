"""What stops a command from outside, at whatever moment, is told, recorded, and ends it with the contract's status."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.ledger import Ledger
from connectors.sandbox import Fault
from flows.__main__ import main
from tests.worlds import able_to_call, process, with_project

IMPATIENT = "import sys, flows.runs.signals as it, flows.__main__ as all; it.GRACE = 0.3; all.main()"
DRIP = {"seconds": 0.2}  # an answer that takes its time: it would be listened to for two minutes


def ended(home, words, *, when, again=True):
    """A command that is sent a signal once `when` says so, and another as soon as it has told of the first; without
    `again` its grace is short. Its status, its JSON if it prints any, and what it told."""
    program = [sys.executable, "-c", IMPATIENT] if not again else [sys.executable, "-m", "flows"]
    environment = with_project()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*program, *words], cwd=home, env=environment, **pipes) as it:
        while not when() and it.poll() is None:
            time.sleep(0.01)
        it.send_signal(signal.SIGTERM)
        told = b""
        while b"Finishing what is under way" not in told and (line := it.stderr.readline()):
            told += line
        if again:
            it.send_signal(signal.SIGINT)
        out, err = it.communicate(timeout=60)
    assert b"Traceback" not in err
    return it.returncode, json.loads(out) if out.startswith(b"{") else None, (told + err).decode()


@pytest.mark.parametrize("again", [True, False], ids=["second signal", "end of the grace"])
def test_a_sync_is_ended_at_once_and_can_be_gone_on_with(clinic, cli, sheet, pipeline, home, again):
    clinic.sandbox.faults.add(Fault("drip", method="PUT", **DRIP))
    name = pipeline(sheet(("012345678", 39, None), ("012999888", 41, None)))
    status, said, told = ended(home, ["sync", name, "--json"], when=clinic.puts, again=again)
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        run = ledger.runs()[0].run_id
    assert (status, said["status"]) == (1, "failed")
    assert f"Go on with `verboice-sync resume {run}`" in told
    clinic.sandbox.faults.clear()
    assert cli("resume", run).status == 0
    assert (clinic.vars("85512345678")["age"], clinic.vars("+85512999888")["age"]) == ("39", "41")


def test_a_look_at_single_contacts_is_not_waited_for(clinic, sheet, pipeline, home):
    clinic.sandbox.faults.add(Fault("drip", path="by_address", **DRIP))
    name = pipeline(sheet(("012345678", 39, None)), **{"contacts.pull": "by_address"})
    status, said = stopped(
        home, ["sync", name], signal.SIGINT, when=lambda: clinic.sandbox.count(path="/api/projects/1/contacts/by")
    )
    assert (status, said["status"]) == (1, "failed")
    assert "verboice-sync resume" in said["problems"][0]["reason"]


def test_a_call_under_way_is_uncertain_when_it_is_not_waited_for(cli, clinic, sheet, pipeline, home):
    able_to_call(clinic)
    clinic.sandbox.faults.add(Fault("drip", path="/call", **DRIP))
    name = pipeline(sheet(("012345678", 39, None)), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})
    status, _said, told = ended(home, ["call", name, "--json"], when=clinic.rung)
    assert (status, "verboice-sync resume" in told) == (1, True)
    clinic.sandbox.faults.clear()
    run = told.rpartition("resume ")[2].partition("`")[0]
    assert cli("resume", run, "--json").json["rows"]["uncertain"] == 1
    assert len(clinic.rung()) == 1


@pytest.mark.parametrize("again", [True, False], ids=["second signal", "end of the grace"])
def test_asking_after_calls_is_ended_at_once_too(cli, clinic, sheet, pipeline, home, again):
    able_to_call(clinic)
    name = pipeline(sheet(("012345678", 39, None)), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})
    run = cli("call", name, "--json").json["run_id"]
    clinic.sandbox.faults.add(Fault("drip", path="details|state", **DRIP))
    asked = lambda: any("/api/calls/" in one.path for one in clinic.sandbox.requests)  # noqa: E731
    status, _said, told = ended(home, ["track", run], when=asked, again=again)
    assert (status, f"Go on with `verboice-sync track {run}`" in told) == (1, True)


@pytest.mark.parametrize("words", ["set-all", "undo"])
def test_what_changes_contacts_otherwise_is_ended_at_once_too(cli, clinic, sheet, pipeline, home, words):
    name = pipeline(sheet(("012345678", 39, None)))
    run = cli("sync", name, "--json").json["run_id"]
    clinic.sandbox.faults.add(Fault("drip", method="PUT", **DRIP))
    before = clinic.puts()
    command = ["undo", run] if words == "undo" else ["set-all", name, "age=7", "--approve", "x"]
    if words == "set-all":
        command[-1] = cli("set-all", name, "age=7", "--json").json["plan"]["checksum"]
    status, _said, told = ended(home, [*command, "--json"], when=lambda: clinic.puts() > before)
    assert (status, "Go on with `verboice-sync resume" in told) == (1, True)


@pytest.mark.parametrize("again", [True, False], ids=["second signal", "end of the grace"])
def test_a_watcher_is_ended_at_once_and_the_next_goes_on_with_its_file(clinic, cli, pipeline, home, again):
    clinic.sandbox.faults.add(Fault("drip", method="PUT", **DRIP))
    pipeline(Path("unused.xlsx"), inbox="in", **{"source.kind": "csv", "source.path": "unused.csv"})
    (home / "in").mkdir()
    (home / "in" / "a.csv").write_text("Phone,Age,Colour\n012345678,39,a\n")
    status, _said, told = ended(home, ["watch", "p"], when=clinic.puts, again=again)
    assert (status, "Go on with `verboice-sync watch p`" in told) == (1, True)
    clinic.sandbox.faults.clear()
    assert cli("watch", "p", "--once").status == 0
    assert [path.name for path in (home / "in" / "done").glob("*.csv")] == ["a.csv"]
    assert clinic.vars("85512345678")["age"] == "39"


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
    monkeypatch.setattr("flows.__main__.guard_streams", lambda: None)  # pytest's own are needed on
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
