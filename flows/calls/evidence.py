"""What Verboice's own log of calls says about one whose answer was lost: was it placed, and under which number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.values import CallLogEntry

CLOCKS = timedelta(minutes=10)  # by which two machines' clocks may differ, and a busy server be late
LATE = timedelta(minutes=30)  # after which a request that was lost is not carried out any more
MOST_NUMBERS = 300  # of calls that are not known, which are looked at for one that is lost
_BEYOND = 50  # numbers that are looked at where no earlier or later call is known

_BEGINNING = "Received via API: call "  # written when a call is accepted, with its address as it was asked for


@dataclass(frozen=True, slots=True)
class PossibleNumbers:
    """Numbers that the lost call can have, those of known calls among them. is_closed: it can have no other, because
    the call after them was asked for so much later that nothing lost before it can come any more."""

    numbers: range
    is_closed: bool


def possible_numbers(before: int | None, late: int | None, last: int | None) -> PossibleNumbers:
    """Where to look for a call: between the number of the last one asked for `before` it and that of the first one
    asked for LATE after it. last: the highest number known, from which on to look a little further where none is so
    late yet."""
    if last is None:
        return PossibleNumbers(range(0), is_closed=False)
    low = max(1, (late or last) - _BEYOND) if before is None else before + 1
    high = last + 1 + _BEYOND if late is None else late
    return PossibleNumbers(range(low, high), is_closed=before is not None and late is not None)


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
