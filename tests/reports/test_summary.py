"""The summary object: the same keys whatever happened, and counts that add up."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import orjson
import pytest

from connectors.errors import CouldNotBeDone
from flows.reports.summary import RunFacts, as_json, summary_object, write_summary

FACTS = RunFacts(
    run_id="r1",
    pipeline="clinic",
    kind="sync",
    started_at=datetime(2026, 11, 23, 15, 0, tzinfo=timezone(timedelta(hours=7))),
)


def test_all_keys_are_there_in_their_order_whatever_happened():
    summary = summary_object(FACTS, {"read": 0}, status="failed")
    assert list(summary) == [
        *("run_id", "pipeline", "kind", "status", "sent", "home", "ledger"),
        *("started_at", "finished_at", "project", "rows"),
        *("variables_changed", "requests", "plan", "problems", "reports"),
    ]
    assert list(summary["requests"]) == ["get", "put", "bulk_put", "post", "call", "retries"]
    assert summary["plan"] == {"checksum": None, "changes": 0, "violations": []}
    assert summary["reports"] == {"workbook": None, "html": None, "summary": None, "plan": None}
    assert next(iter(summary["rows"])) == "read"


def test_rows_of_calls_have_the_buckets_of_calls():
    assert list(summary_object(replace(FACTS, kind="call"), {"queued": 2})["rows"])[:2] == ["read", "queued"]


def test_times_are_utc():
    assert summary_object(FACTS, {})["started_at"] == "2026-11-23T08:00:00Z"


def test_the_status_follows_from_the_buckets_unless_it_is_given():
    assert summary_object(FACTS, {"updated": 1})["status"] == "succeeded"
    assert summary_object(FACTS, {"updated": 1, "held": 1})["status"] == "partial"
    assert summary_object(FACTS, {"updated": 1}, status="refused")["status"] == "refused"


def test_a_run_that_cannot_account_for_its_rows_is_not_called_finished():
    with pytest.raises(CouldNotBeDone, match="5 rows were read, but 4 are accounted for"):
        summary_object(FACTS, {"read": 5, "updated": 4})


def test_a_run_that_was_cut_off_may_have_rows_without_an_outcome():
    assert summary_object(FACTS, {"read": 5, "updated": 4}, status="failed")["rows"]["read"] == 5


@pytest.mark.parametrize("facts", [(FACTS, {"queued": 1}), (replace(FACTS, requests={"patch": 1}), {})])
def test_a_bucket_or_request_of_another_kind_is_a_mistake(facts):
    with pytest.raises(ValueError, match="not among"):
        summary_object(*facts)


def test_the_file_is_the_summary_and_only_its_owner_may_read_it(tmp_path, make_report):
    report = make_report({"Phone": ["1"]}, ["rejected"])
    path = tmp_path / "summary.json"
    write_summary(path, report)
    assert orjson.loads(path.read_bytes()) == report.summary
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_name_that_is_not_utf_8_does_not_lose_the_summary():
    summary = summary_object(FACTS, {}, reports={"workbook": "caf\udce9.xlsx"})
    assert json.loads(as_json(summary))["reports"]["workbook"] == "caf\udce9.xlsx"
