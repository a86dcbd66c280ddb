"""The write-ahead record of a batch: on disk before each call is asked for, and after."""

from __future__ import annotations

from connectors.ledger.values import CallIntent, CallState, Cost
from flows.calls.batch import Batch, PlannedCall
from flows.runs.calls.memory import RATE
from flows.runs.lease import HeldLease
from flows.runs.run import Run


class CallJournal:
    """The record of one batch: on disk before each call is asked for, and after."""

    def __init__(self, run: Run, batch: Batch, held: HeldLease) -> None:
        self._run = run
        self._batch = batch
        self._held = held

    def begin(self, call: PlannedCall) -> None:
        """Durable when it returns. Raises AlreadyAsked, and LeaseLost if another run took over."""
        if self._held.lost is not None:
            raise self._held.lost
        intent = CallIntent(
            run_id=self._run.run_id,
            row=call.row,
            server=self._batch.server,
            project_id=self._batch.project_id,
            pipeline=self._run.pipeline.name,
            identity=call.identity,
            address_key=call.key,
            address=call.request.address,
            campaign=self._batch.campaign,
            again_reason=self._batch.again,
        )
        self._run.ledger.begin_call(intent, self._run.clock(), lease=self._held.lease)

    def settle(self, row: int, state: CallState, *, call_id: int | None = None, reason: str = "") -> None:
        """How asking for the call of this row ended."""
        self._run.ledger.settle_call(self._run.run_id, row, state, self._run.clock(), call_id=call_id, reason=reason)

    def measured(self, seconds: float, calls: int) -> None:
        """Keeps the server's rate for the next estimate."""
        if calls:
            cost = Cost(value=seconds / calls, samples=calls, seen_at=self._run.clock())
            self._run.ledger.record_cost(self._batch.server, RATE, cost)
