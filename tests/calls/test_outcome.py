"""What became of each row of a batch, from its plan and what the ledger knows of its call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger.values import Call, Cap
from flows.calls.batch import RowOutcome
from flows.calls.outcome import (
    NOT_PLACED,
    as_earlier,
    call_states,
    conclude,
    kept_outcomes,
    outcome_table,
    read_outcomes,
    with_earlier,
    with_spared,
)
from flows.calls.sparing import Earlier

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
CALL = Call("r", 2, "https://v", "p", "i", 0, "", "855", "855", "queued", 1, AT, call_id=44, call_state="queued")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("queued", "queued"),
        ("uncertain", "uncertain"),
        ("sending", "uncertain"),
        ("not_placed", "unsent"),
        ("failed", "failed"),
    ],
)
def test_a_row_ends_as_its_call_did(state, status):
    (row,) = conclude([RowOutcome(2, "queued")], {2: replace(CALL, state=state)})
    assert row.outcome.status == status
    assert bool(row.outcome.reason) is (status != "queued")


def test_a_row_whose_turn_never_came_was_not_asked_for_and_one_that_was_spared_stays_so():
    rows = conclude([RowOutcome(2, "queued"), RowOutcome(3, "skipped", "call 1")], {}, why="Stopped by hand.")
    assert [(row.outcome.status, row.outcome.reason) for row in rows] == [
        ("unsent", "Not asked for: the run ended before this row's turn. Stopped by hand."),
        ("skipped", "call 1"),
    ]
    (unexplained,) = conclude([RowOutcome(2, "queued")], {})
    assert unexplained.outcome.reason == "Not asked for: the run ended before this row's turn."
    settled = {2: replace(CALL, state="not_placed", reason=NOT_PLACED)}
    assert conclude([RowOutcome(2, "queued")], settled)[0].outcome.status == "failed"


def test_why_somebody_is_called_again_is_told_with_the_row():
    (row,) = conclude([RowOutcome(2, "queued", "Called on Monday.")], {2: CALL}, again="power cut")
    assert row.outcome.reason == "Called again: power cut. Called on Monday."


def test_what_was_tracked_has_columns_of_its_own_and_a_retry_is_told_as_one():
    outcome = [RowOutcome(2, "queued")]
    assert "fail_reason" not in outcome_table(conclude(outcome, {2: CALL})).column_names
    tried = replace(CALL, tracked_at=AT, fail_reason="busy", started_at=AT)
    (line,) = outcome_table(conclude(outcome, {2: tried})).to_pylist()
    assert (line["fail_reason"], line["started_at"]) == ("busy (to be tried again)", "2026-11-23 08:00:00")


def test_each_row_is_a_line_with_its_call():
    outcomes = [RowOutcome(2, "queued", contact_id=7), RowOutcome(3, "rejected", "no number", "Phone")]
    assert outcome_table(conclude(outcomes, {2: CALL})).to_pylist() == [
        {
            "sync_status": "queued",
            "sync_reason": "",
            "sync_changes": "",
            "contact_id": "7",
            "call_id": "44",
            "call_state": "queued",
        },
        {
            "sync_status": "rejected",
            "sync_reason": "no number",
            "sync_changes": "",
            "contact_id": "",
            "call_id": "",
            "call_state": "",
        },
    ]


def test_what_was_tracked_of_each_call_is_told_and_what_was_answered_beside_it():
    outcomes = [RowOutcome(2, "queued"), RowOutcome(3, "queued"), RowOutcome(4, "skipped")]
    ended = replace(CALL, tracked_at=AT, call_state="failed", fail_reason="busy", finished_at=AT)
    rows = conclude(outcomes, {2: ended, 3: replace(CALL, row=3, call_id=None)})
    lines = outcome_table([replace(rows[0], answers="age: 3"), *rows[1:]]).to_pylist()
    tracked = ("fail_reason", "started_at", "finished_at", "answers", "call_id", "call_state")
    assert [tuple(line[name] for name in tracked) for line in lines] == [
        ("busy", "", "2026-11-23 08:00:00", "age: 3", "44", "failed"),
        ("", "", "", "", "", "queued"),
        ("", "", "", "", "", ""),
    ]
    assert "answers" not in outcome_table(rows).column_names


@pytest.mark.parametrize(
    ("call", "again", "reason"),
    [
        (CALL, "", "planned"),
        (replace(CALL, reason="as found"), "", "planned as found"),
        (replace(CALL, reason="as found"), "power cut", "Called again: power cut. planned as found"),
        (replace(CALL, state="uncertain"), "", "No answer was recorded."),
        (replace(CALL, state="uncertain", reason="lost"), "", "lost"),
        (replace(CALL, state="failed", reason="refused"), "", "refused"),
        (replace(CALL, state="not_placed"), "", "Not asked for: the run ended before this row's turn. Stopped."),
        (None, "", "Not asked for: the run ended before this row's turn. Stopped."),
    ],
)
def test_the_reason_of_a_row_is_that_of_its_call(call, again, reason):
    calls = {} if call is None else {2: call}
    (row,) = conclude([RowOutcome(2, "queued", "planned")], calls, again=again, why="Stopped.")
    assert row.outcome.reason == reason
    assert row.call is call


def test_a_call_that_another_run_asked_for_meanwhile_is_told_by_what_came_of_it():
    planned = [RowOutcome(2, "queued", contact_id=7), RowOutcome(3, "queued")]
    refused = replace(CALL, state="failed", reason="no channel", pipeline="two")
    told = "asked for this call at the same moment, and it was not placed: "
    (failed, other) = with_earlier(planned, {2: refused})
    assert failed == RowOutcome(2, "failed", f"Pipeline two {told}no channel", contact_id=7)
    assert other == planned[1]
    (unknown, _) = with_earlier(planned, {2: replace(refused, state="not_placed", reason="")})
    assert unknown.reason == f"Pipeline two {told}no reason is known"
    (rang, _) = with_earlier(planned, {2: CALL})
    told = "Already queued by pipeline p on 2026-11-23 08:00 UTC, call 44."
    assert rang == RowOutcome(2, "skipped", told, contact_id=7)
    (lost, _) = with_earlier(planned, {2: replace(CALL, state="sending")})
    assert lost.status == "uncertain"


def test_a_person_who_was_called_meanwhile_as_often_as_allowed_is_blocked():
    planned = [RowOutcome(2, "queued")]
    cap = Cap(1, timedelta(days=1))
    (blocked,) = with_spared(planned, {2: CALL}, {2: cap})
    assert (blocked.row, blocked.status) == (2, "blocked")
    (failed,) = with_spared(planned, {2: replace(CALL, state="failed", reason="busy")}, {2: cap})
    told = "Pipeline p asked for another call to this person at the same moment, and it was not placed: busy"
    assert failed == RowOutcome(2, "failed", told)


@pytest.mark.parametrize(("state", "is_uncertain"), [("queued", False), ("uncertain", True), ("sending", True)])
def test_a_call_of_the_ledger_is_compared_as_an_earlier_one(state, is_uncertain):
    later = AT + timedelta(hours=2)
    call = replace(CALL, state=state, not_before=later)
    assert as_earlier(call) == Earlier(
        run_id="r",
        row=2,
        asked_at=AT,
        pipeline="p",
        call_id=44,
        call_state="queued",
        is_uncertain=is_uncertain,
        rings_at=later,
    )


def test_states_are_counted_of_accepted_calls_the_most_frequent_first():
    calls = [
        replace(CALL, call_state="failed"),
        CALL,
        CALL,
        replace(CALL, state="uncertain"),
        replace(CALL, call_id=None),
    ]
    assert list(call_states(calls).items()) == [("queued", 2), ("failed", 1), ("placed, settled by hand", 1)]


def test_planned_outcomes_are_kept_and_read_again():
    outcomes = [RowOutcome(2, "queued", contact_id=7), RowOutcome(9, "rejected", "no number", "Phone")]
    kept = kept_outcomes(outcomes)
    assert read_outcomes([2, 9], kept) == outcomes
    of_version_01 = read_outcomes([2, 9], kept.drop_columns(["contact_id"]))
    assert of_version_01 == [replace(one, contact_id=None) for one in outcomes]
