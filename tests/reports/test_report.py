"""A finished run as one value: as many outcomes as rows, each counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.reports.report import count_rows


def test_a_report_whose_outcomes_are_not_those_of_its_rows_is_none(make_report):
    report = make_report({"Phone": ["1", "2"]}, ["updated", "unchanged"])
    with pytest.raises(ValueError, match="2 rows, but outcomes for 1"):
        replace(report, outcomes=report.outcomes.slice(0, 1))


def test_every_bucket_of_the_kind_is_counted_also_the_empty_ones(make_report):
    outcomes = make_report({"Phone": ["1", "2", "3"]}, ["updated", "updated", "held"]).outcomes
    counts = count_rows(outcomes, "sync")
    assert (counts["read"], counts["updated"], counts["held"], counts["created"]) == (3, 2, 1, 0)
    assert sum(counts.values()) == 2 * counts["read"]
    assert "queued" in count_rows(outcomes, "call")
