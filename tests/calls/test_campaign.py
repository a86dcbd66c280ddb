"""Names of campaigns."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.calls.campaign import campaign_name


def test_campaigns_are_named_by_date_and_file():
    today = datetime(2026, 11, 23, tzinfo=UTC)
    assert campaign_name("{date:%G-W%V} {file}!", today=today, file="people") == "2026-W48 people!"
