"""What is asked once more just before each call of a batch, because a batch of thousands takes longer than it takes
somebody to be put on a list, and may last until the hours are over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flows.calls.batch import PlannedCall, RowOutcome
from flows.calls.sparing import Barred
from flows.calls.timetable import SOONEST

LISTS_LAST = timedelta(minutes=5)
"""For so long the lists count as read."""
REST = 10
"""Times as long as reading them took: a list that takes long to read must not take up the day."""
_TOO_LATE = "Not asked for: the hours in which this person may be rung ended before its turn. A later run asks for it."


class Gate:
    """The lists, read again when they have become old. `read` raises what stops the batch."""

    def __init__(
        self, read: Callable[[], Mapping[str, str]], clock: Callable[[], datetime], *, read_at: datetime
    ) -> None:
        self._read = read
        self._clock = clock
        self._barred = Barred()
        self._due = read_at + LISTS_LAST

    def __call__(self, call: PlannedCall) -> RowOutcome | None:
        """What becomes of the row instead of a call; None where it may be asked for."""
        now = self._clock()
        if call.stretch is not None and call.stretch.end < now + SOONEST:
            return RowOutcome(call.row, "unsent", _TOO_LATE)
        if now >= self._due:
            self._barred = Barred(self._read())
            after = self._clock()
            self._due = after + max(LISTS_LAST, REST * (after - now))
        why = self._barred.why(call)
        return RowOutcome(call.row, "blocked", why) if why else None
