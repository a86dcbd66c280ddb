"""The record of calls: nobody is rung twice unknowingly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import AlreadyAsked, CalledLately, LeaseLost, Ledger
from connectors.ledger.values import CallIntent, CallNews, CallState, Cap

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVER = "https://v"
INTENT = CallIntent("r1", 2, SERVER, 12, "clinic", "id-a", "+8551", "01", campaign="2026-W48")
LATER = replace(INTENT, run_id="r2", row=9)
REST = Cap(1, HOUR, 12)  # nobody is called for the project more than once an hour


def test_a_call_is_known_before_it_is_sent_and_settled_after(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    (call,) = ledger.calls_of_run("r1")
    assert (call.state, call.attempts, call.asked_at, call.call_id) == ("sending", 1, AT, None)
    assert (call.identity, call.campaign, call.address, call.nth) == ("id-a", "2026-W48", "01", 0)
    ledger.settle_call("r1", 2, "queued", AT + HOUR, call_id=123)
    (call,) = ledger.calls_of_run("r1", ["queued"])
    assert (call.call_id, call.settled_at, call.call_state) == (123, AT + HOUR, "queued")
    with pytest.raises(ValueError, match="settled already"):
        ledger.settle_call("r1", 2, "failed", AT)
    with pytest.raises(ValueError, match="unknown"):
        ledger.settle_call("r1", 3, "failed", AT)


@pytest.mark.parametrize("state", ["queued", "uncertain", None])
def test_what_rang_or_may_have_is_not_asked_for_again(ledger: Ledger, state: CallState | None) -> None:
    ledger.begin_call(INTENT, AT)
    if state:
        ledger.settle_call("r1", 2, state, AT)
    for intent in (LATER, INTENT):
        with pytest.raises(AlreadyAsked) as caught:
            ledger.begin_call(intent, AT)
        assert (caught.value.earlier.run_id, caught.value.earlier.row) == ("r1", 2)
        assert "01" not in str(caught.value)
    assert ledger.calls_of_run("r2") == []


def test_what_one_pipeline_asked_for_no_other_asks_for_again(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    with pytest.raises(AlreadyAsked) as caught:
        ledger.begin_call(replace(LATER, pipeline="school"), AT)
    assert caught.value.earlier.pipeline == "clinic"


@pytest.mark.parametrize("state", ["failed", "not_placed"])
def test_what_surely_did_not_ring_may_be_asked_for_by_a_later_run(ledger: Ledger, state: CallState) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.settle_call("r1", 2, state, AT, reason="disabled")
    ledger.begin_call(LATER, AT)
    assert [call.nth for call in ledger.calls_of_run("r2")] == [1]


def test_a_row_begins_again_in_its_own_run_only_when_it_was_not_placed(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.settle_call("r1", 2, "not_placed", AT, reason="connection refused")
    ledger.begin_call(INTENT, AT + HOUR)
    (call,) = ledger.calls_of_run("r1")
    assert (call.state, call.attempts, call.reason, call.settled_at) == ("sending", 2, "", None)
    ledger.settle_call("r1", 2, "failed", AT)
    with pytest.raises(AlreadyAsked):
        ledger.begin_call(INTENT, AT)


@pytest.mark.parametrize("reason", ["", "the line was bad"])
def test_a_row_that_was_not_placed_does_not_begin_again_once_another_run_has_asked_for_it(
    ledger: Ledger, reason: str
) -> None:
    mine = replace(INTENT, again_reason=reason)
    ledger.begin_call(mine, AT)
    ledger.settle_call("r1", 2, "not_placed", AT, reason="connection refused")
    ledger.begin_call(replace(LATER, again_reason=reason), AT)
    ledger.settle_call("r2", 9, "queued", AT, call_id=7)
    with pytest.raises(AlreadyAsked) as caught:
        ledger.begin_call(mine, AT + HOUR)
    assert caught.value.earlier.call_id == 7


def test_a_reason_overrides_and_is_recorded(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.settle_call("r1", 2, "queued", AT, call_id=1)
    again = replace(LATER, again_reason="the line was bad")
    ledger.begin_call(again, AT)
    assert [(call.nth, call.again_reason) for call in ledger.calls_of_run("r2")] == [(1, "the line was bad")]
    with pytest.raises(AlreadyAsked):
        ledger.begin_call(again, AT)


@pytest.mark.parametrize("other", [{"server": "http://127.0.0.1:8090"}, {"identity": "id-b"}])
def test_another_server_or_identity_is_another_call(ledger: Ledger, other: dict[str, str]) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.begin_call(replace(LATER, **other), AT)
    assert len(ledger.calls_of_run("r2")) == 1


def test_a_person_whom_another_run_called_since_is_spared(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    own = replace(REST, besides="r1")
    ledger.begin_call(replace(INTENT, row=3, identity="id-c"), AT - HOUR, caps=[own])
    other = replace(LATER, identity="id-b")
    with pytest.raises(CalledLately) as caught:
        ledger.begin_call(other, AT + HOUR / 2, caps=[REST])
    assert caught.value.cap == REST
    assert (caught.value.earlier.run_id, caught.value.earlier.row) == ("r1", 2)
    assert "+8551" not in str(caught.value)
    for row, stranger in enumerate([{"address_key": "+8552"}, {"project_id": 13}, {"server": "https://w"}]):
        intent = replace(other, row=row, identity=f"id-{row}", **stranger)
        ledger.begin_call(intent, AT, caps=[replace(REST, project_id=intent.project_id)])
    ledger.begin_call(other, AT + HOUR / 2, caps=[replace(REST, since=AT)])


def test_a_person_is_called_so_often_by_whoever_for_whatever_project(ledger: Ledger) -> None:
    cap = Cap(2, 24 * HOUR)
    for at, (row, project) in enumerate([(2, 12), (3, 13)]):
        intent = replace(INTENT, row=row, identity=f"id-{row}", project_id=project)
        ledger.begin_call(intent, AT + at * HOUR, caps=[cap])
    with pytest.raises(CalledLately) as caught:
        ledger.begin_call(LATER, AT + 23 * HOUR, caps=[cap])
    assert caught.value.earlier.row == 2
    with pytest.raises(CalledLately):
        ledger.begin_call(replace(LATER, address_key="+new"), AT + 2 * HOUR, caps=[cap], known_as=["+8551"])
    ledger.begin_call(replace(LATER, identity="id-x"), AT + 25 * HOUR, caps=[cap])


def test_a_call_counts_from_when_it_may_ring(ledger: Ledger) -> None:
    ledger.begin_call(replace(INTENT, not_before=AT + 48 * HOUR), AT)
    other = replace(LATER, identity="id-b")
    with pytest.raises(CalledLately) as caught:
        ledger.begin_call(other, AT + 48 * HOUR, caps=[REST])
    assert caught.value.earlier.rings_at == AT + 48 * HOUR
    ledger.settle_call("r1", 2, "queued", AT, call_id=1)
    ledger.track_calls([CallNews("r1", 2, "completed", started_at=AT + 50 * HOUR)], AT + 51 * HOUR)
    with pytest.raises(CalledLately):
        ledger.begin_call(other, AT + 50.5 * HOUR, caps=[REST])
    ledger.begin_call(other, AT + 52 * HOUR, caps=[REST])


@pytest.mark.parametrize("state", ["failed", "not_placed"])
def test_a_call_that_did_not_ring_spares_nobody(ledger: Ledger, state: CallState) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.settle_call("r1", 2, state, AT)
    ledger.begin_call(replace(LATER, identity="id-b"), AT, caps=[REST])


def test_a_run_that_lost_its_lease_cannot_begin_a_call(ledger: Ledger) -> None:
    lease = ledger.acquire_lease("clinic", run_id="r1", holder="a", at=AT, ttl=HOUR)
    ledger.acquire_lease("clinic", run_id="r2", holder="b", at=AT + HOUR, ttl=HOUR)
    with pytest.raises(LeaseLost):
        ledger.begin_call(INTENT, AT, lease=lease)
    assert ledger.calls_of_run("r1") == []


def test_calls_caught_in_the_air_become_uncertain_and_can_be_resolved(ledger: Ledger) -> None:
    for row in (2, 3, 4):
        ledger.begin_call(replace(INTENT, row=row, identity=f"id-{row}"), AT)
    ledger.settle_call("r1", 2, "queued", AT, call_id=1)
    assert ledger.strand_calls("r1", AT, "the run was cut off") == 2
    assert ledger.strand_calls("r1", AT, "the run was cut off") == 0
    assert [(call.row, call.reason) for call in ledger.calls_of_run("r1", ["uncertain"])] == [
        (3, "the run was cut off"),
        (4, "the run was cut off"),
    ]
    ledger.settle_call("r1", 3, "queued", AT, call_id=5)
    ledger.settle_call("r1", 4, "not_placed", AT)
    assert ledger.calls_of_run("r1", ["uncertain"]) == []


def test_calls_are_found_by_identity(ledger: Ledger) -> None:
    for row in range(1_200):
        ledger.begin_call(replace(INTENT, row=row, identity=f"id-{row}"), AT) if row % 400 == 0 else None
    ledger.settle_call("r1", 400, "failed", AT)
    wanted = [f"id-{row}" for row in range(1_200)]
    assert set(ledger.calls_by_identity(wanted, server=SERVER)) == {"id-0", "id-800"}
    assert set(ledger.calls_by_identity(wanted, server=SERVER, states=["failed"])) == {"id-400"}
    assert ledger.calls_by_identity(wanted, server="https://w") == {}


def test_runs_with_calls_whose_outcome_is_open_are_found(ledger: Ledger) -> None:
    for number, (at, state, pipeline) in enumerate(
        [
            (AT, "queued", "clinic"),
            (AT + HOUR, "completed", "clinic"),
            (AT + HOUR, "queued", "clinic"),
            (AT + HOUR, "queued", "school"),
            (AT + HOUR, "", "clinic"),
        ]
    ):
        run_id = f"r{number}"
        ledger.begin_call(replace(INTENT, run_id=run_id, identity=run_id, pipeline=pipeline), at)
        ledger.settle_call(run_id, 2, "queued" if state else "uncertain", at, call_id=number if state else None)
        ledger.track_calls([CallNews(run_id, 2, state)], at)
    assert ledger.runs_to_look_after(SERVER, "clinic", settled={"completed"}) == ["r0", "r2", "r4"]
    lately = ledger.runs_to_look_after(SERVER, "clinic", settled={"completed"}, since=AT + HOUR)
    assert lately == ["r0", "r1", "r2", "r4"]
    assert ledger.runs_to_look_after("http://elsewhere", "clinic", settled={"completed"}) == []


def test_recent_calls_of_an_address_are_found(ledger: Ledger) -> None:
    for row, (key, at, state) in enumerate(
        [
            ("+1", AT, "queued"),
            ("+1", AT + HOUR, "uncertain"),
            ("+2", AT, "queued"),
            ("+3", AT + HOUR, "failed"),
            ("+4", AT + HOUR, "queued"),
        ]
    ):
        ledger.begin_call(replace(INTENT, row=row, identity=f"id-{row}", address_key=key), at)
        ledger.settle_call("r1", row, state, at)  # type: ignore[arg-type] # one of the states
    assert counted(ledger, REST, AT + HOUR, "+1", "+2", "+3") == {"+1": [1]}
    assert counted(ledger, replace(REST, within=2 * HOUR), AT + HOUR, "+1", "+2") == {"+1": [0, 1], "+2": [2]}
    assert counted(ledger, replace(REST, project_id=13), AT, "+1", "+2") == {}
    assert counted(ledger, replace(REST, project_id=None), AT, "+2") == {"+2": [2]}


def counted(ledger: Ledger, cap: Cap, now: datetime, *keys: str) -> dict[str, list[int]]:
    found = ledger.calls_counted(keys, cap, server=SERVER, now=now)
    return {key: [call.row for call in calls] for key, calls in found.items()}


def test_news_of_calls_is_kept(ledger: Ledger) -> None:
    ledger.begin_call(INTENT, AT)
    ledger.settle_call("r1", 2, "queued", AT, call_id=123)
    details = {"state": "failed", "fail_reason": "no-answer"}
    ledger.track_calls([CallNews("r1", 2, "failed", "no-answer", details, AT, AT + HOUR)], AT + HOUR)
    (call,) = ledger.calls_of_run("r1")
    assert (call.state, call.call_state, call.fail_reason, call.details) == ("queued", "failed", "no-answer", details)
    assert (call.started_at, call.finished_at, call.tracked_at) == (AT, AT + HOUR, AT + HOUR)


@pytest.mark.parametrize("spelling", ["cancelled", "canceled"])
def test_recent_calls_leave_out_cancelled_ones_and_those_of_one_run(ledger: Ledger, spelling: str) -> None:
    for row, key in enumerate(["+1", "+2"]):
        ledger.begin_call(replace(INTENT, row=row, identity=f"id-{row}", address_key=key), AT)
        ledger.settle_call("r1", row, "queued", AT, call_id=row)
    ledger.track_calls([CallNews("r1", 0, spelling)], AT)
    assert counted(ledger, REST, AT, "+1", "+2") == {"+2": [1]}
    assert counted(ledger, replace(REST, besides="r1"), AT, "+1", "+2") == {}
