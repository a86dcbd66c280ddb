"""A process that reads one file: where it comes from, what it is given, and how it ended.

Where no other thread runs it is a fork, which costs milliseconds. A thread may hold a lock at that moment, so otherwise
it comes from a server of forks that has none, and that is kept.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from connectors.apart.child import BEGUN, FileSource, Job, read_and_send
from connectors.apart.limits import ReadingLimits
from connectors.apart.parcel import Parcel
from connectors.errors import CouldNotBeDone

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, ForkServerContext

_GRACE = 5.0  # seconds after its own alarm that a reader has to be gone
_TO_START = 60.0  # seconds until a process has begun
_PRELOADED = "connectors.apart.preloaded"
_STARTS = threading.Lock()


def may_fork() -> bool:
    """Whether a fork is safe now and here."""
    return sys.platform.startswith("linux") and threading.active_count() == 1


def warm() -> None:
    """Have the server of forks ready, for whoever reads files beside other threads."""
    from multiprocessing.forkserver import ensure_running

    with _STARTS:
        _server_context()
        ensure_running()


@dataclass(frozen=True, slots=True)
class ReaderProcess:
    """It waits until it is told what to read, and ends by itself when nobody is left to tell it."""

    process: BaseProcess
    connection: Connection

    @classmethod
    def started(cls) -> ReaderProcess:
        """Raises CouldNotBeDone where no process can be had."""
        is_fork = may_fork()
        context = _fork_context() if is_fork else _server_context()
        ours, theirs = context.Pipe()
        inherited = ours if is_fork else None
        process = context.Process(target=read_and_send, args=(theirs, inherited), daemon=True)
        try:
            _start(process)
        except OSError as error:
            told = f"No process can be started to read the file: {error.strerror or error}."
            raise CouldNotBeDone(told, hint="See what else takes processes or memory, and try again.") from None
        finally:
            theirs.close()
        return cls(process, ours)

    def read(self, source: FileSource, limits: ReadingLimits) -> tuple[Parcel | None, int]:
        """What it handed over, or None and the exit status it died with. Raises CouldNotBeDone if it never began."""
        try:
            parcel = self._parcel(source, limits)
            self.process.join(_GRACE)
        finally:
            self.connection.close()
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
        return parcel, self.process.exitcode or 0

    def _parcel(self, source: FileSource, limits: ReadingLimits) -> Parcel | None:
        if not self._has_begun((source, limits, str(Path.cwd()))):
            raise CouldNotBeDone(
                "The process that reads files did not start.", hint="Try again; the machine may be short of memory."
            )
        return self._handed_over(time.monotonic() + limits.wall_time + _GRACE)

    def _has_begun(self, job: Job) -> bool:
        try:
            self.connection.send(job)
            return self.connection.poll(_TO_START) and self.connection.recv_bytes() == BEGUN
        except (EOFError, ConnectionError):
            return False

    def _handed_over(self, until: float) -> Parcel | None:
        try:
            if not self._comes(until):
                return None
            head = self.connection.recv_bytes()
            return Parcel(head, _content(recv_handle(self.connection))) if self._comes(until) else None
        except (EOFError, ConnectionError):
            return None

    def _comes(self, until: float) -> bool:
        return self.connection.poll(max(0.0, until - time.monotonic()))


def _content(handle: int) -> mmap | bytes:
    """What stands in a file that was handed over; it is gone with its last reader."""
    with os.fdopen(handle, "rb"):
        return mmap(handle, 0, access=ACCESS_READ) if os.fstat(handle).st_size else b""


def _fork_context() -> ForkContext:
    importlib.import_module(_PRELOADED)
    return multiprocessing.get_context("fork")


def _server_context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def _start(process: BaseProcess) -> None:
    with _STARTS, _main_left_out(), warnings.catch_warnings():
        # Threads of native code (numpy's, Arrow's) are no matter: these libraries mend themselves after a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()


@contextmanager
def _main_left_out() -> Iterator[None]:
    """A server's fork imports our main module first, which may be all of Prefect, and of which no reader has need."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
