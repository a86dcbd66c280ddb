"""Why somebody is spared, asked of a row that wants a call and of a call that a batch has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.values import CallRequest
from flows.calls.batch import PlannedCall
from flows.calls.sparing import Earlier, Remembered, spared

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
BEFORE = Earlier("run-1", 5, AT, "two", call_id=123)


def planned(key: str) -> PlannedCall:
    return PlannedCall(2, key, f"{key}/hello", CallRequest(3, key, call_flow_id=7))


def test_a_call_that_a_batch_has_left_is_judged_like_a_row(rules_of):
    rules = rules_of(repeat_after=timedelta(hours=24))
    assert spared(planned("1"), Remembered(), rules) is None
    asked = spared(planned("1"), Remembered(asked={"1/hello": BEFORE}), rules)
    called = spared(planned("1"), Remembered(recent={"1": BEFORE}), rules)
    assert (asked.status, called.status) == ("skipped", "blocked")
    assert spared(planned("1"), Remembered(recent={"1": BEFORE}), rules_of()) is None


def test_a_person_of_a_left_call_is_known_by_the_number_of_before_a_renumbering(rules_of):
    """Mexico: 52 1 55… became 52 55… in 2019."""
    rules = rules_of(repeat_after=timedelta(hours=24))
    assert spared(planned("525512345678"), Remembered(recent={"5215512345678": BEFORE}), rules).status == "blocked"
