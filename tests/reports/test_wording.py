"""The shared sentences: one run is told in the same words on every page, and never as done while only planned."""

from __future__ import annotations

import pytest

from flows.reports.wording import counted, ending, headline, is_only_planned, meaning_of


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        ("sync", "", "Done, 1 to look at: 3 rows read, 2 updated, 1 held."),
        ("plan", "", "Planned, nothing was sent: 3 rows read, 2 to update, 1 held."),
        ("sync", "refused", "Refused by a guard, nothing was sent: 3 rows read, 2 to update, 1 held."),
        ("sync", "failed", "Not finished: 3 rows read, 2 updated, 1 held."),
    ],
)
def test_the_headline_says_how_it_ended_and_where_the_rows_went(make_report, kind, status, told):
    summary = make_report({"Phone": ["1", "2", "3"]}, ["updated", "updated", "held"], kind=kind, status=status).summary
    assert headline(summary) == told


def test_what_is_only_planned_is_told_as_what_would_be(make_report):
    for kind, status in (("plan", ""), ("sync", "refused")):
        summary = make_report({"Phone": ["1"]}, ["updated"], kind=kind, status=status).summary
        assert is_only_planned(summary)
        assert "would be changed" in meaning_of("updated", summary)


def test_a_dry_run_of_calls_asks_for_nothing(make_report):
    summary = make_report({"Phone": ["1"]}, ["queued"], kind="call").summary
    assert meaning_of("queued", summary) == "Verboice accepted the call."
    dry = {**summary, "dry_run": True}
    assert (ending(dry), meaning_of("queued", dry)) == ("Planned, nothing was sent", "The call would be asked for.")


def test_a_bucket_of_calls_means_something_else_than_its_namesake(make_report):
    contacts = make_report({"Phone": ["1"]}, ["duplicate"]).summary
    calls = make_report({"Phone": ["1"]}, ["duplicate"], kind="call").summary
    assert meaning_of("duplicate", calls) == "The address stands in an earlier row of this batch; it is called once."
    assert meaning_of("duplicate", contacts).startswith("Several rows name one contact")


def test_a_summary_of_an_earlier_version_without_the_newest_bucket_is_still_told(make_report):
    summary = make_report({"Phone": ["1", "2"]}, ["updated", "held"]).summary
    del summary["rows"]["unsent"]
    assert headline(summary) == "Done, 1 to look at: 2 rows read, 1 updated, 1 held."
    assert dict(counted(summary))["unsent"] == 0
