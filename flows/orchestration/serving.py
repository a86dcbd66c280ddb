"""One long-running process that carries out the deployments' runs, watches the inboxes and buries dead runs.

It outlives the Prefect server: while that is away it waits and begins again, and nothing is lost, because what is
complete in an inbox stays there until a run takes it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.states import Scheduled

from connectors.errors import VerboiceSyncError
from flows import wiring
from flows.inbox.attendant import LONGEST_WAIT, Attendant
from flows.orchestration.reconcile import reconcile
from flows.runs.folder import home_folder
from flows.runs.lease import is_held
from flows.runs.run import Tell
from flows.runs.signals import GRACE
from flows.settings import load_pipeline

POLL = 2.0  # seconds between asking Prefect for runs that are due
LOOK = 0.5  # seconds between looks into the inboxes
BURY_EVERY = 30.0  # seconds between looks for dead runs
AGAIN = 30.0  # seconds after which a run is asked for again, if the first one did not take the files; then twice that
_LOOK_AT_RUNS = 0.1  # seconds between looks whether flow runs that were asked to stop have ended
AWAY = 5.0  # seconds before a server that went away is tried again

_log = logging.getLogger("prefect.verboice_sync")


def serve_forever(make: Callable[[], Sequence[RunnerDeployment]], inboxes: Sequence[Bell], tell: Tell) -> None:
    """Serve until SIGINT or SIGTERM. `make` gives fresh deployments: they are registered again after each outage."""
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(inboxes, stop, tell), name="inboxes", daemon=True)
    watcher.start()
    try:
        while True:
            try:
                asyncio.run(_serve(make()))
            except (httpx.HTTPError, RuntimeError, BaseExceptionGroup) as outage:
                if _Runner.ended_at_once:
                    raise KeyboardInterrupt from None
                if _Runner.asked_to_leave:
                    return
                if _is_interrupt(outage):
                    raise KeyboardInterrupt from None
                tell(f"Prefect's server does not answer ({_reason(outage)}); trying again in {AWAY:.0f} s.")
                time.sleep(AWAY)
            else:
                return
    finally:
        stop.set()


class _Runner(Runner):
    asked_to_leave = False
    ended_at_once = False

    def handle_sigterm(self, *_args: object, **_kwargs: object) -> None:
        """Flow runs under way are asked to stop like a command, and waited for; leaving the loop then pauses the
        schedules. A second signal waits for nobody."""
        running = map(self._process_manager.get, self._process_manager.flow_run_ids())
        at_work = [handle.pid for handle in running if handle is not None and handle.pid is not None]
        if self.asked_to_leave:
            type(self).ended_at_once = True
            _signal(at_work, signal.SIGKILL)
            raise KeyboardInterrupt
        type(self).asked_to_leave = True
        _signal(at_work, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while not all(map(_has_ended, at_work)) and time.monotonic() < until:
            time.sleep(_LOOK_AT_RUNS)
        _signal(at_work, signal.SIGKILL)
        raise SystemExit(0)


def _signal(processes: Sequence[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _has_ended(process: int) -> bool:
    """Whether this child of ours has come to its end. Its status is left for Prefect, which waits in this thread."""
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


async def _serve(deployments: Sequence[RunnerDeployment]) -> None:
    # What Prefect's own watchers say about an outage, at length, `_watch` says in a line.
    logging.getLogger("prefect.FlowRunCancellingObserver").setLevel(logging.CRITICAL)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: _log.debug("%s", told.get("message")))
    runner = _Runner(name="verboice-sync", query_seconds=POLL, limit=max(5, 2 * len(deployments)))
    signal.signal(signal.SIGINT, runner.handle_sigterm)
    for deployment in deployments:
        await runner.aadd_deployment(deployment)
    await runner.start()


def _is_interrupt(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_interrupt(one) for one in error.exceptions)
    return isinstance(error, KeyboardInterrupt | SystemExit)


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__


@dataclass(slots=True)
class Bell:
    """Asks Prefect for a run of a pipeline's inbox deployment as soon as files are complete."""

    pipeline: str
    deployment: str
    attendant: Attendant = field(init=False)
    _rung_for: frozenset[str] = frozenset()
    _rung_at: float = float("-inf")
    _again: float = AGAIN

    def __post_init__(self) -> None:
        self.attendant = Attendant(self.pipeline)

    def look(self) -> None:
        """Ask for a run if there is something that no run was asked for, and nobody is at it already."""
        complete = self.attendant.arrivals.complete()
        waiting = frozenset([*complete, *(str(path) for path in self.attendant.folder.left_over())])
        nothing_new = waiting <= self._rung_for
        overdue = time.monotonic() - self._rung_at >= self._again
        if not waiting:
            self._rung_for = frozenset()  # the same name may be dropped again
        if not waiting or (nothing_new and not overdue) or self._somebody_is_at_it():
            return
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name(self.deployment)
            client.create_flow_run_from_deployment(found.id, state=Scheduled(scheduled_time=datetime.now(UTC)))
        # Files that wait for Verboice to come back would otherwise leave a failed run every half minute.
        self._again = min(2 * self._again, LONGEST_WAIT) if nothing_new else AGAIN
        self._rung_for, self._rung_at = waiting, time.monotonic()

    def _somebody_is_at_it(self) -> bool:
        settings = load_pipeline(self.pipeline)
        with wiring.open_ledger(settings, home_folder(settings.folder)) as ledger:
            return is_held(ledger, self.attendant.lease)


def _watch(bells: Sequence[Bell], stop: threading.Event, tell: Tell) -> None:
    bury_at = time.monotonic()
    told = ""
    while not stop.wait(LOOK):
        try:
            for bell in bells:
                bell.look()
            if time.monotonic() >= bury_at:
                bury_at = time.monotonic() + BURY_EVERY
                for name in reconcile():
                    tell(f"The flow run {name} was dead and is now marked as crashed.")
            told = ""
        except Exception as error:  # noqa: BLE001 - a watcher that died unseen would leave the inboxes unattended
            reason = str(error) if isinstance(error, VerboiceSyncError) else type(error).__name__
            if reason != told:
                again = f"trying again every {AWAY:.0f} s"
                tell(f"Prefect's server, or an inbox or ledger, does not answer ({reason}); {again}.")
                told = reason
            stop.wait(AWAY)
