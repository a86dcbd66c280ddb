"""Is a dropped file complete? It is once it has stopped changing and no program on this machine still writes to it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from connectors.sources.files import kind_of
from flows.inbox.folder import DropFolder, Seen

SETTLE = 1.0  # seconds without a change
COARSE = 2.5  # the same where times are coarse: FAT, and shares that come from it, keep every other second
UNTOUCHED = 600.0  # seconds after which a file that no reader knows is told of


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
        dropped = {name: seen for name, seen in self._folder.dropped().items() if kind_of(name) is not None}
        for name in self._since.keys() - dropped.keys():
            del self._since[name]
        for name, seen in dropped.items():
            known = self._since.get(name)
            if known is None or known[0] != seen:
                self._since[name] = seen, now
        settled = [name for name, (seen, since) in self._since.items() if now - since >= self._settling(seen)]
        ready = [name for name in settled if not is_being_written(self._folder.path / name)]
        return sorted(ready, key=lambda name: (dropped[name].modified, name))

    def unreadable(self) -> list[str]:
        """Names of files whose ending no reader knows, once nobody has touched them for a while: until then they may
        be what a program saves under before it gives a file its name."""
        now, dropped = time.time_ns(), self._folder.dropped()
        return [
            name
            for name, seen in dropped.items()
            if kind_of(name) is None and now - max(seen.modified, seen.changed) >= UNTOUCHED * 10**9
        ]

    @property
    def settling(self) -> float:
        """Seconds until what lies there has settled, if nothing changes; 0.0 where nothing is expected."""
        return max((self._settling(seen) for seen, _ in self._since.values()), default=0.0)

    def _settling(self, seen: Seen) -> float:
        """On a volume that keeps whole seconds a file may be written to and look the same."""
        return max(self._settle, COARSE) if self._settle and seen.modified % 10**9 == 0 else self._settle
