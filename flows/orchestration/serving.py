"""One long-running process that carries out the deployments' runs and looks after their pipelines.

It outlives the Prefect server: while that is away it asks again and again, runs at work go on, and nothing is lost,
because what is complete in an inbox stays there until a run takes it.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.runner import Runner
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from connectors.errors import VerboiceSyncError
from flows.orchestration.leaving import end_all
from flows.orchestration.member import NOT_ANSWERED, Member
from flows.orchestration.outages import be_quiet_about_outages
from flows.runs.run import Tell

POLL = 2.0  # seconds between asking Prefect for runs that are due, and for those that somebody has cancelled
SAID_AFTER = 5.0  # seconds without a usable answer before a word is said of it
BY_ITSELF = 5.0  # seconds that a cancelled flow run has to notice it itself, and to say how far it came
SOON = timedelta(seconds=10)  # so long before they are due runs are begun
FEW = 3  # repetitions of a request that registers something; then all of it is begun again
_NEVER = 86_400.0  # seconds; Prefect's own loops end for good after an outage, so ours ask in their place

_log = logging.getLogger("prefect.verboice_sync")


def serve_forever(members: Sequence[Member], tell: Tell) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.look_after, args=(stop,), name=one.typed, daemon=True) for one in members]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_serve(members, tell))
    except (SystemExit, KeyboardInterrupt, asyncio.CancelledError, BaseExceptionGroup):
        if _Runner.ended_at_once:
            raise KeyboardInterrupt from None
        if not _Runner.asked_to_leave:
            raise
    finally:
        stop.set()
        for member in members if not _Runner.ended_at_once else ():
            member.leave()


class _Runner(Runner):
    asked_to_leave = False
    ended_at_once = False

    def handle_sigterm(self, *_args: object, **_kwargs: object) -> None:
        """Flow runs under way are asked to stop like a command, and waited for. A second signal waits for nobody."""
        running = map(self._process_manager.get, self._process_manager.flow_run_ids())
        at_work = [handle.pid for handle in running if handle is not None and handle.pid is not None]
        is_second = self.asked_to_leave
        type(self).asked_to_leave, type(self).ended_at_once = True, is_second
        end_all(at_work, at_once=is_second)
        if is_second:
            raise KeyboardInterrupt
        raise SystemExit(0)

    async def _cancel_run(self, flow_run: FlowRun | UUID, state_msg: str | None = None) -> None:
        """A run that asks by itself knows best what to say; the others are sent a signal."""
        run = flow_run if isinstance(flow_run, UUID) else flow_run.id
        until = time.monotonic() + BY_ITSELF
        while self._process_manager.get(run) is not None and time.monotonic() < until:
            await asyncio.sleep(POLL / 10)
        try:
            await super()._cancel_run(flow_run, state_msg)
        except Exception as error:  # noqa: BLE001 - it would end all other runs; it is tried again in a moment
            _log.debug("a flow run could not be cancelled: %s", type(error).__name__)

    async def poll(self) -> None:
        """Begin the runs that are due, and end those that somebody has cancelled. Raises what Prefect's client does."""
        deployments, running = (
            self._deployment_registry.get_deployment_ids(),
            list(self._process_manager.flow_run_ids()),
        )
        cancelling = FlowRunFilter(
            id=FlowRunFilterId(any_=running),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING])),
        )
        due: Sequence[FlowRun] = ()
        cancelled: Sequence[FlowRun] = ()
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):  # it is asked again in a moment
            if deployments:
                due = await self._client.get_scheduled_flow_runs_for_deployments(
                    deployment_ids=list(deployments), scheduled_before=datetime.now(UTC) + SOON
                )
            if running:
                cancelled = await self._client.read_flow_runs(flow_run_filter=cancelling)
        submit = self._scheduled_run_poller._submit_scheduled_flow_runs  # noqa: SLF001 - the half that asks nobody
        await submit(flow_run_response=list(due), task_group=self._runs_task_group)
        for run in cancelled:
            if run.id not in self._cancelling_flow_run_ids:
                self._runs_task_group.start_soon(self._cancel_run, run.id)

    async def register(self, member: Member) -> None:
        """Bring the member's deployments up to date; those that it has no more are switched off."""
        made = await asyncio.to_thread(member.made)
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: FEW}):
            now = {one.full_name: await self.aadd_deployment(one) for one in made}
            for id_ in {*member.deployments.values()} - {*now.values()}:
                self._deployment_registry._deployment_ids.discard(id_)  # noqa: SLF001 - there is no other way
                with suppress(ObjectNotFound):
                    await self._client.pause_deployment(id_)
        member.deployments = now


class _Outage:
    """Says in one line that the server does not answer, and in another that it does again."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._since: float | None = None
        self._is_said = False

    def goes_on(self, error: Exception) -> None:
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if not self._is_said and now - self._since >= SAID_AFTER:
            self._is_said = True
            told = f"Prefect's server does not answer ({_reason(error)}). Runs at work go on;"
            self._tell(f"{told} it is asked again every {POLL:.0f} s.")

    def is_over(self) -> bool:
        """Whether there was one worth a word until now."""
        was_said, self._is_said, self._since = self._is_said, False, None
        if was_said:
            self._tell("Prefect's server answers again.")
        return was_said


async def _serve(members: Sequence[Member], tell: Tell) -> None:
    be_quiet_about_outages()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: _log.debug("%s", told.get("message")))
    limit = max(5, 8 * len(members))
    runner = _Runner(name="verboice-sync", query_seconds=_NEVER, pause_on_shutdown=False, limit=limit)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runner.handle_sigterm)
    outage = _Outage(tell)
    async with runner:
        while True:
            try:
                await _register_changed(runner, members)
                await runner.poll()
            except (*NOT_ANSWERED, RuntimeError) as error:
                outage.goes_on(error)
            else:
                if outage.is_over():  # perhaps it has forgotten everything
                    for member in members:
                        member.is_to_be_registered = member.settings is not None
            await asyncio.sleep(POLL)


async def _register_changed(runner: _Runner, members: Sequence[Member]) -> None:
    for member in members:
        if member.is_to_be_registered:
            member.is_to_be_registered = False
            try:
                await runner.register(member)
            except VerboiceSyncError:
                continue  # its file has just been broken, which the member itself says
            except Exception:
                member.is_to_be_registered = True
                raise


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return "no such object" if isinstance(error, PrefectException) else type(error).__name__
