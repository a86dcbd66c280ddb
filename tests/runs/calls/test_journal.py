"""The write-ahead record of a batch."""

from __future__ import annotations

from connectors.ledger import Ledger
from connectors.sandbox import Fault


def test_what_became_of_asking_is_in_the_ledger_call_by_call_with_its_cost(cli, clinic, people, home):
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", skip=1, times=1))
    run = cli("call", people(), "--json").json["run_id"]
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        calls = ledger.calls_of_run(run)
        costs = ledger.costs(clinic.server.url)
    assert [(call.row, call.state, call.call_id) for call in calls] == [
        (2, "queued", 1),
        (3, "uncertain", None),
        (4, "queued", 3),
    ]
    assert all(call.settled_at is not None for call in calls)
    assert costs["seconds_per_call"].samples == 2  # those that were answered
