"""What became of calls, in words for people: who was reached, who not and why, and what is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

End = Literal["reached", "not reached", "open", "cancelled", "unknown"]
ENDS: tuple[End, ...] = ("reached", "not reached", "open", "cancelled", "unknown")

_END_OF: Mapping[str, End] = MappingProxyType(
    {
        "completed": "reached",
        "failed": "not reached",
        "expired": "not reached",
        "": "open",
        "queued": "open",
        "active": "open",
        "cancelled": "cancelled",
        "canceled": "cancelled",
    }
)
NO_REASON = "no reason told"
_WORDS = MappingProxyType(
    {
        "hangup": "hung up",
        "error": "technical error",
        "undefined address": "no usable address",
        "active-for-too-long": "lasted too long",
    }
)


@dataclass(frozen=True, slots=True)
class CallEnds:
    """How many calls Verboice accepted, how many of them ended how, why people were not reached, and why those were not
    that Verboice tries again; the commonest reason first."""

    accepted: int
    by_end: Mapping[End, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    retries: Mapping[str, int] = field(default_factory=dict)


def end_of(state: str) -> End:
    """What the state that Verboice last told of a call (API sheet 9.7) means for the person."""
    return _END_OF.get(state, "unknown")


def why(state: str, fail_reason: str) -> str:
    """Why a person was not reached: `no answer`, `busy`."""
    if state == "expired":
        return "no time left"
    reason = fail_reason.partition(":")[0].partition(" (")[0].strip()
    return _WORDS.get(reason, reason.replace("-", " ")) or NO_REASON


def told_end(state: str, fail_reason: str) -> str:
    """What became of one accepted call: `reached`, `no answer`, `waiting`."""
    end = end_of(state)
    if end == "not reached":
        return why(state, fail_reason)
    return {"open": "waiting to be tried again" if fail_reason else "waiting"}.get(end, end)


def call_ends(outcomes: pa.Table) -> CallEnds:
    """Of a report's outcomes. Before anybody has asked, and where nothing was sent, no call has ended."""
    accepted = outcomes.filter(pc.equal(outcomes["sync_status"], "queued"))
    if "call_state" not in outcomes.column_names:
        return CallEnds(accepted.num_rows)
    is_told = "fail_reason" in accepted.column_names
    told = accepted["fail_reason"].to_pylist() if is_told else [""] * accepted.num_rows
    states = accepted["call_state"].to_pylist()
    counts = Counter((end_of(state), why(state, reason)) for state, reason in zip(states, told, strict=True))
    by_end: Counter[End] = Counter()
    for (end, _reason), number in counts.items():
        by_end[end] += number

    def reasons(wanted: End, *but: str) -> dict[str, int]:
        return {why: number for (end, why), number in counts.most_common() if end == wanted and why not in but}

    return CallEnds(accepted.num_rows, by_end, reasons("not reached"), reasons("open", NO_REASON))
