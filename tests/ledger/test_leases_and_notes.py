"""Leases, inbox files, costs and notices."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.ledger import LeaseLost, Ledger
from connectors.ledger.values import Cost, InboxFile, Lease

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FILE = InboxFile("clinic", "aa", "patients.xlsx", "processing", "r1", AT)


def acquired(ledger: Ledger, run_id: str, at: datetime = AT) -> Lease | None:
    return ledger.acquire_lease("push clinic", run_id=run_id, holder="host:1", at=at, ttl=MINUTE)


def test_one_run_holds_a_lease_until_it_gives_it_up(ledger: Ledger) -> None:
    lease = acquired(ledger, "r1")
    assert lease == Lease("push clinic", "r1", "host:1", 1, AT + MINUTE)
    assert acquired(ledger, "r2") is None
    assert acquired(ledger, "r1") is None
    assert ledger.lease("push clinic") == lease
    assert ledger.lease("other") is None
    ledger.release_lease(lease, at=AT)
    taken = acquired(ledger, "r2")
    assert taken is not None
    assert taken.token == 2


def test_a_lease_that_ran_out_goes_to_the_next(ledger: Ledger) -> None:
    first = acquired(ledger, "r1")
    assert first is not None
    assert acquired(ledger, "r2", AT + MINUTE - timedelta(microseconds=1)) is None
    second = acquired(ledger, "r2", AT + MINUTE)
    assert second is not None
    assert second.token > first.token
    with pytest.raises(LeaseLost, match="r1"):
        ledger.renew_lease(first, at=AT + MINUTE, ttl=MINUTE)
    ledger.release_lease(first, at=AT + MINUTE)
    assert ledger.lease("push clinic") == second


def test_a_heartbeat_keeps_a_lease_even_a_late_one_nobody_took(ledger: Ledger) -> None:
    lease = acquired(ledger, "r1")
    assert lease is not None
    renewed = ledger.renew_lease(lease, at=AT + 2 * MINUTE, ttl=MINUTE)
    assert renewed.expires_at == AT + 3 * MINUTE
    assert acquired(ledger, "r2", AT + 2 * MINUTE) is None


def test_of_many_threads_one_gets_the_lease(open_ledger: Callable[[], Ledger]) -> None:
    ledgers = [open_ledger() for _ in range(3)]
    with ThreadPoolExecutor(9) as threads:
        leases = list(threads.map(lambda n: acquired(ledgers[n % 3], f"r{n}"), range(18)))
    assert sum(lease is not None for lease in leases) == 1


def test_a_file_is_claimed_once_by_its_content(ledger: Ledger) -> None:
    assert ledger.claim_file(FILE) is None
    renamed = replace(FILE, name="copy.xlsx", run_id="r2", claimed_at=AT + MINUTE)
    assert ledger.claim_file(renamed) == FILE
    assert ledger.claim_file(replace(renamed, pipeline="school")) is None
    ledger.finish_file(FILE, "to_fix", AT + MINUTE, reason="3 rows")
    finished = replace(FILE, state="to_fix", finished_at=AT + MINUTE, reason="3 rows")
    assert ledger.inbox_files("clinic") == [finished]
    assert ledger.inbox_files("clinic", "processing") == []


def test_one_caller_may_take_a_file_over(ledger: Ledger) -> None:
    ledger.claim_file(FILE)
    second, third = (replace(FILE, run_id=run_id, claimed_at=AT + MINUTE) for run_id in ("r2", "r3"))
    assert ledger.claim_file(second, instead_of=FILE) is None
    assert ledger.claim_file(third, instead_of=FILE) == second
    ledger.finish_file(FILE, "done", AT)
    assert ledger.inbox_files("clinic") == [second]


def test_costs_are_kept_per_server(ledger: Ledger) -> None:
    ledger.record_cost("https://v", "seconds_per_contact", Cost(0.1, 1, AT))
    ledger.record_cost("https://v", "seconds_per_contact", Cost(0.0015, 2, AT + MINUTE))
    assert ledger.costs("https://v") == {"seconds_per_contact": Cost(0.0015, 2, AT + MINUTE)}
    assert ledger.costs("https://w") == {}


def test_a_change_of_state_is_announced_by_one_process(ledger: Ledger) -> None:
    assert ledger.change_notice("clinic", "ok", AT) is None
    assert ledger.change_notice("clinic", "ok", AT) == "ok"
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: ledger.change_notice("clinic", "failed", AT), range(16)))
    assert sorted(told) == ["failed"] * 15 + ["ok"]
