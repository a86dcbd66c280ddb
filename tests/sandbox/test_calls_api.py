"""state, details, cancel and logs (API sheet 9)."""

from __future__ import annotations

import pytest


@pytest.fixture
def clinic(world):
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    world.sandbox.add_channel(world.ana, "chan", call_flow=flow)
    world.sandbox.add_schedule(world.clinic, "Office")
    world.sandbox.set_outcomes("85512345001", "completed")
    return world


def place(world, query: str = "") -> int:
    answer = world.get(f"/api/call.json?channel=chan&address=85512345001{query}")
    assert answer.status == 200
    return answer.json()["call_id"]


VERSIONS = {
    # details, cancel
    "3.0": (200, 404),
    "3.1.1": (200, 404),
    "3.1.2": (404, 200),
    "3.5.1": (404, 200),
}


@pytest.mark.parametrize(("version", "statuses"), VERSIONS.items())
def test_9_1_and_9_5_which_release_routes_what(clinic, version, statuses):
    call = place(clinic)
    clinic.sandbox.configure(version=version)
    answers = [clinic.get(f"/api/calls/{call}/{action}.json") for action in ("details", "cancel")]
    assert tuple(answer.status for answer in answers) == statuses
    assert {answer.shape for answer in answers if answer.status == 404} == {"C"}


def test_9_2_details_leave_nulls_out(clinic):
    clinic.sandbox.configure(details_route=True)
    call = place(clinic, "&schedule=Office&not_before=2026-11-23%2012:00&not_after=2030-01-01")
    answer = clinic.get(f"/api/calls/{call}/details.json")
    assert answer.json() == {
        "call_id": call,
        "state": "queued",
        "project_id": 1,
        "project_name": "Clinic",
        "not_before": "2026-11-23T12:00:00Z",
        "direction": "outgoing",
        "channel_id": 1,
        "channel_name": "chan",
        "call_flow_id": 1,
        "call_flow_name": "Reminder",
        "contact_id": 1,
        "contact_address": "85512345001",
        "schedule_id": 1,
        "schedule_name": "Office",
    }
    assert list(answer.json())[:3] == ["call_id", "state", "project_id"]


def test_9_3_details_of_a_flowless_call_are_a_500(clinic):
    clinic.sandbox.configure(details_route=True)
    call = place(clinic, "&flow=x")
    assert clinic.get(f"/api/calls/{call}/details.json").shape == "C"
    assert clinic.get(f"/api/calls/{call}/details.json").status == 500


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_9_4_state_by_any_verb(clinic, method):
    call = place(clinic)
    assert clinic.ask(method, f"/api/calls/{call}/state.json").json() == {"call_id": call, "state": "queued"}


def test_9_4_an_unknown_call(clinic):
    assert (clinic.get("/api/calls/99/state.json").status, clinic.get("/api/calls/99/state.json").shape) == (404, "B")
    clinic.sandbox.configure(version="3.1.1")
    assert clinic.get("/api/calls/99/state.json").status == 500


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_9_5_cancel_by_any_verb(clinic, method):
    call = place(clinic)
    assert clinic.ask(method, f"/api/calls/{call}/cancel.json").status == 200
    clinic.sandbox.advance(3)
    assert [(found["state"], found["queued"]) for found in clinic.sandbox.calls()] == [("cancelled", False)]


@pytest.mark.parametrize(("version", "text"), [("3.4.0", "canceled"), ("3.4.1", "cancelled")])
def test_9_5_cancel_works_in_any_state_and_is_spelled_by_release(clinic, version, text):
    call = place(clinic)
    clinic.sandbox.advance(2)
    assert clinic.sandbox.calls()[0]["state"] == "completed"
    clinic.sandbox.configure(version=version)
    for _ in range(2):
        assert clinic.get(f"/api/calls/{call}/cancel.json").json() == {"call_id": call, "state": text}


def test_9_5_an_active_call_is_not_hung_up(clinic):
    call = place(clinic)
    clinic.sandbox.advance()
    clinic.get(f"/api/calls/{call}/cancel.json")
    clinic.sandbox.advance()
    assert clinic.sandbox.calls()[0]["state"] == "completed"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/calls.json"), ("GET", "/api/calls/1.json"), ("DELETE", "/api/calls/1.json")]
)
def test_9_6_there_is_no_such_action(clinic, method, path):
    place(clinic)
    assert clinic.ask(method, path).shape == "C"
    assert clinic.get("/api/calls/1/redirect.json").status == 500


def test_9_11_logs_are_csv_only(clinic):
    call = place(clinic)
    answer = clinic.get(f"/api/logs/{call}.csv")
    rows = answer.text.splitlines()
    assert answer.type == "text/csv; charset=utf-8"
    assert rows[0] == "Entry ID,Time,Step name,Command,Action,Detail"
    assert rows[1] == "1,2026-11-23 10:00:00 UTC,,,,Received via API: call 85512345001"
    assert len(clinic.get(f"/api/logs/{call}.csv?after=1").text.splitlines()) == 1
    assert clinic.get(f"/api/logs/{call}.json").status == 500
    missing = clinic.get("/api/logs/99.csv")
    assert (missing.status, missing.shape) == (404, "B")
