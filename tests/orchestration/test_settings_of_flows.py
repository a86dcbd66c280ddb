"""No flow is retried by Prefect, or keeps what it returns."""

from __future__ import annotations

import importlib

import pytest

FLOWS = [
    ("flows.sync_contacts", "sync_contacts"),
    ("flows.enqueue_calls", "enqueue_calls"),
    ("flows.track_calls", "track_calls"),
    ("flows.track_calls", "track_recent_calls"),
    ("flows.backfill", "backfill"),
    ("flows.watch_inbox", "watch_inbox"),
    ("flows.fleet", "sync_by_fleet"),
    ("flows.fleet", "push_one_part"),
]


@pytest.mark.parametrize(("module", "name"), FLOWS)
def test_no_flow_is_retried_or_keeps_results(module: str, name: str) -> None:
    flow = getattr(importlib.import_module(module), name)
    assert flow.retries == 0
    assert flow.persist_result is False
