"""The page of a run written anew, and that of the last runs of a pipeline."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import orjson

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.ledger.values import RunRecord
from flows.looks.past_runs import find_run, past_runs
from flows.reports.harmless import put
from flows.reports.page.history import PastRun
from flows.reports.page.history_page import write_history_page
from flows.reports.page.rules import PageRules, page_rules
from flows.reports.page.run_page import write_run_page
from flows.runs.folder import ADDRESS, RunFolder
from flows.runs.kinds import run_kind
from flows.runs.reopen import pipeline_of
from flows.settings import load_pipeline

MOST_RUNS = 30
_LOOKED_THROUGH = 1_000


def write_page_again(home: Path, wanted: str | None) -> Path:
    """The page of the run that `wanted` names, or of the latest, written as this version and the pipeline's file say
    now; the file. Raises ConfigurationError where there is no such run, or nothing to write it from."""
    run = _latest(past_runs(home, None, most=1)) if wanted is None else find_run(home, wanted)
    folder = RunFolder(home / "runs" / run.run_id)
    report = folder.kept_report()
    if report is None:
        raise _no_report(run, folder)
    write_run_page(folder.html, report, rules_of(folder), address=ADDRESS)
    return folder.html


def write_history(home: Path, pipeline: str | None) -> Path:
    """The page of the last runs that could change something or call somebody, of one pipeline or, in a part of its own
    for each, of all; the file. Raises ConfigurationError where there are none."""
    name = None if pipeline is None else _name_of(pipeline)
    found = [run for run in past_runs(home, name, most=_LOOKED_THROUGH) if _is_told(run)]
    of_pipelines: dict[str, list[PastRun]] = {}
    for run in found:
        runs = of_pipelines.setdefault(run.pipeline, [])
        if len(runs) < MOST_RUNS:
            runs.append(_past_run(home, run))
    if not of_pipelines:
        whose = f"Pipeline {name} has" if name else "There are"
        raise ConfigurationError(
            f"{whose} no runs yet that sent anything.", hint="`verboice-sync runs` lists all runs."
        )
    path = home / "history.html"
    write_history_page(path, of_pipelines, rules_of(RunFolder(home / "runs" / found[0].run_id)))
    return path


def _name_of(typed: str) -> str:
    """The pipeline's name as its file has it; a pipeline whose file is gone is still remembered by its name."""
    try:
        return load_pipeline(typed).name
    except ConfigurationError:
        return typed


def _latest(runs: list[RunRecord]) -> RunRecord:
    if not runs:
        raise ConfigurationError("There are no runs yet.", hint="`verboice-sync plan PIPELINE` makes one.")
    return runs[0]


def _is_told(run: RunRecord) -> bool:
    return run_kind(run.kind).sends and not run.options.get("dry_run") and run.status != "running"


def _past_run(home: Path, run: RunRecord) -> PastRun:
    folder = RunFolder(home / "runs" / run.run_id)
    problems: list[dict[str, str]] = []
    with suppress(OSError, orjson.JSONDecodeError, KeyError):  # a run that was cut off, or whose folder is elsewhere
        problems = orjson.loads(folder.summary.read_bytes())["problems"]
    return PastRun(
        record=run,
        rejected=Counter(problem["reason"] for problem in problems if problem["status"] == "rejected"),
        link=folder.html.relative_to(home).as_posix() if folder.html.exists() else "",
    )


def rules_of(folder: RunFolder) -> PageRules:
    """As the run's pipeline says now; masked, and by UTC, where its file cannot be read."""
    try:
        return page_rules(pipeline_of(folder))
    except VerboiceSyncError as fault:
        put(f"Times are in UTC and numbers masked: {fault}", file=sys.stderr)
        return PageRules()


def _no_report(run: RunRecord, folder: RunFolder) -> ConfigurationError:
    if folder.html.exists():
        return ConfigurationError(
            f"Run {run.run_id} was made by an earlier version, which did not keep what its page is made of.",
            hint=f"The page is as it was written then: {folder.html}",
        )
    told = f"Run {run.run_id} ({run.kind} of {run.pipeline}, {run.status}) has no report"
    hint = f"`verboice-sync resume {run.run_id}` goes on with it." if run_kind(run.kind).sends else ""
    return ConfigurationError(f"{told}{': ' + run.error if run.error else '.'}", hint=hint or "Run it again.")
