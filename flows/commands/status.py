"""`status`: how pipelines stand, for people, for monitoring (exit status, `--json`) and for Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.errors import CouldNotBeDone
from flows.commands.runs import brief
from flows.commands.terminal.failure import ending
from flows.looks.status import PipelineStatus, Status, status_of
from flows.reports.harmless import put
from flows.reports.summary import as_json as json_text
from flows.settings import named_or_all


def status(pipelines: Sequence[str], *, as_json: bool, metrics: Path | None) -> None:
    """Tell how the pipelines stand, all of configs/ where none is named; exit 0 well, 1 not."""
    with ending("status", " ".join(pipelines), as_json=as_json):
        found = status_of(named_or_all(pipelines))
        if metrics is not None:
            _write_metrics(found, metrics)
        if as_json:
            sys.stdout.buffer.write(json_text(_as_object(found)))
        else:
            _print(found)
    raise SystemExit(0 if found.is_well else 1)


def _print(found: Status) -> None:
    for one in found.pipelines:
        put(f"{one.name}: {'needs somebody' if one.troubles else 'well'}")
        for line in (_last(one), _next(one), _inbox(one), f"Ledger: {one.ledger}." if one.ledger else ""):
            if line:
                put(f"  {line}")
        for trouble in one.troubles:
            put(f"  ! {trouble}")
    if found.prefect:
        put(f"Prefect: {found.trouble or f'{found.prefect} answers.'}")


def _last(one: PipelineStatus) -> str:
    if one.last is None:
        return "No run has changed anything yet."
    return f"Last: {one.last.kind} {one.last.started_at:%Y-%m-%d %H:%M} UTC, {one.last.status} ({one.last.run_id})."


def _next(one: PipelineStatus) -> str:
    return f"Next: {one.next_run:%Y-%m-%d %H:%M %z}." if one.next_run else ""


def _inbox(one: PipelineStatus) -> str:
    return f"Inbox: {one.inbox.waiting:,} waiting, {one.inbox.processing:,} at work." if one.inbox else ""


def _as_object(found: Status) -> dict[str, Any]:
    return {
        "status": "well" if found.is_well else "unwell",
        "at": _time(found.at),
        "prefect": {"url": found.prefect, "well": not found.trouble, "trouble": found.trouble}
        if found.prefect
        else None,
        "pipelines": [_pipeline(one) for one in found.pipelines],
    }


def _pipeline(one: PipelineStatus) -> dict[str, Any]:
    inbox = one.inbox and {
        "waiting": one.inbox.waiting,
        "processing": one.inbox.processing,
        "oldest": _time(one.inbox.oldest),
    }
    return {
        "pipeline": one.name,
        "status": "unwell" if one.troubles else "well",
        "last_run": brief(one.last) if one.last else None,
        "next_run": one.next_run.isoformat() if one.next_run else None,
        "inbox": inbox,
        "uncertain_calls": sum(one.uncertain.values()),
        "ledger": one.ledger,
        "troubles": one.troubles,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _write_metrics(found: Status, file: Path) -> None:
    """The state as Prometheus' node exporter takes it from a file, written whole or not at all."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    def gauge(name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"verboice_sync_{name}", told, ["pipeline", *labels], registry=registry)

    well = gauge("well", "1 where nothing needs somebody.")
    last = gauge("last_run_timestamp_seconds", "When the latest run that may change something began.", "kind", "status")
    rows = gauge("last_run_rows", "Rows of that run by what became of them.", "kind", "outcome")
    following = gauge("next_run_timestamp_seconds", "When the schedule comes next.")
    files = gauge("inbox_files", "Files in the inbox.", "state")
    uncertain = gauge("uncertain_calls", "Calls that nobody knows to have rung or not.")
    for one in found.pipelines:
        well.labels(one.name).set(not one.troubles)
        uncertain.labels(one.name).set(sum(one.uncertain.values()))
        if one.last is not None:
            last.labels(one.name, one.last.kind, one.last.status).set(one.last.started_at.timestamp())
            for outcome, count in one.last.counts.items():
                rows.labels(one.name, one.last.kind, outcome).set(count)
        if one.next_run is not None:
            following.labels(one.name).set(one.next_run.timestamp())
        if one.inbox is not None:
            files.labels(one.name, "waiting").set(one.inbox.waiting)
            files.labels(one.name, "processing").set(one.inbox.processing)
    if found.prefect:
        Gauge("verboice_sync_prefect_up", "1 where Prefect's server answers.", registry=registry).set(not found.trouble)
    try:
        write_to_textfile(str(file), registry)
    except OSError as error:
        raise CouldNotBeDone(f"{file} cannot be written: {error.strerror}.", hint="Name another file.") from None
