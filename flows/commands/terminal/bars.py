"""Progress bars for a terminal, with rate and time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flows.reports.harmless import harmless
from flows.reports.wording import told_wait


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed and task.total else "")


class Bar:
    """One bar, begun anew for each step."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._bars.start()  # with a thread of its own, so not before there is something to show
        self._task = self._bars.add_task(escape(harmless(what)), total=total)

    def advance(self, done: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=done)

    def pause(self, why: str, seconds: float) -> None:
        self._bars.console.print(harmless(told_wait(why, seconds)), markup=False, highlight=False)


@contextmanager
def bar() -> Iterator[Bar]:
    """A bar on stderr, wiped when done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)
    try:
        yield Bar(bars)
    finally:
        bars.stop()
