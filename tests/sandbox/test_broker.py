"""What becomes of queued calls (API sheet 3.8, 8.6, 9.7-9.9)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from connectors.sandbox.fates import OUTCOMES

ADDRESS = "85512345001"


@pytest.fixture
def clinic(world):
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    world.sandbox.add_channel(world.ana, "chan", call_flow=flow)
    world.sandbox.add_schedule(world.clinic, "Patient", retries="1h,2h")
    return world


def place(world, query: str = "", address: str = ADDRESS) -> None:
    assert world.get(f"/api/call.json?channel=chan&address={address}{query}").status == 200


def states(world) -> list[tuple[str, str | None]]:
    return [(call["state"], call["fail_reason"]) for call in world.sandbox.calls()]


def test_a_call_goes_from_queued_to_active_to_completed(clinic):
    clinic.sandbox.set_outcomes(ADDRESS, "completed")
    place(clinic)
    seen = [states(clinic)]
    for _ in range(3):
        clinic.sandbox.advance()
        seen.append(states(clinic))
    assert [state for ((state, _),) in seen] == ["queued", "active", "completed", "completed"]
    call = clinic.sandbox.calls()[0]
    assert (call["started_at"], call["finished_at"]) == ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z")


@pytest.mark.parametrize("outcome", [outcome for outcome in OUTCOMES if outcome != "completed"])
def test_9_8_fail_reasons(clinic, outcome):
    clinic.sandbox.set_outcomes(ADDRESS, outcome)
    place(clinic)
    clinic.sandbox.advance(2)
    assert states(clinic) == [("failed", outcome)]
    if outcome == "error":
        assert clinic.sandbox.calls()[0]["fail_details"]


def test_9_9_a_failed_attempt_with_retries_left_is_queued_again(clinic):
    clinic.sandbox.set_outcomes(ADDRESS, "busy", "no-answer", "completed")
    place(clinic, "&schedule=Patient")
    clinic.sandbox.advance(2)
    assert states(clinic) == [("queued", "busy")]
    assert clinic.sandbox.calls()[0]["finished_at"] is not None
    clinic.sandbox.advance()
    assert states(clinic) == [("active", None)]
    clinic.sandbox.advance()
    assert states(clinic) == [("queued", "no-answer")]
    clinic.sandbox.advance(2)
    assert states(clinic)[0][0] == "completed"


def test_9_9_without_retries_left_it_has_failed(clinic):
    clinic.sandbox.set_outcomes(ADDRESS, "busy")
    place(clinic, "&schedule=Patient")
    clinic.sandbox.advance(6)
    assert states(clinic) == [("failed", "busy")]


def test_9_9_a_retry_past_not_after_has_expired(clinic):
    clinic.sandbox.set_outcomes(ADDRESS, "busy")
    place(clinic, "&schedule=Patient&not_after=2026-11-23%2010:30")
    clinic.sandbox.advance(2)
    assert states(clinic) == [("expired", "busy")]


def test_9_7_a_call_not_dialled_in_time_has_expired(clinic):
    place(clinic, "&not_after=2026-11-23%2010:30")
    clinic.sandbox.advance(seconds=3600)
    assert states(clinic) == [("expired", None)]


def test_a_call_waits_for_its_start(clinic):
    place(clinic, "&not_before=2026-11-23%2012:00")
    clinic.sandbox.advance(2)
    assert states(clinic) == [("queued", None)]
    clinic.sandbox.advance(seconds=7200)
    assert states(clinic) == [("active", None)]


FLOWS = {
    "8.6 empty": ("", "failed"),
    "8.21 no TwiML": ("Hello", "failed"),
    "8.21 unknown verb": ("<Response><Sing/></Response>", "failed"),
    "8.21 a message": ("<Response><Say language='km'>Hello</Say></Response>", "active"),
}


@pytest.mark.parametrize(("flow", "state"), FLOWS.values(), ids=FLOWS.keys())
def test_only_twiml_the_broker_knows_can_be_run(clinic, flow, state):
    clinic.post(f"/api/call.json?channel=chan&address={ADDRESS}", flow, Content_Type="text/plain")
    clinic.sandbox.advance()
    call = clinic.sandbox.calls()[0]
    assert (call["state"], call["fail_details"]) == (state, "Invalid Flow" if state == "failed" else None)


def test_3_8_dialled_addresses_become_contacts(clinic):
    place(clinic, address="somebody%20new")
    place(clinic, address="85512345001%20")
    clinic.sandbox.advance()
    assert [contact["addresses"] for contact in clinic.sandbox.contacts(clinic.clinic)] == [
        ["85512345001"],
        ["85512345002"],
        ["somebody new"],
    ]


def test_fates_are_varied_and_always_the_same(clinic):
    def fates(seed: int) -> list[tuple[str, str | None]]:
        clinic.sandbox.configure(call_seed=seed)
        before = len(clinic.sandbox.calls())
        for person in range(60):
            place(clinic, address=f"855{person}")
        clinic.sandbox.advance(2)
        return states(clinic)[before:]

    first = fates(0)
    assert first == fates(0)
    assert first != fates(1)
    assert Counter(state for state, _ in first)["completed"] > 30
    assert {"busy", "no-answer"} <= {reason for _, reason in first}


def test_with_a_pace_calls_move_by_the_clock(clinic):
    clinic.sandbox.configure(call_seconds=10.0)
    clinic.sandbox.set_outcomes(ADDRESS, "completed")
    place(clinic)
    seen = []
    for _ in range(4):
        seen.append(clinic.get("/api/calls/1/state.json").json()["state"])
        clinic.sandbox.state.clock.offset += timedelta(seconds=6)
    assert seen == ["queued", "queued", "active", "active"]
    assert clinic.get("/api/calls/1/state.json").json()["state"] == "completed"
    assert clinic.sandbox.calls()[0]["finished_at"] == "2026-11-23T10:00:20Z"


def test_disabling_a_channel_cancels_its_queued_calls(clinic):
    place(clinic)
    place(clinic)
    clinic.get("/api/calls/1/cancel.json")
    assert clinic.post("/api/channels/1/disable.json").status == 200
    clinic.sandbox.advance(2)
    assert [state for state, _ in states(clinic)] == ["cancelled", "cancelled"]


def test_removing_a_schedule_cancels_its_queued_calls(clinic):
    place(clinic, "&schedule=Patient")
    clinic.ask("DELETE", f"{clinic.project}/schedules/Patient.json")
    assert states(clinic) == [("cancelled", None)]


def test_outcomes_there_are_not_are_refused(clinic):
    with pytest.raises(ValueError, match="outcomes are"):
        clinic.sandbox.set_outcomes(ADDRESS, "asleep")


def test_a_pattern_stands_for_all_addresses_that_fit_and_one_address_goes_before_it(clinic):
    clinic.sandbox.set_outcomes("8551*", "busy")
    clinic.sandbox.set_outcomes(ADDRESS, "no-answer")
    for address in (ADDRESS, "85512345002", "85597000001"):
        place(clinic, address=address)
    clinic.sandbox.advance(2)
    assert [reason for _, reason in states(clinic)][:2] == ["no-answer", "busy"]


def test_whoever_answers_sets_variables_of_their_contact_and_nobody_else_does(clinic):
    clinic.sandbox.add_variable(clinic.clinic, "opted_out")
    clinic.sandbox.set_answers(clinic.clinic, "855123450*", {"opted_out": "1"})
    clinic.sandbox.set_outcomes(ADDRESS, "completed")
    clinic.sandbox.set_outcomes("85512345002", "busy")
    for address in (ADDRESS, ADDRESS, "85512345002"):
        place(clinic, address=address)
    clinic.sandbox.advance(2)
    said = [clinic.sandbox.contact(clinic.clinic, address)["vars"] for address in (ADDRESS, "85512345002")]
    assert said == [{"age": "38", "opted_out": "1"}, {"age": "38"}]
    with pytest.raises(ValueError, match="no variable stars"):
        clinic.sandbox.set_answers(clinic.clinic, ADDRESS, {"stars": "5"})


def test_so_many_calls_ring_at_once_as_the_channel_has_lines(clinic):
    flow = clinic.sandbox.call_flow("Reminder")
    clinic.sandbox.add_channel(clinic.ana, "two lines", call_flow=flow, config={"limit": 2})
    for last in range(5):
        clinic.get(f"/api/call.json?channel=two+lines&address=8559700000{last}")
    place(clinic)
    seen = []
    for _ in range(4):
        clinic.sandbox.advance()
        seen.append(Counter(call["state"] == "active" for call in clinic.sandbox.calls())[True])
    assert seen == [3, 2, 1, 0]


def test_with_a_pace_whoever_waits_for_a_line_rings_when_one_is_free(clinic):
    clinic.sandbox.configure(call_seconds=10)
    flow = clinic.sandbox.call_flow("Reminder")
    clinic.sandbox.add_channel(clinic.ana, "line", call_flow=flow, config={"limit": "1"})
    for last in range(3):
        clinic.get(f"/api/call.json?channel=line&address=8559700000{last}")
    clinic.sandbox.advance(0, seconds=100)
    begun = [call["started_at"] for call in clinic.sandbox.calls()]
    assert [text[-4:-1] for text in begun] == [":10", ":20", ":30"]


def test_on_a_channel_without_lines_nobody_ever_rings(clinic):
    clinic.sandbox.configure(call_seconds=10)
    clinic.sandbox.add_channel(
        clinic.ana, "closed", call_flow=clinic.sandbox.call_flow("Reminder"), config={"limit": 0}
    )
    clinic.get("/api/call.json?channel=closed&address=85597000001")
    clinic.sandbox.advance(0, seconds=100)
    assert [state for state, _ in states(clinic)] == ["queued"]
