"""Why somebody is spared, asked of a row that wants a call and of a call that a batch has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger.values import Cap
from connectors.values import CallRequest
from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.retrying import NOT_TRIED
from flows.calls.sparing import Barred, Earlier, Remembered, as_earlier, spared, too_soon

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
BEFORE = Earlier("run-1", 5, AT, "two", call_id=123)


def planned(key: str) -> PlannedCall:
    return PlannedCall(2, key, f"{key}/hello", CallRequest(3, key, call_flow_id=7))


def test_a_call_that_a_batch_has_left_is_judged_like_a_row(rules_of):
    rules = rules_of(repeat_after=timedelta(hours=24))
    assert spared(planned("1"), Remembered(), rules) is None
    asked = spared(planned("1"), Remembered(asked={"1/hello": BEFORE}), rules)
    assert asked == RowOutcome(2, "skipped", "Already queued by pipeline two on 2026-11-20 08:30 UTC, call 123.")
    called = spared(planned("1"), Remembered(recent={"1": [BEFORE]}), rules)
    assert called == RowOutcome(
        2,
        "blocked",
        "This address was called by pipeline two on 2026-11-20 08:30 UTC, call 123; it may be called again from "
        "2026-11-21 08:30 UTC on.",
    )
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
    assert spared(call, Remembered(), rules, planned=2) == RowOutcome(
        2,
        "blocked",
        "This address was called 2 times within 7 days (calls.per_person): earlier rows of this batch call this "
        "person.",
    )


@pytest.mark.parametrize(
    ("within", "told"),
    [(timedelta(hours=36), "36 hours"), (timedelta(hours=48), "2 days"), (timedelta(days=7), "7 days")],
)
def test_spans_of_two_days_and_more_are_told_in_days(rules_of, within, told):
    outcome = spared(planned("1"), Remembered(), rules_of(per_person=Cap(3, within)), planned=3)
    assert f" 3 times within {told} (calls.per_person)" in outcome.reason


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"call_state": "queued"}, ", call 123"),
        ({"call_state": "completed"}, ", call 123 (completed since)"),
        ({"call_id": None}, ""),
    ],
)
def test_a_row_that_was_asked_for_before_tells_by_whom_and_what_came_of_it(changes, told):
    outcome = as_earlier(5, replace(BEFORE, **changes))
    assert outcome == RowOutcome(5, "skipped", f"Already queued by pipeline two on 2026-11-20 08:30 UTC{told}.")


def test_an_earlier_call_without_a_number_is_told_without_one():
    told = "This address was called by pipeline two on 2026-11-20 08:30 UTC; it may be called again from 2026-11-20 "
    outcome = too_soon(5, replace(BEFORE, call_id=None), Cap(1, timedelta(hours=2)))
    assert outcome == RowOutcome(5, "blocked", f"{told}10:30 UTC on.")


def test_a_call_whose_answer_was_lost_is_not_asked_for_again():
    told = (
        "Asked for on 2026-11-20 08:30 UTC (run run-1, row 5), and the answer was lost: not asked again. "
        "`verboice-sync resolve run-1` settles it."
    )
    assert as_earlier(9, replace(BEFORE, is_uncertain=True)) == RowOutcome(9, "uncertain", told)


@pytest.mark.parametrize(
    ("barred", "why"),
    [
        (Barred(people={"5215512345678": "On a list."}, rows={2: "No consent."}), "On a list."),
        (Barred(people={"1": "On a list."}, rows={2: "No consent."}), "No consent."),
        (Barred(people={"1": "On a list."}, rows={3: "No consent."}), None),
    ],
)
def test_nobody_is_called_who_is_barred_as_a_person_or_by_the_row(rules_of, barred, why):
    for remembered in (Remembered(barred=barred), Remembered(barred=barred).overridden):
        outcome = spared(planned("525512345678"), remembered, rules_of())
        assert outcome == (None if why is None else RowOutcome(2, "blocked", why))


@pytest.mark.parametrize(("tried", "why"), [({"1/hello": ""}, None), ({"1/hello": "Busy."}, "Busy."), ({}, NOT_TRIED)])
def test_where_only_new_attempts_are_made_others_are_skipped(rules_of, tried, why):
    """Also where the same call was asked for before, as every call that is tried again was."""
    outcome = spared(planned("1"), Remembered(asked={"1/hello": BEFORE}, tried=tried), rules_of())
    assert outcome == (None if why is None else RowOutcome(2, "skipped", why))
