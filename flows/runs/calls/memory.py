"""What a run of calls asks of the ledger and tells it, in the ledger's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.ledger.values import Call, CallIntent, CallState, Cost
from flows.calls.assess import Earlier, Remembered
from flows.calls.batch import Batch, PlannedCall
from flows.calls.normalise import Unusable, Wanted
from flows.calls.rules import CallRules
from flows.runs.lease import HeldLease, holding, is_held

if TYPE_CHECKING:
    from flows.runs.run import Run

KIND = "call"
RATE = "seconds_per_call"
CUT_OFF = "The program was stopped while it asked for this call; nobody knows whether it was placed."
_MOST_RUNS = 1_000


@contextmanager
def lease(run: Run) -> Iterator[HeldLease]:
    """The pipeline's right to ring: two runs of one pipeline never ask for calls at the same time.

    What earlier runs left in the air when they died is uncertain from here on. Raises CouldNotBeDone.
    """
    told = f"Another run of the pipeline “{run.pipeline.name}” is asking for calls"
    with holding(run.ledger, _right(run), run_id=run.run_id, told=told) as held:
        _close_cut_off_runs(run)
        yield held


def _right(run: Run) -> str:
    return f"call:{run.pipeline.name}"


def strand_if_cut_off(run: Run) -> None:
    """What this run left in the air is uncertain as soon as it is dead, not only once another run begins."""
    if not is_held(run.ledger, _right(run), run_id=run.run_id):
        run.ledger.strand_calls(run.run_id, run.clock(), CUT_OFF)


def _close_cut_off_runs(run: Run) -> None:
    for earlier in run.ledger.runs(run.pipeline.name, kind=KIND, limit=_MOST_RUNS):
        if earlier.status in ("succeeded", "partial", "refused") or earlier.options.get("dry_run"):
            continue
        run.ledger.strand_calls(earlier.run_id, run.clock(), CUT_OFF)
        if earlier.status == "running" and earlier.run_id != run.run_id:
            run.ledger.finish_run(earlier.run_id, "interrupted", run.clock(), error="cut off")


def remembered(run: Run, rows: Sequence[Wanted | Unusable], rules: CallRules) -> Remembered:
    """What earlier runs asked for among these rows, and who was called within `repeat_after`."""
    wanted = [row for row in rows if isinstance(row, Wanted)]
    server = run.pipeline.verboice.url
    asked = run.ledger.calls_by_identity(
        run.pipeline.name, {identity for row in wanted for identity in row.identities}, server=server
    )
    recent = {}
    if rules.repeat_after is not None:
        recent = called_within(run, [key for row in wanted for key in row.keys], rules.repeat_after)
    return Remembered(_earlier(asked), recent)


def called_within(run: Run, keys: Sequence[str], time: timedelta) -> dict[str, Earlier]:
    """Who among these was called within the time by other runs of the pipeline, and when last."""
    server, since = run.pipeline.verboice.url, run.clock() - time
    found = run.ledger.calls_since(run.pipeline.name, keys, since, server=server, besides=run.run_id)
    return _earlier(found)


def _earlier(calls: dict[str, Call]) -> dict[str, Earlier]:
    return {key: as_earlier(call) for key, call in calls.items()}


def as_earlier(call: Call) -> Earlier:
    """A call of the ledger as the pure rooms know it."""
    return Earlier(
        run_id=call.run_id,
        row=call.row,
        asked_at=call.asked_at,
        call_id=call.call_id,
        call_state=call.call_state,
        is_uncertain=call.state in ("uncertain", "sending"),
    )


def seconds_per_call(run: Run) -> float | None:
    """How long this server took per call the last times; None if it was never asked."""
    cost = run.ledger.costs(run.pipeline.verboice.url).get(RATE)
    return None if cost is None else cost.value


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
