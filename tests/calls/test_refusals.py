"""Whether a refusal is about one row or about everybody."""

from __future__ import annotations

import pytest

from flows.calls.refusals import concerns_all


@pytest.mark.parametrize(
    ("reason", "constants", "stops"),
    [
        ("Channel is disabled", {"channel"}, True),
        ("Channel is disabled", set(), False),
        ("Couldn't find Schedule with name = X", {"schedule", "schedule_id"}, True),
        ("Not After date can't be in the past", {"not_after"}, False),
        ("Mysql2::Error: Data too long", {"channel", "schedule"}, False),
    ],
)
def test_a_refusal_stops_the_batch_only_if_it_is_about_everybody(reason, constants, stops):
    assert concerns_all(reason, constants) is stops
