"""What Verboice's own log of calls says about one whose answer was lost: was it placed, and under which number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.values import CallLogEntry

CLOCKS = timedelta(minutes=10)  # by which two machines' clocks may differ, and a busy server be late
LATE = timedelta(minutes=30)  # after which a request that was lost is not carried out any more
MOST_NUMBERS = 300  # that are looked at for one call
_BEYOND = 50  # numbers that are looked at where no later call is known

_BEGINNING = "Received via API: call "  # written when a call is accepted, with its address as it was asked for


@dataclass(frozen=True, slots=True)
class Numbered:
    """A call whose number is known, asked for before or after the lost one."""

    call_id: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class PossibleNumbers:
    """Numbers that the lost call can have: those that Verboice gave between the calls before and after it.

    is_closed: it can have no other, because the call after it was asked for long enough afterwards.
    """

    numbers: range
    is_closed: bool


def possible_numbers(lost_at: datetime, before: Numbered | None, after: Numbered | None) -> PossibleNumbers:
    """Where to look for a call that was asked for at this moment."""
    if before is None and after is None:
        return PossibleNumbers(range(0), is_closed=False)
    low = before.call_id + 1 if before else max(1, after.call_id - _BEYOND) if after else 1
    high = after.call_id if after else low + _BEYOND
    numbers = range(low, high)[:MOST_NUMBERS]
    is_whole = before is not None and after is not None and len(numbers) == len(range(low, high))
    return PossibleNumbers(numbers, is_closed=is_whole and after is not None and after.asked_at - lost_at >= LATE)


def accepted(log: Sequence[CallLogEntry]) -> tuple[str, datetime] | None:
    """The address that a call was asked for, and when; None where its log does not begin so."""
    for entry in log:
        if entry.detail.startswith(_BEGINNING):
            return entry.detail.removeprefix(_BEGINNING), entry.at
    return None


def found_under(address: str, lost_at: datetime, logs: Mapping[int, Sequence[CallLogEntry]]) -> tuple[int, ...]:
    """The numbers under which Verboice has a call to this address at about this moment."""
    same = []
    for call_id, log in logs.items():
        told = accepted(log)
        if told is not None and told[0] == address and abs(told[1] - lost_at) <= CLOCKS:
            same.append(call_id)
    return tuple(same)
