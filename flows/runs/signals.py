"""Stopping in good order: what is under way is finished and recorded, nothing new begins. Or at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from connectors.errors import CouldNotBeDone
from flows.reports.harmless import line

GRACE = 60.0  # seconds that what is under way gets after the first signal: as long as a small request may be silent


_open: list[threading.Event] = []  # of the blocks that the main thread is in
_signalled = threading.Event()  # stops are set by others than signals too


@contextmanager
def stopped_by_signal() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets: requests under way are finished and recorded, for GRACE at most.

    A second signal, or the end of the grace, is a KeyboardInterrupt. A block within another is stopped together with
    it. Outside the main thread (a Prefect worker's) signals are somebody else's; the event is then never set from here.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    with nullcontext() if _open else _handling():
        _open.append(stop)
        try:
            yield stop
        finally:
            _open.remove(stop)


@contextmanager
def _handling() -> Iterator[None]:
    handlers = {signal.SIGINT: _ask_to_stop, signal.SIGTERM: _ask_to_stop, signal.SIGALRM: signal.default_int_handler}
    _signalled.clear()
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    if _signalled.is_set():
        raise KeyboardInterrupt
    _signalled.set()
    for stop in _open:
        stop.set()
    signal.setitimer(signal.ITIMER_REAL, GRACE)
    told = line(f"Finishing what is under way, for {GRACE:.0f} s at most; a second time ends it at once.")
    os.write(2, f"\n{told}\n".encode())  # a handler may have interrupted somebody who writes


@contextmanager
def goes_on_with(command: str) -> Iterator[None]:
    """What is ended at once tells which command goes on with it."""
    try:
        yield
    except KeyboardInterrupt:
        raise ended_at_once(command) from None


def ended_at_once(command: str) -> CouldNotBeDone:
    """What is told where nothing was waited for."""
    return CouldNotBeDone(
        "Interrupted; what was under way was not waited for.", hint=f"Go on with `verboice-sync {command}`."
    )
