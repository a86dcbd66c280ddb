"""Work done on several threads that nobody has to wait for: a process that is to end at once leaves them behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def begun(work: Callable[[], object], name: str) -> threading.Thread:
    """A thread at `work`, which keeps no process alive."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def answered(answer: Future[R], work: Callable[[], R]) -> None:
    """Carry `work` out unless nobody wants it any more; what it gives or raises is raised where the answer is waited
    for."""
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(work())
    except BaseException as fault:  # noqa: BLE001 - see above
        answer.set_exception(fault)


def mapped(work: Callable[[T], R], items: Iterable[T], *, workers: int, name: str) -> Iterator[R]:
    """`work` of each item, in their order, on several threads. Raises what it raises; what is under way then comes to
    its end before, unless it is an interruption."""
    todo: queue.SimpleQueue[tuple[Future[R], T]] = queue.SimpleQueue()
    answers: list[Future[R]] = []
    for item in items:
        answers.append(Future())
        todo.put((answers[-1], item))

    def at_work() -> None:
        with suppress(queue.Empty):
            while True:
                answer, item = todo.get_nowait()
                answered(answer, partial(work, item))

    threads = [begun(at_work, name) for _ in range(min(workers, len(answers)))]
    try:
        for answer in answers:
            yield answer.result()
    except Exception:
        _cancel(answers)
        for thread in threads:
            thread.join()
        raise
    finally:
        _cancel(answers)


def _cancel(answers: Iterable[Future[R]]) -> None:
    for answer in answers:
        answer.cancel()
