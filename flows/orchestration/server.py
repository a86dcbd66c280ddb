"""Reaching Prefect's server from a command: waited for while it starts, asked again while it is busy."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import WorkPool
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.runs.run import Tell

PATIENCE = 60.0  # seconds that a server may need to start, or to have time for us
AGAIN = 1.0  # seconds between two questions
BUSY = (httpx.TimeoutException, httpx.HTTPStatusError)
PROCESS = "process"  # the type of work pool whose workers start in a folder


def reached(tell: Tell, *, starting: bool) -> str:
    """The address of its pages. starting: it may not be up yet, so a refused connection is waited out too.

    Raises ConfigurationError where no server is named, CouldNotBeDone where it does not answer in time.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise ConfigurationError(
            "There is no Prefect server to serve from: PREFECT_API_URL is not set.",
            hint="In one terminal: prefect server start. In this one: export PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    until, said = time.monotonic() + PATIENCE, False
    while True:
        try:
            httpx.get(f"{url}/health", timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            if time.monotonic() > until or not (starting or isinstance(error, BUSY)):
                raise CouldNotBeDone(
                    f"Prefect's server at {url} does not answer.",
                    hint="Start it: prefect server start, or correct PREFECT_API_URL.",
                ) from None
        else:
            return str(PREFECT_UI_URL.value() or url.removesuffix("/api"))
        if not said:
            tell(f"Waiting up to {PATIENCE:.0f} s for Prefect's server at {url} to start, or to have time.")
            said = True
        time.sleep(AGAIN)


def check_pool(name: str, tell: Tell) -> None:
    """Raises ConfigurationError for a work pool that is not there; tells what keeps its workers from carrying out."""
    with get_client(sync_client=True) as client:
        try:
            pool: WorkPool = client.read_work_pool(name)
        except ObjectNotFound:
            raise ConfigurationError(
                f"Prefect has no work pool “{name}”.", hint=f"Make it: prefect work-pool create {name} --type {PROCESS}"
            ) from None
    if pool.is_paused:
        tell(f"The work pool {name} is paused: nothing of it is begun until `prefect work-pool resume {name}`.")
    if pool.type != PROCESS:
        tell(
            f"The work pool {name} is of the type {pool.type}: its workers need this project folder at the same place."
        )


def register(deployments: Sequence[RunnerDeployment], tell: Tell) -> None:
    """Register them one after the other. Raises CouldNotBeDone, which says how far it came; it is safe to go on."""
    done: list[str] = []
    try:
        for one in deployments:
            one.apply()
            done.append(one.full_name)
            tell(f"deployed {one.full_name}")
    except (KeyboardInterrupt, httpx.HTTPError) as stopped:
        why = "Interrupted" if isinstance(stopped, KeyboardInterrupt) else "Prefect's server stopped answering"
        left = ", ".join(one.full_name for one in deployments if one.full_name not in done)
        raise CouldNotBeDone(
            f"{why}. Registered: {', '.join(done) or 'nothing'}. Not yet: {left}.",
            hint="Run the same command again; what is registered already is only brought up to date.",
        ) from None
