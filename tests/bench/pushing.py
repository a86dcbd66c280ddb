"""The real push loop with the real ledger, on writes made for the purpose."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from connectors.ledger import Ledger
from connectors.ledger.values import CHANGES, WRITES, Scope, SettledWrite
from connectors.verboice.client import VerboiceClient
from connectors.verboice.pacing import Pacer
from connectors.verboice.session import Server as At
from flows.runs.contacts.push import Lane, Push, PushResult
from flows.runs.contacts.write import Write, WriteOutcome
from tests.bench.server import ACCOUNT, PASSWORD, Server, number

_RUN_IDS = (f"bench {n}" for n in itertools.count())
_AGES = (str(n) for n in itertools.count(31))


def writes_of(count: int) -> list[Write]:
    """One change for each of the first `count` people, to an age nobody had before."""
    age = next(_AGES)
    return [Write(n, "put", n, number(n), {"age": age}, {"age": "30"}, contact_id=n + 1) for n in range(count)]


@dataclass
class BenchJournal:
    """The ledger's part of a push, as a sync uses it."""

    ledger: Ledger
    scope: Scope
    run_id: str = field(default_factory=lambda: next(_RUN_IDS))

    def intend(self, writes: list[Write]) -> None:
        rows = [(w.seq, w.kind, w.contact_id, w.address, w.row) for w in writes]
        changes = [(w.seq, w.contact_id, "age", w.before["age"], w.after["age"]) for w in writes]
        self.ledger.plan_writes(self.run_id, _table(rows, WRITES), _table(changes, CHANGES))

    def sending(self, seqs: list[int]) -> None:
        self.ledger.mark_sending(self.run_id, seqs, datetime.now(UTC))

    def settle(self, outcomes: list[WriteOutcome]) -> None:
        told = [
            SettledWrite(o.seq, "done" if o.state == "done" else "failed", o.reason, o.contact_id) for o in outcomes
        ]
        self.ledger.settle_writes(self.run_id, told, datetime.now(UTC), scope=self.scope)


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array(column) for column in zip(*rows, strict=True)], schema=schema)


def push(ledger: Ledger, server: Server, pacer: Pacer, *, writes: list[Write], workers: int) -> PushResult:
    """All of it: recorded, sent, settled. Raises where a request did not arrive."""
    journal = BenchJournal(ledger, Scope(server.url, server.project_id, "bench"))
    journal.intend(writes)
    with VerboiceClient(At(server.url, ACCOUNT, PASSWORD), pacer=pacer) as client:
        pushed = Push(client, journal, Lane(server.project_id, workers)).run(writes)
    if pushed.stopped is not None or any(outcome.state != "done" for outcome in pushed.outcomes):
        raise RuntimeError(f"the push did not go through: {pushed.stopped}")
    return pushed
