"""Who may push: one at a time, also across processes and machines, and nobody who is dead."""

from __future__ import annotations

from tests.worlds import ROWS


def test_two_runs_of_one_pipeline_never_push_at_the_same_time(cli, clinic, sheet, pipeline, home):
    from datetime import UTC, datetime, timedelta

    from connectors.ledger import Ledger

    name = pipeline(sheet(*ROWS[:2]))
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        now = datetime.now(UTC)
        ledger.acquire_lease("push:p", run_id="other", holder="elsewhere/1/1", at=now, ttl=timedelta(minutes=1))
    result = cli("sync", name)
    assert result.status == 1
    assert "Another run" in result.err
    assert clinic.puts() == 0
