"""What became of each row of a batch, from its plan and what the ledger knows of its call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.ledger.values import Call
from flows.calls.batch import RowOutcome
from flows.calls.outcome import NOT_PLACED, call_states, conclude, kept_outcomes, outcome_table, read_outcomes

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
    outcomes = [RowOutcome(2, "queued"), RowOutcome(9, "rejected", "no number", "Phone")]
    assert read_outcomes([2, 9], kept_outcomes(outcomes)) == outcomes
