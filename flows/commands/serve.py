"""`serve` and `deploy`: the pipelines as Prefect deployments."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError
from flows.commands.prefect_home import ask_again_when_busy, keep_results_at_home
from flows.commands.terminal.failure import ending
from flows.reports.harmless import put
from flows.runs.folder import home_folder
from flows.runs.signals import goes_on_with
from flows.settings import Pipeline, check_apart, load_apart, load_pipeline, named_or_all
from flows.settings.project import project_here

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

ACCOUNT_BLOCK = "VERBOICE_ACCOUNT_BLOCK"


def serve(pipelines: Sequence[str]) -> None:
    """Serve the pipelines' deployments until stopped; all of configs/ where none is named.

    One that cannot be used is told and waits; only where none can be used, nothing is served.
    """
    with ending("serve", " ".join(pipelines)), goes_on_with(" ".join(["serve", *pipelines])):
        named = named_or_all(pipelines)
        usable = _usable(named)  # a typing error is told before Prefect is started
        keep_results_at_home(home_folder())
        ask_again_when_busy()
        from flows.orchestration.member import Member
        from flows.orchestration.server import reached
        from flows.orchestration.serving import serve_forever

        page = reached(_tell, starting=True)
        members = [Member(name, lambda typed: _made([typed], pool=None), _tell) for name in named]
        for member in members:
            member.others = [other for other in members if other is not member]
        _tell(f"Serving {', '.join(one.full_name for one in _made(list(usable), pool=None))}")
        for one in usable.values():
            if one.inbox is not None:
                _tell(f"Drop spreadsheets into {one.inbox}")
        _tell(f"Runs, artifacts and approvals: {page}")
        _tell("Stop with Ctrl-C.")
        serve_forever(members, _tell)


def _usable(named: Sequence[str]) -> dict[str, Pipeline]:
    """Those of the pipelines that can be used, by what was typed. Raises ConfigurationError where none can."""
    found: dict[str, Pipeline] = {}
    broken: list[ConfigurationError] = []
    for name in named:
        try:
            found[name] = load_pipeline(name)
        except ConfigurationError as error:
            broken.append(error)
    if not found:
        raise broken[0]
    check_apart(found.values())
    return found


def deploy(pipelines: Sequence[str], *, pool: str) -> None:
    """Register the pipelines' deployments on a work pool; its workers then carry them out."""
    with ending("deploy", " ".join(pipelines)):
        named = named_or_all(pipelines)
        settings = load_apart(named)
        ask_again_when_busy(repetitions=8)
        from flows.orchestration.server import check_pool, reached, register

        page = reached(_tell, starting=False)
        check_pool(pool, _tell)
        register(_made(named, pool=pool), put)
        for limit in _shared_limits(settings):
            put(f"all workers share the limit {limit}")
        put(f"Start a worker: prefect worker start --pool {pool}")
        put(f"Runs, artifacts and approvals: {page}")


def _shared_limits(pipelines: Sequence[Pipeline]) -> list[str]:
    from flows.fleet import share_limit

    return sorted({limit for one in pipelines if (limit := share_limit(one)) is not None})


def _made(pipelines: Sequence[str], *, pool: str | None) -> list[RunnerDeployment]:
    from flows.orchestration.deployments import Place, deployments_of

    folder = project_here() if pool else None
    place = Place(pool=pool, folder=folder, account_block=os.environ.get(ACCOUNT_BLOCK) or None)
    return [deployment for name in pipelines for deployment in deployments_of(name, place)]


def _tell(line: str) -> None:
    put(line, file=sys.stderr, flush=True)
