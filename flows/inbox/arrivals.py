"""Is a dropped file complete? It is once it has stopped changing and no program on this machine still writes to it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flows.inbox.folder import DropFolder, Seen

SETTLE = 1.0  # seconds without a change


def is_being_written(path: Path) -> bool:
    """Whether a process of this machine has the file open for writing, where the system can tell (Linux).

    An upload through a file server on this machine may pause for longer than any waiting time. A read lease is refused
    while there is a writer (fcntl(2), F_SETLEASE); it is given back at once.
    """
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # A writer that comes meanwhile makes the kernel send a signal: one that is ignored by default.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False  # not our file, or a file system without leases
    finally:
        os.close(handle)
    return False


class Arrivals:
    """The files of one drop folder that are complete. It compares with what it saw before: ask again and again."""

    def __init__(
        self, folder: DropFolder, *, settle: float = SETTLE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._settle = settle
        self._clock = clock
        self._since: dict[str, tuple[Seen, float]] = {}

    def complete(self) -> list[str]:
        """Names of complete files, the one that has waited longest first."""
        now = self._clock()
        dropped = self._folder.dropped()
        for name in self._since.keys() - dropped.keys():
            del self._since[name]
        for name, seen in dropped.items():
            known = self._since.get(name)
            if known is None or known[0] != seen:
                self._since[name] = seen, now
        settled = [name for name, (_, since) in self._since.items() if now - since >= self._settle]
        ready = [name for name in settled if not is_being_written(self._folder.path / name)]
        return sorted(ready, key=lambda name: (dropped[name].modified, name))

    @property
    def are_expected(self) -> bool:
        """Whether something lies there that was not complete, or not taken, at the last look."""
        return bool(self._since)
