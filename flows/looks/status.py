"""How pipelines stand: last and next run, what waits, what needs a person, and whether ledger and Prefect answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import VerboiceSyncError
from connectors.ledger.values import RunRecord
from connectors.storage.storage import NotThere
from flows import wiring
from flows.inbox.opening import drop_folder
from flows.runs.folder import home_folder
from flows.runs.kinds import KINDS
from flows.runs.places import is_there, ledger_place
from flows.runs.upkeep import is_at_work
from flows.settings import Pipeline, Schedule, load_pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

LATE = timedelta(hours=1)  # after which a scheduled run that has not begun is missed
SILENT = timedelta(minutes=15)  # after which a run that has not ended and is not seen at work is told of
UNATTENDED = timedelta(minutes=15)  # after which a dropped file that nobody has taken is told of


@dataclass(frozen=True, slots=True)
class Backlog:
    """Files in an inbox: those that wait to be taken, since when, and those that somebody has taken."""

    waiting: int = 0
    processing: int = 0
    oldest: datetime | None = None


@dataclass(slots=True)
class PipelineStatus:
    """One pipeline, named as it was asked for. `last` is the latest run that may change something; `uncertain` counts
    calls by run; `troubles` say what somebody has to do."""

    name: str
    last: RunRecord | None = None
    next_run: datetime | None = None
    inbox: Backlog | None = None
    uncertain: Mapping[str, int] = field(default_factory=dict)
    ledger: str = ""
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that was asked about. `prefect` is the server that is used, "" = none; `trouble` what it lacks."""

    at: datetime
    pipelines: Sequence[PipelineStatus]
    prefect: str = ""
    trouble: str = ""

    @property
    def is_well(self) -> bool:
        return not self.trouble and not any(one.troubles for one in self.pipelines)


def status_of(names: Sequence[str]) -> Status:
    """How the pipelines stand. What cannot be looked at is a trouble of its own, and keeps nothing else from being
    looked at."""
    now = datetime.now(UTC)
    prefect = os.environ.get("PREFECT_API_URL", "")
    trouble = _unanswered(prefect) if prefect else ""
    return Status(now, [_pipeline(name, now) for name in names], prefect, trouble)


def _unanswered(url: str) -> str:
    import requests

    try:
        requests.get(f"{url.rstrip('/')}/health", timeout=10).raise_for_status()
    except requests.RequestException as fault:
        return f"Prefect's server does not answer ({type(fault).__name__}). Start it, or correct PREFECT_API_URL."
    return ""


def _pipeline(name: str, now: datetime) -> PipelineStatus:
    found = PipelineStatus(name)
    try:
        pipeline = load_pipeline(name)
        found.name = pipeline.name
        home = home_folder(pipeline.folder)
        found.ledger = ledger_place(pipeline, home)
        if pipeline.schedule is not None:
            found.next_run = _next_run(pipeline.schedule, now)
        found.troubles += _dropped(pipeline, found, now)
        if is_there(pipeline, home):
            with wiring.open_ledger(pipeline, home) as ledger:
                found.troubles += _remembered(ledger, home, found, now)
                found.troubles += _missed(pipeline, found, now)
    except VerboiceSyncError as error:
        found.troubles.append(str(error))
    return found


def _next_run(schedule: Schedule, now: datetime) -> datetime:
    from flows.orchestration.calendar import next_runs

    return next_runs(schedule, now, most=1)[0]


def _dropped(pipeline: Pipeline, found: PipelineStatus, now: datetime) -> Iterator[str]:
    if pipeline.inbox is None:
        return
    folder = drop_folder(pipeline, pipeline.inbox)
    found.inbox = Backlog()
    if isinstance(pipeline.inbox, Path) and not pipeline.inbox.is_dir():
        return
    try:
        dropped, claimed = folder.files.dropped().values(), folder.files.claimed()
    except NotThere:
        return  # nobody has watched it yet
    finally:
        folder.files.release()
    oldest = min((max(seen.modified, seen.changed) for seen in dropped), default=None)
    since = None if oldest is None else datetime.fromtimestamp(oldest / 1e9, UTC)
    found.inbox = Backlog(len(dropped), len(claimed), since)
    if since is not None and now - since > UNATTENDED:
        files = "A file waits" if len(dropped) == 1 else f"{len(dropped):,} files wait"
        yield f"{files} in {pipeline.inbox} since {since:%Y-%m-%d %H:%M} UTC. Is `watch` or `serve` running?"


def _remembered(ledger: Ledger, home: Path, found: PipelineStatus, now: datetime) -> Iterator[str]:
    ledger.check_soundness(thorough=False)
    sending = (kind.name for kind in KINDS.values() if kind.sends)
    latest = [run for kind in sending for run in ledger.runs(found.name, kind=kind) if not run.options.get("dry_run")]
    found.last = max(latest, key=lambda run: (run.started_at, run.run_id), default=None)
    found.uncertain = ledger.uncertain_calls(found.name)
    if found.last is not None:
        yield from _unfinished(found.last, now, is_at_work(ledger, home, found.last.run_id))
    for run_id, count in found.uncertain.items():
        calls = "Of a call" if count == 1 else f"Of {count:,} calls"
        yield f"{calls} of run {run_id} nobody knows whether it rang: verboice-sync resolve {run_id}"


def _unfinished(last: RunRecord, now: datetime, at_work: bool) -> Iterator[str]:
    told = f"The last {last.kind} ({last.run_id})"
    go_on = f"verboice-sync resume {last.run_id}"
    if last.status == "refused":
        yield f"{told} was refused by a guard: verboice-sync runs {last.run_id}"
    elif last.status in {"failed", "interrupted"}:
        why = last.error or f"{last.status}."
        yield f"{told} did not end: {why}" + ("" if go_on in why else f" Go on with it: {go_on}")
    elif last.status == "running" and now - last.started_at > SILENT and not at_work:
        yield f"{told} has not ended, and nobody is at work on it: {go_on}"


def _missed(pipeline: Pipeline, found: PipelineStatus, now: datetime) -> Iterator[str]:
    """A pipeline that has run before, and not when its schedule said so last."""
    from flows.orchestration.calendar import last_due

    if pipeline.schedule is None or found.last is None:
        return
    due = last_due(pipeline.schedule, now - LATE)
    if due is not None and found.last.started_at < due:
        yield f"The run that was due {due:%Y-%m-%d %H:%M %z} has not come. Is `serve`, or a worker, running?"
