"""The deployments as an office uses them: schedules, the drop folder, approval, and what a killed process leaves."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.sandbox import Fault
from tests.orchestration.conftest import RUNG

pytestmark = pytest.mark.timeout(170)


def test_a_cron_deployment_really_gets_scheduled_runs_in_its_time_zone(office) -> None:
    runs = office.until(lambda: office.prefect.runs("sync-contacts/free", "Scheduled"))
    at = datetime.fromisoformat(runs[0]["next_scheduled_start_time"]).astimezone(ZoneInfo("Asia/Phnom_Penh"))
    assert (at.hour, at.minute) == (6, 0)
    assert runs[0]["auto_scheduled"]
    assert runs[0]["parameters"]["pipeline"] == "free"


def test_a_dropped_file_is_run_and_its_artifacts_show_no_whole_number(office) -> None:
    text = office.write("free", "red", people=3)
    (office.folder / "in" / "free" / "three people.csv").write_text(text)
    office.until((office.folder / "in" / "free" / "done" / "three people.result.xlsx").exists)
    (run,) = office.until(
        lambda: [
            one
            for one in office.prefect.runs("watch-inbox/free", "Completed")
            if "three people.csv" in one["state"]["message"]
        ]
    )
    artifacts = office.prefect.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    assert {artifact["key"] for artifact in artifacts} >= {
        "sync-free-summary",
        "sync-free-rows",
        "sync-free-workbook",
        "inbox-free-files",
    }
    shown = json.dumps(artifacts)
    assert "85512000001" not in shown
    assert "0001" in shown
    rows = next(json.loads(a["data"]) for a in artifacts if a["key"] == "sync-free-rows")
    assert [row["status"] for row in rows] == ["updated"] * 3


def test_a_wait_that_was_decided_on_is_told_as_an_artifact(office) -> None:
    office.write("free", "amber", people=3)
    office.sandbox.faults.add(Fault("reply", method="PUT", times=1, status=503, headers={"Retry-After": "6"}))
    run = office.prefect.start("sync-contacts/free")
    assert office.prefect.settled(run)["name"] == "Completed"
    artifacts = office.prefect.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
    (told,) = {a["description"] for a in artifacts if a["key"] == "sync-contacts-free-progress-wait"}
    assert re.fullmatch(r"Verboice is busy or away.*: goes on at \d\d:\d\d:\d\d at the latest \(within [56] s\)", told)


def test_a_tripped_guard_suspends_and_only_the_approved_plan_is_sent(office) -> None:
    office.write("guarded", "green")
    before = office.puts()
    run = office.prefect.start("sync-contacts/guarded")
    first = office.prefect.settled(run)
    assert first["name"] == "Suspended"
    checksum = _checksum(office, run)

    for empty in ({}, {"run_input": {}}, {"run_input": {"decision": "approve"}}):
        assert _resume(office, run, empty) == "REJECT"
    assert _resume(office, run, {"run_input": {"decision": "approve", "checksum": "0" * 16}}) == "ACCEPT"
    second = office.prefect.settled(run, not_before=first["id"])
    assert second["name"] == "Suspended"
    assert office.puts() == before

    assert _resume(office, run, {"run_input": {"decision": "approve", "checksum": checksum}}) == "ACCEPT"
    assert office.prefect.settled(run, not_before=second["id"])["name"] == "Completed"
    assert office.puts() == before + 40
    assert office.colours() == {"green"}


def test_a_rejected_plan_sends_nothing(office) -> None:
    office.write("guarded", "black")
    before = office.puts()
    run = office.prefect.start("sync-contacts/guarded")
    first = office.prefect.settled(run)
    assert first["name"] == "Suspended"
    answer = {"run_input": {"decision": "reject", "checksum": _checksum(office, run)}}
    assert _resume(office, run, answer) == "ACCEPT"
    state = office.prefect.settled(run, not_before=first["id"])
    assert state["name"] == "Failed"
    assert "Rejected" in state["message"]
    assert office.puts() == before


def _checksum(office, run: str) -> str:
    """From the question that the form shows; Prefect keeps it a moment after the run is suspended."""
    question = f"/flow_runs/{run}/input/suspended-approval-1-description"
    return office.until(lambda: office.prefect.find(question)).split("`")[1]


def _resume(office, run: str, body: dict[str, Any]) -> str:
    return office.prefect.post(f"/flow_runs/{run}/resume", body)["status"]


def test_after_a_kill_the_run_is_marked_and_the_next_one_sends_nothing_twice(office) -> None:
    office.sandbox.log.reset()
    office.sandbox.configure(request_seconds=0.1)
    text = office.write("free", "blue")
    (office.folder / "in" / "free" / "killed.csv").write_text(text)
    office.until(lambda: office.puts() >= 5)
    (run,) = office.prefect.runs("watch-inbox/free", "Running")
    for child in _children(office.serving.pid):
        os.kill(child, signal.SIGKILL)
    office.sandbox.configure(request_seconds=0.0)
    assert office.prefect.settled(run["id"])["name"] == "Crashed"
    office.until((office.folder / "in" / "free" / "done" / "killed.result.xlsx").exists, seconds=90)
    assert office.colours() == {"blue"}
    sent = Counter(request.path for request in office.sandbox.requests if request.method == "PUT")
    assert set(sent.values()) == {1}


def test_the_scheduled_tracking_tries_again_whom_nobody_answered_and_tells_hours_and_answers(office) -> None:
    silent, busy, speaks = RUNG
    office.sandbox.configure(version="3.1.1")
    office.sandbox.set_outcomes(silent, "no-answer")
    office.sandbox.set_outcomes(busy, "busy")
    office.sandbox.set_outcomes(speaks, "completed")
    office.sandbox.set_answers(office.project, speaks, {"colour": "85512000199"})
    office.sandbox.add_contact(office.project, [speaks], {"colour": "white"})
    assert office.prefect.settled(office.prefect.start("enqueue-calls/ring"))["name"] == "Completed"
    for attempts in (2, 3, 3):
        office.sandbox.advance(5)
        run = office.prefect.start("track-recent-calls/ring")
        state = office.prefect.settled(run)
        assert state["name"] == "Completed", state["message"]
        rung = Counter(call["address"] for call in office.sandbox.calls())
        assert rung == {silent: attempts, busy: 1, speaks: 1}
        if attempts == 2:
            _assert_told(office, run)
    office.sandbox.configure(version="3.5.1")


def _assert_told(office, run: str) -> None:
    artifacts = office.prefect.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
    told = "\n".join(artifact["data"] for artifact in artifacts if artifact["key"] == "call-ring-calls")
    assert re.search(r"^\| begun \(UTC\) \| reached \| not reached \|", told, re.MULTILINE)
    assert re.search(r"^\| \d\d:00 \| 1 \| 2 \|$", told, re.MULTILINE)
    assert "| 4 | ••••0103 | colour: white → ••••0199 |" in told
    assert {"call-ring-summary", "call-ring-rows"} <= {artifact["key"] for artifact in artifacts}  # of the new attempt


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(facts[1]) == parent:
            found.append(int(stat.parent.name))
    return found
