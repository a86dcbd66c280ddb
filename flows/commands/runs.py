"""`runs`: what ran lately, or one run."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from connectors.errors import ConfigurationError
from flows.commands.failure import ending
from flows.runs.folder import RunFolder, home_folder
from flows.runs.report import buckets_of

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import Run

MOST = 200


def runs(run: str | None, pipeline: str | None, *, as_json: bool) -> None:
    """List recent runs newest first, or show the one whose id is (or ends with) `run`."""
    from connectors.ledger import Ledger

    with ending("runs", pipeline or "", as_json=as_json), Ledger.open(None, home_folder()) as ledger:
        if run is not None:
            _show(find_run(ledger, run), as_json=as_json)
            return
        found = ledger.runs(pipeline, limit=MOST)
        if as_json:
            _write([_brief(one) for one in found])
        else:
            _print_list(found)


def find_run(ledger: Ledger, wanted: str) -> Run:
    """The run with this id, or the only one whose id begins or ends with it. Raises ConfigurationError."""
    exact = ledger.run(wanted)
    if exact is not None:
        return exact
    near = [one for one in ledger.runs(limit=10_000) if one.run_id.startswith(wanted) or one.run_id.endswith(wanted)]
    if len(near) == 1:
        return near[0]
    if near:
        raise ConfigurationError(f"Several runs match “{wanted}”: {', '.join(one.run_id for one in near[:5])}.")
    raise ConfigurationError(f"There is no run “{wanted}”.", hint="`verboice-sync runs` lists them.")


def _brief(run: Run) -> dict[str, Any]:
    brief = {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "kind": run.kind,
        "status": run.status,
        "started_at": f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}",
        "rows": dict(run.counts),
    }
    # As in its own summary: the rows are then as they would end.
    return brief | {"dry_run": True} if run.options.get("dry_run") else brief


def _show(run: Run, *, as_json: bool) -> None:
    folder = RunFolder.of(home_folder(), run.run_id)
    summary = orjson.loads(folder.summary.read_bytes()) if folder.summary.exists() else None
    if as_json:
        _write(summary or {**_brief(run), "error": run.error})
        return
    if summary is not None:
        from flows.runs.console import print_report

        print_report(summary)
        return
    print(f"{run.run_id}  {run.kind} of {run.pipeline}: {run.status}. {run.error}".rstrip())


def _print_list(found: Sequence[Run]) -> None:
    if not found:
        print("No runs yet.")
        return
    for run in found:
        dry = " (dry run)" if run.options.get("dry_run") else ""
        print(f"{run.run_id}  {run.kind:8} {run.pipeline:16} {run.status:11} {_counts(run)}{dry}".rstrip())


def _counts(run: Run) -> str:
    counts: Mapping[str, Any] = run.counts
    parts = [f"{counts[bucket]} {bucket.replace('_', ' ')}" for bucket in buckets_of(run.kind) if counts.get(bucket)]
    return ", ".join(parts) or textwrap.shorten(run.error, 60, placeholder=" …")


def _write(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
