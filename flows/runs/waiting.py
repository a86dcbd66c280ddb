"""A wait that was decided on is told: what for, and until when. On progress, and in the ledger for `runs`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.runs.threads import answered, begun

if TYPE_CHECKING:
    from flows.runs.run import Run

T = TypeVar("T")

TOLD = 5.0  # seconds; a shorter wait is not worth a word
_BUSY = "Verboice is busy or away, and nothing is asked of it for a moment"
_AWAY = "The ledger is away, and is tried again and again"
_LOOK = 0.1  # seconds between looks at whether somebody has asked to stop


class Stopped(CouldNotBeDone):
    """Somebody asked to stop while something was waited for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a run waits for, and what ends every wait at once."""

    run: Run
    stop: threading.Event

    def pause(self, why: str, seconds: float) -> bool:
        """Wait, and tell of it; whether somebody asked to stop meanwhile."""
        with self.told(why, seconds):
            return self.stop.wait(seconds)

    @contextmanager
    def told(self, why: str, seconds: float) -> Iterator[None]:
        """Tell of what is waited for inside, `seconds` at most."""
        if seconds < TOLD:
            yield
            return
        tell(self.run, why, seconds)
        try:
            yield
        finally:
            _note(self.run, None)

    def unless_stopped(self, read: Callable[[], T]) -> T:
        """What `read` gives. Raises Stopped as soon as somebody asks to stop: an answer that changes nothing is then
        left to nobody."""
        answer: futures.Future[T] = futures.Future()
        begun(partial(answered, answer, read), "look")
        while not futures.wait([answer], timeout=_LOOK).done:
            if self.stop.is_set():
                raise Stopped("Interrupted.", hint="`verboice-sync resume` goes on.")
        return answer.result()


def tell(run: Run, why: str, seconds: float) -> None:
    """Say that the run goes on after so many seconds, and why not sooner."""
    run.progress.pause(why, seconds)
    until = f"{run.clock() + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    _note(run, {"for": why, "until": until})


def tell_pauses(run: Run) -> None:
    """From now on the run also tells when its client lets a server rest, or does as a Retry-After says, and when its
    ledger is waited for."""
    run.ledger.tell_waits(lambda seconds: run.progress.pause(_AWAY, seconds))
    run.client.tell_pauses(lambda seconds: tell(run, _BUSY, seconds) if seconds >= TOLD else None)


def _note(run: Run, waiting: dict[str, str] | None) -> None:
    """Keep it in the run's record. A ledger out of reach for a moment is no reason to stop: whoever sends will know."""
    with suppress(VerboiceSyncError):
        record = run.ledger.run(run.run_id)
        known = {} if record is None else {key: value for key, value in record.summary.items() if key != "waiting"}
        run.ledger.note_run(run.run_id, summary=known if waiting is None else {**known, "waiting": waiting})
