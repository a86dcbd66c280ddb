"""Runs requests: the workers they wait for, the seconds they cost, the faults that strike them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox import control
from connectors.sandbox.api.application import respond
from connectors.sandbox.faults import Cut, Fault
from connectors.sandbox.request_log import LoggedRequest
from connectors.sandbox.wire.replies import HTML, SandboxReply, TimedReply, front_end_page, page, sign_in_page
from connectors.sandbox.wire.request import SandboxRequest

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox
    from connectors.sandbox.state import SandboxState
    from connectors.sandbox.wire.protocol import HttpProtocol


_LATE = 0.005  # seconds
_TICK = 0.001  # seconds; timers are rounded up to whole ones, so half of one is taken off on average


@dataclass(slots=True)
class _Job:
    """A request on its way. `answered`: the client has its reply (or was dropped) while the work may still go on.

    until: the moment, in the loop's time, up to which it has used its worker.
    """

    connection: HttpProtocol
    request: SandboxRequest
    record: LoggedRequest
    fault: Fault | None
    work: TimedReply
    until: float = 0.0
    answered: bool = False
    timer: asyncio.TimerHandle | None = None


class Engine:
    """All on one event loop. A worker is held until the work ends, also if the client has long left."""

    def __init__(self, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self._sandbox = sandbox
        self._loop = loop
        self._queue: deque[_Job] = deque()
        self._working = 0
        self._freed: list[float] = []  # when workers that go straight on became free
        # More workers take up at once what was waiting for one.
        sandbox.when_configured = lambda: loop.call_soon_threadsafe(self._start_waiting)
        self.connections: set[HttpProtocol] = set()

    @property
    def state(self) -> SandboxState:
        return self._sandbox.state

    def soon(self, then: Callable[[], None]) -> None:
        self._loop.call_soon(then)

    def accept(self, connection: HttpProtocol, request: SandboxRequest) -> None:
        """Takes a request over; its connection gets exactly one `answer` or `drop`."""
        if request.target.startswith(control.PREFIX):
            connection.answer(control.respond(self._sandbox, request), request)
            return
        record = self._sandbox.log.begin(request)
        fault = self._sandbox.faults.strike(request.method, request.target)
        work = respond(self.state, request)
        job = _Job(connection, request, record, fault, work)
        if fault is not None:
            record.fault = fault.action
            if self._ends_at_once(job, fault):
                return
        self._queue.append(job)
        self._start_waiting()

    def _ends_at_once(self, job: _Job, fault: Fault) -> bool:
        """Faults that keep the application from ever seeing the request."""
        if fault.action == "drop_before":
            self._later(fault.seconds, lambda: self._drop(job))
        elif fault.action == "html":
            self._later(fault.seconds, lambda: self._answer(job, sign_in_page()))
        elif fault.action == "reply" and not fault.commits:
            self._later(fault.seconds, lambda: self._answer(job, _fault_reply(fault)))
        else:
            return False
        return True

    def _start_waiting(self) -> None:
        while self._queue and self._working < self.state.settings.workers:
            self._working += 1
            self._sandbox.log.most_at_work = max(self._sandbox.log.most_at_work, self._working)
            self._start(self._queue.popleft())
        self._freed.clear()

    def _start(self, job: _Job) -> None:
        now = self._loop.time()
        # Timers are late by a millisecond or two; a busy worker that added those up would be slower than its cost says.
        job.until = max(self._freed.pop(), now - _LATE) if self._freed else now - _TICK / 2
        fault, timeout = job.fault, self.state.settings.front_end_timeout
        if fault is not None and fault.action == "late":
            self._answer(job, front_end_page(fault.status or 504))
        elif timeout is not None:
            job.timer = self._loop.call_later(timeout, lambda: self._answer(job, front_end_page(504)))
        self._go_on(job, extra=fault.seconds if fault is not None and fault.action in ("late", "delay") else 0.0)

    def _go_on(self, job: _Job, extra: float = 0.0) -> None:
        """Runs the work until it costs time, and comes back when that time has passed."""
        try:
            seconds = 0.0
            while seconds <= 0.0:
                with self.state.database.lock:
                    seconds = next(job.work)
                seconds += extra
                extra = 0.0
            job.record.begun = True
            job.until += seconds
            self._loop.call_at(job.until, lambda: self._go_on(job))
        except StopIteration as stop:
            reply = stop.value
            self._later(extra, lambda: self._finish(job, reply))
        except Exception as error:  # noqa: BLE001 - like the real server: an exception is a 500, the server goes on
            self._sandbox.errors.append(error)
            self._finish(job, page(500))

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        if seconds > 0.0:
            self._loop.call_later(seconds, then)
        else:
            then()

    def _finish(self, job: _Job, reply: SandboxReply) -> None:
        job.record.begun = True
        self._working -= 1
        fault = job.fault
        if fault is None:
            self._answer(job, reply)
        elif fault.action == "drop_after":
            self._drop(job)
        elif fault.action in ("drip", "endless"):
            self._answer_slowly(job, fault, reply)
        elif fault.action == "truncate":
            reply.body = reply.body[: len(reply.body) // 2]
            self._answer(job, reply)
        elif fault.action == "reply":
            self._answer(job, _fault_reply(fault))
        else:
            cut = fault.action if fault.action in ("cut", "cut_between_chunks") else None
            self._answer(job, reply, cut=cut)
        if self._queue:
            self._freed.append(job.until)
            self.soon(self._start_waiting)

    def _answer(self, job: _Job, reply: SandboxReply, *, cut: Cut | None = None) -> None:
        if self._settle(job, reply.status):
            job.connection.answer(reply, job.request, cut=cut)

    def _answer_slowly(self, job: _Job, fault: Fault, reply: SandboxReply) -> None:
        if not self._settle(job, reply.status):
            return
        if fault.action == "drip":
            job.connection.drip(reply, job.request, fault.seconds)
        else:
            job.connection.pour()

    def _drop(self, job: _Job) -> None:
        if self._settle(job, 0):
            job.connection.drop()

    def _settle(self, job: _Job, status: int) -> bool:
        """False if the client was answered before."""
        if job.answered:
            return False
        job.answered = True
        if job.timer is not None:
            job.timer.cancel()
        self._sandbox.log.end(job.record, status, job.request)
        return True


def _fault_reply(fault: Fault) -> SandboxReply:
    status = fault.status or 503
    if not fault.body:
        return front_end_page(status, headers=fault.headers)
    content_type = fault.content_type or HTML
    return SandboxReply(status, fault.body.encode("utf-8"), content_type, dict(fault.headers), bare=True)
