"""Whether a run at work is to stop: by a signal, by `verboice-sync stop` or by whoever carries it out (Prefect).

The run asks by itself, so that it also stops where whoever should have told it has died meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.runs.signals import stopped_by_signal

if TYPE_CHECKING:
    from flows.runs.run import Run

T = TypeVar("T")

ASKED_EVERY = 1.0  # seconds
_TO_THE_END = ("push", "enqueue", "report")  # steps that look by themselves, or tell what became of the rows


class CalledOff(CouldNotBeDone):
    """Somebody asked this very run to stop: it is not begun again by itself."""


@contextmanager
def stopping(run: Run) -> Iterator[threading.Event]:
    """An event that is set once the run is to stop: requests under way are finished and recorded, no others begin.

    A server or ledger that does not answer delays nothing and stops nothing.
    """
    with stopped_by_signal() as stop, watched(lambda: is_called_off(run), stop):
        yield stop


@contextmanager
def watched(is_over: Callable[[], bool], stop: threading.Event) -> Iterator[None]:
    """Within, `stop` is set as soon as `is_over`; it is asked now, and then every second by a thread of its own."""
    done = threading.Event()
    if is_over():
        stop.set()

    def ask() -> None:
        while not stop.is_set() and not done.wait(ASKED_EVERY):
            if is_over():
                stop.set()

    asking = threading.Thread(target=ask, name="stop", daemon=True)
    asking.start()
    try:
        yield
    finally:
        done.set()
        asking.join()


def is_called_off(run: Run) -> bool:
    """Whether somebody asked this run to stop. What only Prefect was told is written down for the run's other parts."""
    with suppress(VerboiceSyncError):
        if run.ledger.is_asked_to_stop(run.run_id):
            return True
    if not run.is_cancelled():
        return False
    with suppress(VerboiceSyncError, LookupError):
        run.ledger.note_run(run.run_id, stop_asked_at=run.clock())
    return True


def asking_first(run: Run) -> Run:
    """The run, which asks before each step of its preparation whether it is to stop. The step raises CalledOff then."""

    def step(name: str, work: Callable[[], T]) -> T:
        if name not in _TO_THE_END and is_called_off(run):
            raise CalledOff("Stopped, as was asked, before anything was sent.", hint=_resume(run))
        return run.step(name, work)

    return replace(run, step=step)


def interrupted(run: Run) -> CouldNotBeDone:
    """What is told when a push was stopped."""
    if is_called_off(run):
        return CalledOff("Stopped, as was asked; requests under way were finished.", hint=_resume(run))
    return CouldNotBeDone("Interrupted; requests under way were finished.", hint=_resume(run))


def _resume(run: Run) -> str:
    return f"Go on with `verboice-sync resume {run.run_id}`."
