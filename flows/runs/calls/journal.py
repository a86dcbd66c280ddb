"""The write-ahead record of a batch: on disk before each call is asked for, and after."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.ledger.values import CallIntent, CallState, Cost
from flows.calls.batch import Batch, PlannedCall
from flows.runs.calls.memory import RATE
from flows.runs.lease import HeldLease
from flows.runs.run import Run


class CallJournal:
    """The record of one batch: on disk before each call is asked for, and after."""

    def __init__(self, run: Run, batch: Batch, held: HeldLease, *, repeat_after: timedelta | None) -> None:
        self._run = run
        self._batch = batch
        self._held = held
        self._repeat_after = repeat_after

    def begin(self, call: PlannedCall) -> None:
        """Durable when it returns. Raises AlreadyAsked, CalledLately, and LeaseLost if another run took over."""
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
        now = self._run.clock()
        self._run.ledger.begin_call(
            intent, now, lease=self._held.lease, spared_since=self._spared_since(now), follows=call.follows
        )

    def _spared_since(self, now: datetime) -> datetime | None:
        """Who was called since then by another run is left in peace. A reason to call people again overrides what had
        been asked for when it was given, not what has been since."""
        if self._repeat_after is None:
            return None
        since = now - self._repeat_after
        return max(since, self._run.started_at) if self._batch.again else since

    def settle(self, row: int, state: CallState, *, call_id: int | None = None, reason: str = "") -> None:
        """How asking for the call of this row ended."""
        self._run.ledger.settle_call(self._run.run_id, row, state, self._run.clock(), call_id=call_id, reason=reason)

    def measured(self, seconds: float, calls: int) -> None:
        """Keeps the server's rate for the next estimate."""
        if calls:
            cost = Cost(value=seconds / calls, samples=calls, seen_at=self._run.clock())
            self._run.ledger.record_cost(self._batch.server, RATE, cost)
