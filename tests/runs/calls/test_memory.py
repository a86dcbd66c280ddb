"""Who was called before: not again, unless a person says so, a campaign begins, or the row has changed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flows.runs.calls.run import enqueue_calls
from flows.runs.execution import Started, execute
from tests.worlds import PATIENTS, cells


def test_the_same_file_renamed_sorted_and_continued_rings_only_the_new_rows(cli, clinic, people):
    cli("call", people())
    said = cli("call", people(*reversed(PATIENTS), ("012111222", "Dee", 4), name="renamed"), "--json")
    assert (said.json["rows"]["skipped"], said.json["rows"]["queued"]) == (3, 1)
    assert clinic.rung()[3:] == ["85512111222"]
    status, reason = cells(said, "sync_status", "sync_reason")[2]
    assert status == "skipped"
    assert "call 1" in reason


def test_a_changed_row_rings_unless_its_person_was_called_a_short_time_ago(cli, clinic, people):
    cli("call", people())
    assert (
        cli("call", people(("012345678", "Ana", 4), **{"calls.repeat_after": "24h"}), "--json").json["rows"]["blocked"]
        == 1
    )
    said = cli("call", people(("012345678", "Ana", 4)), "--json")
    assert said.json["rows"]["queued"] == 1
    assert "1 call to ask for" in said.err
    assert "within the last 24 hours" in said.err


def test_again_overrides_both_and_is_recorded(cli, clinic, people):
    name = people(PATIENTS[0], **{"calls.repeat_after": "24h"})
    cli("call", name)
    said = cli("call", name, "--again", "power cut", "--json")
    assert said.json["rows"]["queued"] == 1
    assert "power cut" in cells(said, "sync_reason")[0][0]
    assert len(clinic.rung()) == 2


@pytest.mark.parametrize("reason", ["", "  "])
def test_again_without_a_reason_calls_nobody(cli, clinic, people, reason):
    name = people()
    cli("call", name)
    said = cli("call", name, "--again", reason)
    assert (said.status, len(clinic.rung())) == (2, 3)
    assert "--again needs a reason" in said.err


def test_a_campaign_makes_equal_rows_ring_once_in_each(cli, clinic, people):
    for campaign in ("one {date:%Y}", "one {date:%Y}", "two {file}"):
        cli("call", people(PATIENTS[0], **{"calls.campaign": campaign}))
    assert len(clinic.rung()) == 2


def test_a_campaign_counts_the_day_that_the_schedule_meant(clinic, people):
    """Where clocks go forward at midnight, the run of the 30th comes at 23:00 on the 29th."""
    name = people(PATIENTS[0], **{"calls.campaign": "{date:%F}", "calls.time_zone": "Cairo"})
    cairo = ZoneInfo("Africa/Cairo")
    for meant_at in (datetime(2027, 4, 29, tzinfo=cairo), datetime(2027, 4, 30, tzinfo=cairo)):
        ended = execute(Started("call", name, meant_at=meant_at), enqueue_calls)
        assert ended.plan.campaign == f"{meant_at:%F}"
    assert len(clinic.rung()) == 2


def test_a_cancelled_call_does_not_keep_its_person_from_being_called(cli, clinic, people):
    run = cli("call", people(PATIENTS[0], **{"calls.repeat_after": "24h"}), "--json").json["run_id"]
    cli("cancel", run)
    said = cli("call", people(("012345678", "Ana", 4), **{"calls.repeat_after": "24h"}), "--json")
    assert said.json["rows"]["queued"] == 1
