"""What became of calls, by what Verboice said of them last."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.reports.call_ends import call_ends, told_end


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        ("completed", "", "reached"),
        ("failed", "no-answer", "no answer"),
        ("failed", "error: 503 from the trunk", "technical error"),
        ("failed", "", "no reason told"),
        ("expired", "busy", "no time left"),
        ("queued", "busy (to be tried again)", "waiting to be tried again"),
        ("active", "", "waiting"),
        ("cancelled", "", "cancelled"),
        ("not visible", "", "unknown"),
    ],
)
def test_one_call_is_told_in_a_word_or_two(state, reason, told):
    assert told_end(state, reason) == told


def test_calls_are_counted_by_end_and_by_reason():
    outcomes = pa.table(
        {
            "sync_status": ["queued"] * 5 + ["rejected"],
            "call_state": ["completed", "failed", "failed", "failed", "queued", ""],
            "fail_reason": ["", "busy", "no-answer", "busy: line 2", "hangup (to be tried again)", ""],
        }
    )
    ends = call_ends(outcomes)
    assert ends.accepted == 5
    assert ends.by_end == {"reached": 1, "not reached": 3, "open": 1}
    assert list(ends.reasons.items()) == [("busy", 2), ("no answer", 1)]
    assert ends.retries == {"hung up": 1}


def test_where_nothing_was_sent_nothing_has_ended():
    assert call_ends(pa.table({"sync_status": ["queued"]})).by_end == {}
