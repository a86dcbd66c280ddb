"""`runs`: what ran lately, or one run."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from flows.commands.run_filters import Filters
from flows.commands.terminal.failure import ending
from flows.looks.past_runs import find_run, past_runs
from flows.reports.buckets import buckets_of
from flows.reports.console import print_table
from flows.reports.harmless import put
from flows.reports.summary import as_json as json_text
from flows.reports.wording import is_plan, label, told_wait
from flows.runs.folder import RunFolder, check_home, home_folder

if TYPE_CHECKING:
    from connectors.ledger.values import RunRecord

_MOST_READ = 10_000


def runs(run: str | None, filters: Filters, *, as_json: bool) -> None:
    """List recent runs newest first, or show the one whose id is (or ends with) `run`."""
    with ending("runs", filters.pipeline or "", as_json=as_json):
        home = home_folder()
        check_home(home)
        if run is not None:
            show_run(find_run(home, run), as_json=as_json)
            return
        most = filters.limit if filters == Filters(filters.pipeline, limit=filters.limit) else _MOST_READ
        found = filters.passing(past_runs(home, filters.pipeline, most=most), datetime.now(UTC))
        if as_json:
            _write([brief(one) for one in found])
        else:
            _print_list(found)


def brief(run: RunRecord) -> dict[str, Any]:
    """A run as `runs --json` tells it (contract, section 5)."""
    told = {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "kind": run.kind,
        "status": run.status,
        "started_at": f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}",
        "rows": dict(run.counts),
    }
    if waiting := waiting_of(run):
        told["waiting"] = dict(waiting)
    # As in its own summary: the rows are then as they would end.
    return told | {"dry_run": True} if run.options.get("dry_run") else told


def waiting_of(run: RunRecord) -> Mapping[str, str] | None:
    """What a run waits for (`for`) and until when at the latest (`until`, UTC), unless that is past."""
    waiting: Mapping[str, str] | None = run.summary.get("waiting")
    return waiting if waiting and datetime.fromisoformat(waiting["until"]) > datetime.now(UTC) else None


def _waits(waiting: Mapping[str, str]) -> str:
    left = (datetime.fromisoformat(waiting["until"]) - datetime.now(UTC)).total_seconds()
    return told_wait(waiting["for"], left)


def show_run(run: RunRecord, *, as_json: bool) -> None:
    """Print one run: its report, or as JSON its summary."""
    folder = RunFolder(home_folder() / "runs" / run.run_id)
    summary = orjson.loads(folder.summary.read_bytes()) if folder.summary.exists() else None
    if as_json:
        _write(summary or {**brief(run), "error": run.error})
        return
    if summary is not None:
        from flows.reports.console import print_report

        print_report(summary)
    else:
        put(f"{run.run_id}  {run.kind} of {run.pipeline}: {run.status}. {run.error}".rstrip())
    if waiting := waiting_of(run):
        put(_waits(waiting))


def _print_list(found: Sequence[RunRecord]) -> None:
    if not found:
        put("No runs.")
        return
    print_table(("started (UTC)", "run", "kind", "pipeline", "status", "rows"), [_cells(run) for run in found])


def _cells(run: RunRecord) -> tuple[str, ...]:
    """A run in a line of the list; its id by the end, which is as much as commands need."""
    dry = " (dry run)" if run.options.get("dry_run") else ""
    waiting = waiting_of(run)
    told = _waits(waiting) if waiting else f"{_counts(run)}{dry}"
    short = run.run_id.rpartition("-")[2]
    return (f"{run.started_at:%Y-%m-%d %H:%M}", short, run.kind, run.pipeline, run.status, told)


def _counts(run: RunRecord) -> str:
    counts: Mapping[str, Any] = run.counts
    is_planned = is_plan(run.kind, run.status, dry_run=bool(run.options.get("dry_run")))
    names = [bucket for bucket in buckets_of(run.kind) if counts.get(bucket)]
    parts = [f"{counts[bucket]} {label(bucket, is_planned=is_planned)}" for bucket in names]
    return ", ".join(parts) or textwrap.shorten(run.error, 60, placeholder=" …")


def _write(value: object) -> None:
    sys.stdout.buffer.write(json_text(value))
