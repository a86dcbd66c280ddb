"""Which calls are tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger.values import Call
from flows.calls.retrying import RetryRules, tries

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
RULES = RetryRules(frozenset({"no-answer", "busy"}), times=2, after=timedelta(hours=3))
FAILED = Call(
    *("r1", 2, "http://x", "p", "id", 0, "", "85512345678", "85512345678", "queued", 1, NOON - timedelta(hours=4)),
    call_id=7,
    call_state="failed",
    fail_reason="no-answer",
    tracked_at=NOON - timedelta(hours=3),
)


def why(*calls: Call, rules: RetryRules = RULES, now: datetime = NOON, own_retries: int = 0) -> str:
    return tries({"id": calls}, "r1", rules, now, own_retries=own_retries).why_not["id"]


def test_a_call_that_nobody_answered_is_tried_again_when_it_is_time():
    assert why(FAILED) == ""
    assert why(FAILED, now=NOON - timedelta(minutes=1)) == "Not tried again before 2026-11-28 12:00 UTC."
    assert why(replace(FAILED, finished_at=NOON - timedelta(hours=1))) == "Not tried again before 2026-11-28 14:00 UTC."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"call_state": "completed"}, "the last call is completed."),
        ({"call_state": "queued"}, "the last call is queued."),
        ({"call_state": ""}, "the last call is queued."),
        (
            {"state": "uncertain", "call_state": ""},
            "nobody knows whether the last call rang. verboice-sync resolve r1 settles it.",
        ),
        ({"fail_reason": "hangup"}, "the call failed with “hangup”."),
        ({"fail_reason": "error: Invalid Flow"}, "the call failed with “error”."),
        (
            {"fail_reason": ""},
            "Verboice does not tell why the call failed; `failed` under calls.retry.on means any reason.",
        ),
        ({"run_id": "r2"}, "run r2 has asked for this call since."),
        ({"state": "failed"}, "the run that is retried did not ask for this call."),
    ],
)
def test_others_are_not(changes, told):
    assert why(replace(FAILED, **changes)) == f"Not tried again: {told}"


def test_failed_means_whatever_the_reason():
    assert why(replace(FAILED, fail_reason=""), rules=replace(RULES, on=frozenset({"failed"}))) == ""


def test_attempts_are_counted_over_all_runs_without_those_that_never_rang():
    first, refused = replace(FAILED, run_id="r0"), replace(FAILED, run_id="r0", state="failed", nth=1)
    second, third = replace(FAILED, nth=2), replace(FAILED, nth=3)
    assert why(first, refused, second) == ""
    assert why(first, second, third) == "Not tried again: 3 of 3 attempts were made."
    tried = tries({"id": [first, refused, second]}, "r1", RULES, NOON)
    assert (tried.told("id", "A note."), tried.follows["id"]) == ("Attempt 3 of 3. A note.", 2)
    assert tried.told("id", "") == "Attempt 3 of 3."


@pytest.mark.parametrize(("own_retries", "is_due"), [(0, True), (1, False), (2, False)])
def test_what_verboice_tries_by_itself_counts(own_retries, is_due):
    """Three attempts in all: one call of ours that Verboice tries twice leaves room for one, and not for two more."""
    assert (why(FAILED, own_retries=own_retries) == "") is is_due
