"""What reading one file may take, and how a process is held to it."""

from __future__ import annotations

import math
import os
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """memory: bytes beside what a process has before it reads. processor_time, wall_time: seconds."""

    memory: int
    processor_time: float
    wall_time: float


@dataclass(frozen=True, slots=True)
class AskedLimits:
    """What the pipeline says of them; None: by the size of the file. The units are those of `ReadingLimits`."""

    memory: int | None = None
    processor_time: float | None = None
    wall_time: float | None = None

    def for_size(self, size: int) -> ReadingLimits:
        """The limits of a file of so many bytes.

        A sheet of 100,000 × 11 (4 MiB as xlsx) takes about 1.5 s and 300 MB on a slow machine. Less memory than the
        machine has is asked for, because its last resort may end another process than the reader.
        """
        parts = size / _MIB
        memory = min(_MIB * (1024 + int(256 * parts)), _physical_memory() * 3 // 4)
        processor_time = self.processor_time or 30 + 5 * parts
        return ReadingLimits(self.memory or memory, processor_time, self.wall_time or max(60, 2 * processor_time))


def impose(limits: ReadingLimits) -> None:
    """Hold this process to `limits` from now on, by the system's own means: native code is held to them too.

    Too much memory is a MemoryError or an abort, too much processor time SIGXCPU, too much time SIGALRM.
    """
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_DFL)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_DATA, _memory_in_use() + limits.memory)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + limits.processor_time))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_time)


def _lower(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _memory_in_use() -> int:
    """What RLIMIT_DATA counts already, in bytes."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii", errors="replace").splitlines() if status.exists() else []
    found = next((line.split()[1] for line in lines if line.startswith("VmData:")), "0")
    return int(found) * 1024


def _physical_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
