"""What a run of calls asks of the ledger and tells it, in the ledger's words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar, get_args

import pyarrow as pa
import pyarrow.compute as pc

from connectors.ledger.calls import RINGS
from connectors.ledger.values import Call, CallState, Cap, Cost
from flows.calls.forecast import EndsSeen
from flows.calls.normalise import Unusable, WantedCall
from flows.calls.outcome import as_earlier
from flows.calls.rules import CallRules
from flows.calls.sparing import Earlier, Remembered
from flows.runs.kinds import CALL
from flows.runs.lease import LEASE_LASTS, HeldLease, close_cut_off, holding, is_held
from flows.runs.run import UNFINISHED, Run

K = TypeVar("K")
RATE = "seconds_per_call"
_MOST_ENDS = 500  # of which the ledger knows how far they were apart: what is new counts among so many
CUT_OFF = "The program was stopped while it asked for this call; nobody knows whether it was placed."


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
    for earlier in run.ledger.runs(run.pipeline.name, kind=CALL.name, statuses=UNFINISHED):
        if earlier.options.get("dry_run"):
            continue
        run.ledger.strand_calls(earlier.run_id, run.clock(), CUT_OFF)
        close_cut_off(run, earlier)


def remembered(run: Run, project_id: int, rows: Sequence[WantedCall | Unusable], rules: CallRules) -> Remembered:
    """What earlier runs of any pipeline asked for among these rows, and who was called how often lately."""
    wanted = [row for row in rows if isinstance(row, WantedCall)]
    known_by = {name: row.identity for row in wanted for name in (*row.former, row.identity)}
    asked = run.ledger.calls_by_identity(known_by, server=run.pipeline.verboice.url)
    keys = keys_of(wanted)
    rang = {name: call for name, call in settled_meanwhile(run, asked).items() if call.state in RINGS}
    latest = sorted(rang.items(), key=lambda found: found[1].asked_at)
    return Remembered(
        asked={known_by[name]: as_earlier(call) for name, call in latest},
        recent={} if rules.repeat_after is None else called_within(run, project_id, keys, rules.repeat_after),
        counted=counted_for(run, rules.per_person, keys),
    )


def keys_of(rows: Sequence[WantedCall | Unusable]) -> list[str]:
    """Every key of the people who are wanted."""
    return [key for row in rows if isinstance(row, WantedCall) for key in row.keys]


def called_within(run: Run, project_id: int, keys: Sequence[str], span: timedelta) -> dict[str, list[Earlier]]:
    """The calls of these people for the project within the span, by other runs."""
    return counted_for(run, Cap(1, span, project_id, run.run_id), keys)


def counted_for(run: Run, cap: Cap | None, keys: Sequence[str]) -> dict[str, list[Earlier]]:
    """The calls of these people that count for a cap, by key, the earliest first."""
    if cap is None:
        return {}
    found = run.ledger.calls_counted(keys, cap, server=run.pipeline.verboice.url, now=run.clock())
    return {key: [as_earlier(call) for call in calls] for key, calls in found.items()}


def contacts_of(
    run: Run, project_id: int, rows: Sequence[WantedCall | Unusable], stored: Mapping[str, int]
) -> dict[str, int]:
    """Contact ids of the rows' people, by key: as just looked up, or else as the pipeline's contacts were settled."""
    found = dict(stored)
    others = {row.key for row in rows if isinstance(row, WantedCall)} - found.keys()
    if others:
        settled = run.ledger.settled_rows(run.scope(project_id))
        known = settled.filter(pc.is_in(settled["address_key"], value_set=pa.array(sorted(others), pa.string())))
        pairs = zip(known["address_key"].to_pylist(), known["contact_id"].to_pylist(), strict=True)
        found |= {key: contact for key, contact in pairs if contact is not None}
    return found


def settled_meanwhile(run: Run, earlier: Mapping[K, Call]) -> Mapping[K, Call]:
    """What became of calls that another run was just asking for when this one came to them. What has been under way for
    longer than a lease lasts was cut off."""
    for wait in (0.0, *run.patience.waits):
        alive = run.clock() - LEASE_LASTS
        under_way = {call.identity for call in earlier.values() if call.state == "sending" and call.asked_at > alive}
        if not under_way:
            break
        time.sleep(wait)
        now = run.ledger.calls_by_identity(under_way, server=run.pipeline.verboice.url, states=get_args(CallState))
        earlier = {key: now.get(call.identity, call) for key, call in earlier.items()}
    return earlier


def seconds_per_call(run: Run) -> float | None:
    """How long this server took per call the last times; None if it was never asked."""
    cost = run.ledger.costs(run.pipeline.verboice.url).get(RATE)
    return None if cost is None else cost.value


def ends_measure(pipeline: str) -> str:
    """Under which name the ledger keeps how many seconds there are between the ends of two of the pipeline's calls."""
    return f"seconds_between_ends:{pipeline}"


def keep_ends(run: Run, seen: EndsSeen) -> None:
    """Adds what was seen of calls that ended to what the ledger knows of the pipeline's."""
    if not seen.calls:
        return
    server, measure = run.pipeline.verboice.url, ends_measure(run.pipeline.name)
    known = run.ledger.costs(server).get(measure)
    calls = 0 if known is None else min(known.samples, _MOST_ENDS)
    seconds = 0.0 if known is None else known.value * calls
    cost = Cost((seconds + seen.seconds) / (calls + seen.calls), calls + seen.calls, run.clock())
    run.ledger.record_cost(server, measure, cost)
