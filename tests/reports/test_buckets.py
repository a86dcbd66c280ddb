"""The table of buckets: what is counted, what a person has to look at, and one sentence and colour for each."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.errors import CouldNotBeDone
from flows.reports.buckets import (
    BUCKETS,
    CALL_BUCKETS,
    CONTACT_BUCKETS,
    IDLE,
    NEEDS_ATTENTION,
    TO_FIX,
    UNSENT,
    UNSETTLED,
    buckets_of,
    check_buckets,
    status_of,
)
from flows.reports.report import Report, count_rows


def test_every_bucket_is_counted_even_when_it_is_empty():
    outcomes = pa.table({"sync_status": ["updated", "unchanged", "updated"]})
    counts = count_rows(outcomes, "sync")
    assert list(counts) == ["read", *CONTACT_BUCKETS]
    assert (counts["read"], counts["updated"], counts["unchanged"], counts["failed"]) == (3, 2, 1, 0)


def test_calls_have_buckets_of_their_own():
    assert buckets_of("call") == buckets_of("track") == CALL_BUCKETS
    assert buckets_of("sync") == buckets_of("undo") == CONTACT_BUCKETS


def test_every_bucket_has_a_sentence_where_it_is_counted_and_one_for_what_is_only_planned():
    for is_call, names in ((False, CONTACT_BUCKETS), (True, CALL_BUCKETS)):
        for name in names:
            assert BUCKETS[name].meaning(is_call=is_call, is_planned=False).endswith(".")
            assert BUCKETS[name].meaning(is_call=is_call, is_planned=True).endswith(".")
    assert set(BUCKETS) == {*CONTACT_BUCKETS, *CALL_BUCKETS}


def test_nothing_is_told_as_done_of_what_is_only_planned():
    told = [BUCKETS[name].meaning(is_call=False, is_planned=True) for name in ("updated", "created", "duplicate")]
    assert all("would be" in sentence for sentence in told)


def test_colours_are_colours():
    assert all(int(bucket.cell, 16) < 2**24 and int(bucket.bar, 16) < 2**24 for bucket in BUCKETS.values())
    assert {len(colour) for bucket in BUCKETS.values() for colour in (bucket.cell, bucket.bar)} == {6}


def test_a_bucket_that_nothing_is_to_be_done_about_needs_nobody():
    assert not IDLE & (TO_FIX | NEEDS_ATTENTION | UNSETTLED)
    assert NEEDS_ATTENTION | {UNSENT} >= UNSETTLED
    assert UNSENT not in TO_FIX | NEEDS_ATTENTION


@pytest.mark.parametrize("counts", [{"updated": 1}, {"read": 2, "updated": 1}, {"updated": 2, "failed": 1}])
def test_buckets_that_do_not_add_up_stop_the_run(counts):
    with pytest.raises(CouldNotBeDone, match="2 rows were read, but"):
        check_buckets(counts, 2)


def test_buckets_that_add_up_pass():
    check_buckets({"read": 2, "updated": 1, "rejected": 1}, 2)


@pytest.mark.parametrize("bucket", ["rejected", "duplicate", "held", "failed", "uncertain"])
def test_a_row_that_needs_a_person_makes_a_run_partial(bucket):
    assert status_of({"read": 9, "updated": 8, bucket: 1}) == "partial"


@pytest.mark.parametrize("bucket", ["not_found", "unchanged", "skipped", "blocked"])
def test_a_row_that_was_answered_does_not(bucket):
    assert status_of({"read": 9, "updated": 8, bucket: 1}) == "succeeded"


def test_a_run_that_ended_before_the_turn_of_a_row_has_failed():
    assert status_of({"read": 9, "updated": 8, "unsent": 1}) == "failed"


def test_people_read_what_would_be_done_of_what_is_only_planned():
    planned = {name: bucket.label(is_planned=True) for name, bucket in BUCKETS.items()}
    assert (planned["updated"], planned["created"], planned["queued"]) == ("to update", "to create", "to queue")
    assert planned["not_found"] == BUCKETS["not_found"].label(is_planned=False) == "not found"


def test_a_report_whose_outcomes_are_of_other_rows_is_refused(make_report):
    report = make_report({"Phone": ["1", "2"]}, ["updated", "unchanged"])
    with pytest.raises(ValueError, match="2 rows, but outcomes for 1"):
        Report(report.rows, report.outcomes.slice(0, 1), report.summary)
