"""How the processes of flow runs are ended when their server leaves: in good order, or at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress

from flows.runs.signals import GRACE

_LOOK = 0.1  # seconds between looks whether they have ended


def end_all(processes: Sequence[int], *, at_once: bool) -> None:
    """Ask our children to stop, wait until they have, for GRACE at most, and kill those that are left."""
    if not at_once:
        _signal(processes, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while not all(map(_has_ended, processes)) and time.monotonic() < until:
            time.sleep(_LOOK)
    _signal(processes, signal.SIGKILL)


def _signal(processes: Sequence[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _has_ended(process: int) -> bool:
    """Whether this child of ours has come to its end. Its status is left for Prefect, which waits in this thread."""
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
