"""A file as a source that is read in a process of its own, so that a poisoned one ends its reader and nothing else."""

from __future__ import annotations

import signal
from pathlib import Path

from connectors.apart.child import FileSource
from connectors.apart.limits import AskedLimits, ReadingLimits
from connectors.apart.parcel import OutOfMemory, unpacked
from connectors.apart.poison import Poison
from connectors.apart.process import ReaderProcess, may_fork
from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.values import Rows

_INTERRUPTIONS = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


class ReadApart:
    """`source`, which is the file `path`, read apart. poison: what is known of files that killed a reader."""

    def __init__(
        self, source: FileSource, path: Path, *, limits: AskedLimits | None = None, poison: Poison | None = None
    ) -> None:
        """Its process is there before the run has threads, while it costs little."""
        self._source = source
        self._path = path
        self._limits = limits or AskedLimits()
        self._poison = poison
        self._waiting = ReaderProcess.started() if may_fork() else None

    @property
    def stem(self) -> str:
        return self._source.stem

    def describe(self) -> str:
        """As the source itself."""
        return self._source.describe()

    def read(self) -> Rows:
        """As the source itself. Raises ConfigurationError for a file that killed its reader, now or before, and
        CouldNotBeDone where no process can be had or it was interrupted; ReaderFault for a fault of the program.
        """
        limits = self._limits.for_size(_size(self._path))
        known = self._poison.known(self._path, limits) if self._poison else ""
        if known:
            raise self._unreadable(known)
        process, self._waiting = self._waiting or ReaderProcess.started(), None
        parcel, status = process.read(self._source, limits)
        found = None if parcel is None else unpacked(parcel)
        if isinstance(found, Rows):
            return found
        if found is None and status in _INTERRUPTIONS:
            raise CouldNotBeDone(f"{self._path} was not read: its reader was interrupted.", hint="Try again.")
        died_of = _memory(limits) if isinstance(found, OutOfMemory) else _told(status, limits)
        if self._poison:
            self._poison.remember(self._path, limits, died_of)
        raise self._unreadable(died_of)

    def _unreadable(self, died_of: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path} cannot be read: {died_of}.",
            hint="Copy its table into a new spreadsheet and save that; if the file is right and only large, raise "
            "source.limits. It is not read again before one of them has changed.",
        )


def _told(status: int, limits: ReadingLimits) -> str:
    """What the reader died of, from its exit status."""
    if status == -signal.SIGXCPU:
        return f"it keeps its reader busy for more than {limits.processor_time:,.0f} s of processor time"
    if status in (-signal.SIGALRM, -signal.SIGKILL):
        return f"its reader did not come to an end within {limits.wall_time:,.0f} s, or was killed"
    if status == -signal.SIGABRT:
        return f"{_memory(limits)}, or its reader broke off over it"
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"its reader died of it ({name})"


def _memory(limits: ReadingLimits) -> str:
    return f"it asks for more than {limits.memory // 1024**2:,} MiB of memory"


def _size(path: Path) -> int:
    """0 for a file that is not there, of which the reader tells."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
