"""The runs that the ledgers reachable from a home folder remember: the one in it, and those its pipelines name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError, VerboiceSyncError
from flows.reports.harmless import put
from flows.runs.folder import pipeline_files
from flows.runs.reopen import several

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import RunRecord


def find_run(home: Path, wanted: str) -> RunRecord:
    """The run with this id, or the only one whose id begins or ends with it. Raises ConfigurationError."""
    every = past_runs(home, None, most=10_000)
    near = [one for one in every if one.run_id == wanted] or [
        one for one in every if one.run_id.startswith(wanted) or one.run_id.endswith(wanted)
    ]
    if len(near) == 1:
        return near[0]
    if near:
        raise several(wanted, [(one.run_id, one.kind, one.pipeline) for one in near])
    raise ConfigurationError(f"There is no run “{wanted}”.", hint="`verboice-sync runs` lists them.")


def past_runs(home: Path, pipeline: str | None, *, most: int) -> list[RunRecord]:
    """The latest runs, newest first: of the ledger in the home folder, and of those of pipelines that ran from here."""
    found: dict[str, RunRecord] = {}
    for ledger in ledgers(home):
        found |= {one.run_id: one for one in ledger.runs(pipeline, limit=most)}
    return sorted(found.values(), key=lambda one: (one.started_at, one.run_id), reverse=True)[:most]


def ledgers(home: Path) -> Iterator[Ledger]:
    """The ledger in the home folder, and those of pipelines that ran from here; each is closed after its turn."""
    from connectors.ledger import Ledger

    if not home.is_dir():
        return
    for url in (None, *_own_ledgers(home)):
        try:
            with Ledger.open(url, home) as ledger:
                yield ledger
        except VerboiceSyncError as fault:
            if url is None:
                raise
            put(f"Runs in another ledger are not listed: {fault}", file=sys.stderr)


def _own_ledgers(home: Path) -> list[str]:
    """URLs of the ledgers that pipelines of the home folder's runs name (`ledger:`), as their files say now."""
    from flows.settings import load_pipeline

    urls = []
    for file in pipeline_files(home):
        try:
            ledger = load_pipeline(file).ledger
        except VerboiceSyncError:
            continue  # a file that is gone or broken names no ledger
        if ledger is not None:
            urls.append(ledger.get_secret_value())
    return list(dict.fromkeys(urls))
