"""What requests cost a server, as runs over contacts measure it and go by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

from connectors.ledger.values import Cost
from flows.contacts.costs import Observed, ServerCosts
from flows.runs.run import Run

FEWEST_SAMPLES = 20  # requests or contacts: fewer say little about a server


def of_server(run: Run) -> ServerCosts:
    """What requests cost this server, as far as earlier runs have measured it."""
    costs = run.ledger.costs(run.pipeline.verboice.url)
    return ServerCosts.of({measure: cost.value for measure, cost in costs.items()})


def of_run(run: Run) -> ServerCosts:
    """What requests cost this run; a rate limit makes small ones dearer than the server does."""
    costs, limit = of_server(run), run.pipeline.verboice.rate_limit
    return costs if limit is None else replace(costs, get=max(costs.get, 1 / limit), put=max(costs.put, 1 / limit))


def observe(run: Run, measure: str, *, seconds: float, count: int) -> None:
    """Add to what is known of a cost: `count` requests or contacts took `seconds` in all."""
    if count < FEWEST_SAMPLES:
        return
    server, seen = run.pipeline.verboice.url, Observed(seconds / count, count)
    before = run.ledger.costs(server).get(measure)
    now = seen if before is None else Observed(before.value, before.samples).then(seen)
    run.ledger.record_cost(server, measure, Cost(now.value, now.samples, run.clock()))


@contextmanager
def measured(run: Run, measure: str) -> Iterator[list[int]]:
    """Time what is done inside and remember what it cost each: `get` per request, `listed` per contact of the number
    put into the list. A pace that the user set says nothing about the server."""
    began, sent, counted = monotonic(), run.client.tally.as_dict()["get"], list[int]()
    yield counted
    count = counted[0] if counted else run.client.tally.as_dict()["get"] - sent
    if run.pipeline.verboice.rate_limit is None:
        observe(run, measure, seconds=monotonic() - began, count=count)
