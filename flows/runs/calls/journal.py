"""The write-ahead record of a batch: on disk before each call is asked for, and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from connectors.ledger.values import Call, CallIntent, CallState, Cap, Cost
from flows.calls.batch import Batch, PlannedCall
from flows.calls.rules import CallRules
from flows.calls.timetable import own_stretch
from flows.runs.calls.memory import RATE
from flows.runs.calls.timing import zone_of
from flows.runs.lease import HeldLease
from flows.runs.run import Run


class CallJournal:
    """The record of one batch: on disk before each call is asked for, and after."""

    def __init__(self, run: Run, batch: Batch, held: HeldLease, *, rules: CallRules) -> None:
        self._run = run
        self._batch = batch
        self._held = held
        self._rules = rules
        self._zone = zone_of(run, rules)
        self.asked: dict[int, Call] = {}  # by row, as they were recorded

    def begin(self, call: PlannedCall) -> None:
        """Durable when it returns. Raises AlreadyAsked, CalledLately, NeverCalled, and LeaseLost if another took it."""
        if self._held.lost is not None:
            raise self._held.lost
        now = self._run.clock()
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
            not_before=self._not_before(call, now),
        )
        caps, follows = list(self._caps()), call.follows
        self._run.ledger.begin_call(intent, now, lease=self._held.lease, caps=caps, known_as=call.keys, follows=follows)
        self.asked[call.row] = Call(**asdict(intent), nth=0, state="sending", attempts=1, asked_at=now)

    def _caps(self) -> Iterator[Cap]:
        """How often people may be called. A reason to call them again overrides that another run had called them when
        it was given, not that one has since, nor how often anybody may be called at all."""
        if self._rules.repeat_after is not None:
            since = self._run.started_at if self._batch.again else None
            yield Cap(1, self._rules.repeat_after, self._batch.project_id, self._run.run_id, since)
        if self._rules.per_person is not None:
            yield self._rules.per_person

    def _not_before(self, call: PlannedCall, now: datetime) -> datetime | None:
        """From when on the call can ring, where that is later than now; not known in a time zone that is not."""
        try:
            start = (call.stretch or own_stretch(call, self._zone)).start
        except ZoneInfoNotFoundError:
            return None
        return start if start > now else None

    def settle(self, row: int, state: CallState, *, call_id: int | None = None, reason: str = "") -> None:
        """How asking for the call of this row ended."""
        answer = f"call {call_id}" if call_id is not None else reason or state
        told = f"Verboice's answer ({answer}) could not be recorded."
        self.asked[row] = replace(self.asked[row], reason=told)
        self._run.ledger.settle_call(self._run.run_id, row, state, self._run.clock(), call_id=call_id, reason=reason)
        self.asked[row] = replace(self.asked[row], state=state, call_id=call_id, reason=reason)

    def measured(self, seconds: float, calls: int) -> None:
        """Keeps the server's rate for the next estimate."""
        if calls:
            cost = Cost(value=seconds / calls, samples=calls, seen_at=self._run.clock())
            self._run.ledger.record_cost(self._batch.server, RATE, cost)
