"""What a person sees on stderr while work goes on: a bar on a terminal, one line per step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows.reports.harmless import harmless, put
from flows.reports.wording import told_wait

if TYPE_CHECKING:
    from flows.runs.run import Progress

LONG_STEP = 30.0  # seconds between lines about one step where there is no terminal


class Lines:
    """One line per step, and one every half minute of a long one."""

    def __init__(self) -> None:
        self._what = ""
        self._total: int | None = None
        self._told = 0.0

    def begin(self, what: str, total: int | None) -> None:
        self._what, self._total, self._told = harmless(what), total, time.monotonic()
        put(self._what if total is None else f"{self._what} ({total:,})", file=sys.stderr, flush=True)

    def advance(self, done: int) -> None:
        if time.monotonic() - self._told >= LONG_STEP:
            self._told = time.monotonic()
            of = "" if self._total is None else f" of {self._total:,}"
            put(f"{self._what}: {done:,}{of}", file=sys.stderr, flush=True)

    def pause(self, why: str, seconds: float) -> None:
        put(told_wait(why, seconds), file=sys.stderr, flush=True)


@contextmanager
def shown() -> Iterator[Progress]:
    """The right kind of progress for where stderr goes; gone from a terminal when done."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from flows.commands.terminal.bars import bar

    with bar() as progress:
        yield progress
