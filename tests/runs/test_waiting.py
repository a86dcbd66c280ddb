"""Whatever is waited for on purpose is told: what for and until when, on stderr and by `runs`."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import Ledger
from connectors.sandbox import Fault
from flows.commands.terminal.progress import Lines
from flows.runs import waiting
from flows.runs.calls.track import TrackingPace, track_calls

ROW = ("012345678", 39, None)
UNTIL = r": goes on at \d\d:\d\d:\d\d at the latest \(within \d+ s\)"


def test_a_pause_that_the_server_asked_for_is_told(cli, clinic, sheet, pipeline, monkeypatch):
    monkeypatch.setattr(waiting, "TOLD", 1.0)
    busy = Fault("reply", method="PUT", times=1, status=503, headers={"Retry-After": "2"})
    clinic.sandbox.faults.add(busy)
    said = cli("sync", pipeline(sheet(ROW)))
    assert said.status == 0
    (line,) = (line for line in said.err.splitlines() if "Verboice is busy or away" in line)
    assert re.search(UNTIL, line)


def test_a_short_pause_is_not_worth_a_word(cli, clinic, sheet, pipeline):
    busy = Fault("reply", method="PUT", times=1, status=503, headers={"Retry-After": "1"})
    clinic.sandbox.faults.add(busy)
    said = cli("sync", pipeline(sheet(ROW)))
    assert (said.status, "goes on at" in said.err) == (0, False)


@pytest.fixture
def called(cli, clinic, sheet, pipeline):
    """The id of a run that asked for one call, which stays in the queue."""
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    name = pipeline(sheet(ROW), contacts=None, calls={"channel": "chan", "call_flow": "Reminder"})
    return cli("call", name, "--json").json["run_id"]


def test_between_two_rounds_of_tracking_it_is_told_when_the_next_one_is(cli, clinic, called, monkeypatch, capfd):
    monkeypatch.setattr(waiting, "TOLD", 0.5)
    told, seen = threading.Event(), []

    class Watched(Lines):
        def pause(self, why, seconds):
            super().pause(why, seconds)
            told.set()

    def look():
        assert told.wait(20)
        time.sleep(0.1)
        seen.append(waiting_in_ledger())
        clinic.sandbox.advance(3)

    def waiting_in_ledger():
        with Ledger.open(None, clinic_home) as ledger:
            return ledger.run(called).summary["waiting"]

    from flows.runs.folder import home_folder

    clinic_home = home_folder()
    watcher = threading.Thread(target=look)
    watcher.start()
    tracked = track_calls(called, until_done=True, progress=Watched(), pace=TrackingPace(first=2.0))
    watcher.join()
    assert tracked.open_calls == 0
    assert re.search("before they are asked about again" + UNTIL, capfd.readouterr().err)
    assert "asked about again" in seen[0]["for"]
    assert abs(datetime.fromisoformat(seen[0]["until"]) - datetime.now(UTC)) < timedelta(seconds=60)
    assert "waiting" not in cli("runs", called, "--json").json
