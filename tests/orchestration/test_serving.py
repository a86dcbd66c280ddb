"""Serving outlives Prefect's server and has neighbours; an outage is told in one line, and its end in another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import httpx
import pytest

from flows.orchestration import serving
from flows.orchestration.leaving import end_all

pytestmark = pytest.mark.timeout(170)


def test_an_outage_is_told_in_one_line_and_its_end_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(serving.time, "monotonic", lambda: clock.now)
    said: list[str] = []
    outage = serving._Outage(said.append)
    for now in (0.0, 2.0, 4.0, 6.0, 8.0, 600.0):
        clock.now = now
        outage.goes_on(httpx.ConnectError("away"))
    assert len(said) == 1
    assert outage.is_over()
    assert said[1] == "Prefect's server answers again."
    outage.goes_on(httpx.ReadTimeout("busy for a moment"))
    assert not outage.is_over()
    assert len(said) == 2


def test_children_are_asked_to_end_and_those_that_do_not_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.orchestration.leaving.GRACE", 0.5)
    code = "import signal, time; signal.signal(signal.SIGTERM, {}); print(1, flush=True); time.sleep(60)"
    words = [[sys.executable, "-c", code.format(f"signal.{name}")] for name in ("SIG_DFL", "SIG_IGN")]
    children = [subprocess.Popen(one, stdout=subprocess.PIPE) for one in words]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline()
    end_all([child.pid for child in children], at_once=False)
    assert [child.wait(10) for child in children] == [-signal.SIGTERM, -signal.SIGKILL]
    for child in children:
        assert child.stdout is not None
        child.stdout.close()


def test_two_serve_the_same_and_one_pipeline_is_broken_beside_a_good_one(office) -> None:
    configs, log = office.folder / "configs", office.folder / "serve.log"
    good = (configs / "guarded.yaml").read_text()
    with (office.folder / "second.log").open("wb") as second_log:
        second = subprocess.Popen(
            [sys.executable, "-m", "flows", "serve", "free"],
            cwd=office.folder,
            env=office.prefect.environment | {"VERBOICE_SYNC_HOME": str(office.folder / "home")},
            stdout=second_log,
            stderr=second_log,
            start_new_session=True,
        )
    try:
        (configs / "guarded.yaml").write_text(good + "nonsense: 1\n")
        office.until(lambda: "guarded: " in log.read_text())
        (office.folder / "in" / "free" / "beside.csv").write_text(office.write("free", "violet", people=2))
        office.until((office.folder / "in" / "free" / "done" / "beside.result.xlsx").exists)
        (configs / "guarded.yaml").write_text(good)
        office.until(lambda: "guarded: that is put right" in log.read_text())
        assert log.read_text().count("guarded: ") == 2
        office.until(lambda: "served by another process too" in (office.folder / "second.log").read_text())
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(30)
    assert not [one["name"] for one in office.prefect.post("/deployments/filter") if one["paused"]]
    assert "Traceback" not in log.read_text()


def test_a_drop_while_a_run_begins_leaves_no_run_that_gave_way(office) -> None:
    text = office.write("free", "olive", people=2)
    for number in range(4):
        (office.folder / "in" / "free" / f"drop {number}.csv").write_text(f"{text}85512000{number:04},x\n")
        office.until((office.folder / "in" / "free" / f"drop {number}.csv").exists)
        os.sched_yield()
    done = office.folder / "in" / "free"
    office.until(lambda: len([*done.glob("*/drop *.result.xlsx")]) == 4)
    assert office.prefect.runs("watch-inbox/free", "Cancelled") == []
