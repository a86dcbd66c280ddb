"""Is a dropped file complete? It is once it has stopped changing and nobody is known to write to it still."""

from __future__ import annotations

import time
from collections.abc import Callable

from connectors.sources.files import kind_of
from flows.inbox.claimed import Seen
from flows.inbox.folder import FolderFiles

SETTLE = 1.0  # seconds without a change
SETTLE_ELSEWHERE = 10.0  # the same where nobody tells who writes, and an upload may pause
COARSE = 2.5  # the same where times are coarse: FAT, and shares that come from it, keep every other second
UNTOUCHED = 600.0  # seconds after which a file that no reader knows is told of


class Arrivals:
    """The files of one drop folder that are complete. It compares with what it saw before: ask again and again."""

    def __init__(
        self, files: FolderFiles, *, settle: float = SETTLE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._files = files
        self._settle = settle
        self._clock = clock
        self._since: dict[str, tuple[Seen, float]] = {}

    def complete(self) -> list[str]:
        """Names of complete files, the one that has waited longest first."""
        now = self._clock()
        dropped = {name: seen for name, seen in self._files.dropped().items() if kind_of(name) is not None}
        for name in self._since.keys() - dropped.keys():
            del self._since[name]
        for name, seen in dropped.items():
            known = self._since.get(name)
            if known is None or known[0] != seen:
                self._since[name] = seen, now
        settled = [name for name, (seen, since) in self._since.items() if now - since >= self._settling(seen)]
        ready = [name for name in settled if not self._files.is_being_written(name)]
        return sorted(ready, key=lambda name: (dropped[name].modified, name))

    def unreadable(self) -> list[str]:
        """Names of files whose ending no reader knows, once nobody has touched them for a while: until then they may
        be what a program saves under before it gives a file its name."""
        now, dropped = time.time_ns(), self._files.dropped()
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
