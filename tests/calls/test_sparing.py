"""Why somebody is spared, asked of a row that wants a call and of a call that a batch has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.ledger.values import Cap
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
    called = spared(planned("1"), Remembered(recent={"1": [BEFORE]}), rules)
    assert (asked.status, called.status) == ("skipped", "blocked")
    assert spared(planned("1"), Remembered(recent={"1": [BEFORE]}), rules_of()) is None


def test_a_person_of_a_left_call_is_known_by_the_number_of_before_a_renumbering(rules_of):
    """Mexico: 52 1 55… became 52 55… in 2019."""
    rules = rules_of(repeat_after=timedelta(hours=24))
    assert spared(planned("525512345678"), Remembered(recent={"5215512345678": [BEFORE]}), rules).status == "blocked"


def test_who_was_called_as_often_as_allowed_is_told_from_when_on_there_may_be_another_call(rules_of):
    """The calls of one person under both of their numbers, the one that has to be longer ago is the last but one."""
    rules = rules_of(per_person=Cap(2, timedelta(days=7)))
    later = replace(BEFORE, asked_at=AT - timedelta(days=1), rings_at=AT + timedelta(days=2), call_id=9)
    counted = {"525512345678": [BEFORE], "5215512345678": [later]}
    call = planned("525512345678")
    assert spared(call, Remembered(counted={"525512345678": [BEFORE]}), rules) is None
    for remembered in (Remembered(counted=counted), Remembered(counted=counted).overridden):
        outcome = spared(call, remembered, rules)
        assert outcome.status == "blocked"
        assert outcome.reason == (
            "This address was called 2 times within 7 days (calls.per_person), first by pipeline two on 2026-11-20 "
            "08:30 UTC, call 123; it may be called again from 2026-11-27 08:30 UTC on."
        )
    one = spared(call, Remembered(counted={"525512345678": [later]}), rules, planned=1)
    assert one.reason.endswith("from 2026-11-29 08:30 UTC on.")
    assert "earlier rows of this batch" in spared(call, Remembered(), rules, planned=2).reason
