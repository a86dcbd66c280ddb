"""How benchmarks measure: processor time, wall time and memory, told as medians with their spread."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path


def spent(work: Callable[[], object]) -> float:
    """Processor seconds of this process, all threads and the system's part included."""
    before = time.process_time()
    work()
    return time.process_time() - before


def elapsed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def told(ratios: Sequence[float], unit: str = "x") -> str:
    """The median, and the range where there are several."""
    median = f"{statistics.median(ratios):.2f}{unit}"
    if len(ratios) == 1:
        return median
    return f"{median} ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} turns)"


def forget_peak() -> float:
    """Makes the memory used now the peak, where the system can (Linux); MB."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_memory()


def peak_memory(process: int | str = "self") -> float:
    """The most memory since `forget_peak` of this process, or of another one since it began, in MB."""
    with suppress(OSError, IndexError):  # one that is ending has none any more
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return 0.0 if process != "self" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
