"""`serve` and `deploy`: the pipelines as Prefect deployments."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.commands.prefect_home import keep_results_at_home
from flows.commands.terminal.failure import ending
from flows.reports.harmless import put
from flows.runs.signals import goes_on_with
from flows.settings import Pipeline, load_apart, named_or_all
from flows.settings.project import project_here

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

    from flows.orchestration.serving import Bell

ACCOUNT_BLOCK = "VERBOICE_ACCOUNT_BLOCK"
STARTING_SECONDS = 60.0  # how long Prefect's server may take to start


def serve(pipelines: Sequence[str]) -> None:
    """Serve the pipelines' deployments until stopped; all of configs/ where none is named."""
    with ending("serve", " ".join(pipelines)), goes_on_with(" ".join(["serve", *pipelines])):
        named = named_or_all(pipelines)
        settings = load_apart(named)  # a typing error is told before Prefect is started
        keep_results_at_home()
        page = _ui()
        from flows.orchestration.serving import serve_forever

        bells = _bells(dict(zip(named, settings, strict=True)))
        made = _made(named, pool=None)
        _tell(f"Serving {', '.join(deployment.full_name for deployment in made)}")
        for bell in bells:
            _tell(f"Drop spreadsheets into {bell.attendant.folder.path}")
        _tell(f"Runs, artifacts and approvals: {page}")
        _tell("Stop with Ctrl-C.")
        serve_forever(lambda: _made(named, pool=None), bells, _tell)


def deploy(pipelines: Sequence[str], *, pool: str) -> None:
    """Register the pipelines' deployments on a work pool; its workers then carry them out."""
    with ending("deploy", " ".join(pipelines)):
        named = named_or_all(pipelines)
        settings = load_apart(named)
        page = _ui()
        _require_pool(pool)
        for deployment in _made(named, pool=pool):
            deployment.apply()
            put(f"deployed {deployment.full_name}")
        for limit in _shared_limits(settings):
            put(f"all workers share the limit {limit}")
        put(f"Start a worker: prefect worker start --pool {pool}")
        put(f"Runs, artifacts and approvals: {page}")


def _shared_limits(pipelines: Sequence[Pipeline]) -> list[str]:
    from flows.fleet import share_limit

    return sorted({limit for one in pipelines if (limit := share_limit(one)) is not None})


def _require_pool(pool: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(pool)
        except ObjectNotFound:
            raise ConfigurationError(
                f"Prefect has no work pool “{pool}”.", hint=f"Make it: prefect work-pool create {pool} --type process"
            ) from None


def _made(pipelines: Sequence[str], *, pool: str | None) -> list[RunnerDeployment]:
    from flows.orchestration.deployments import Place, deployments_of

    folder = project_here() if pool else None
    place = Place(pool=pool, folder=folder, account_block=os.environ.get(ACCOUNT_BLOCK) or None)
    return [deployment for name in pipelines for deployment in deployments_of(name, place)]


def _bells(pipelines: Mapping[str, Pipeline]) -> list[Bell]:
    """A bell for each pipeline with an inbox, by the names the user typed."""
    from flows.orchestration.serving import Bell

    return [Bell(name, f"watch-inbox/{one.name}") for name, one in pipelines.items() if one.inbox is not None]


def _ui() -> str:
    """Where the UI of the Prefect server is. Raises what tells the user to start one."""
    from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

    url = PREFECT_API_URL.value()
    if not url:
        raise ConfigurationError(
            "There is no Prefect server to serve from: PREFECT_API_URL is not set.",
            hint="In one terminal: prefect server start. In this one: export PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    _wait_for(url)
    return str(PREFECT_UI_URL.value() or url.removesuffix("/api"))


def _wait_for(url: str) -> None:
    """Returns once Prefect's server answers: one that was started with us needs a while. Raises CouldNotBeDone."""
    until, told = time.monotonic() + STARTING_SECONDS, False
    while not _answers(url):
        if time.monotonic() < until:
            if not told:
                _tell(f"Waiting up to {STARTING_SECONDS:.0f} s for Prefect's server at {url} to start.")
            told = True
            time.sleep(min(1.0, STARTING_SECONDS / 4))
            continue
        raise CouldNotBeDone(
            f"Prefect's server at {url} does not answer.",
            hint="Start it: prefect server start, or correct PREFECT_API_URL.",
        )


def _answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/health", timeout=10).is_success
    except httpx.HTTPError:
        return False


def _tell(line: str) -> None:
    put(line, file=sys.stderr, flush=True)
