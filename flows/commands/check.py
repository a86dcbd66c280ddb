"""`check` and `schema`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from connectors.masking import mask_text
from flows.commands.terminal.failure import ending, tell
from flows.looks.check import Checked, check_pipeline
from flows.looks.neighbours import met_in_project
from flows.reports.console import print_columns
from flows.reports.harmless import put
from flows.reports.summary import RunFacts, summary_object
from flows.reports.summary import as_json as json_text
from flows.runs.folder import home_folder
from flows.runs.places import kept_where, ledger_place
from flows.runs.retention import kept_until
from flows.settings import json_schema, load_pipeline


def schema() -> None:
    """Print the pipeline file's JSON Schema."""
    sys.stdout.buffer.write(json_text(json_schema()))


def check(name: str, *, as_json: bool) -> None:
    """Test the pipeline and list every problem; exit 2 if the user must change something, 1 if a server is away."""
    started = datetime.now(UTC)
    with ending("check", name, as_json=as_json):
        pipeline = load_pipeline(name)
        home = home_folder(pipeline.folder)
        checked = check_pipeline(pipeline)
        checked.passed += kept_where(pipeline, home)
        checked.attempt_all(lambda: list(kept_until(pipeline, home, at=started)))
        checked.attempt_all(lambda: met_in_project(pipeline, home, checked))
        if as_json:
            _print_json(pipeline.name, checked, started, home=str(home), ledger=ledger_place(pipeline, home))
        else:
            _print(checked)
    status = max((error.exit_status for error in checked.errors), default=0)
    raise SystemExit(status)


def _print(checked: Checked) -> None:
    for line in checked.passed:
        put(f"ok  {line}")
    print_columns(checked.columns)
    for note in (*checked.notes, *checked.advice):
        put(f"Note: {mask_text(note)}")
    for error in checked.errors:
        tell(error)
    if not checked.errors:
        put("Everything is in order; nothing was written.")


def _print_json(name: str, checked: Checked, started: datetime, *, home: str, ledger: str) -> None:
    facts = RunFacts(
        run_id="",
        pipeline=name,
        kind="check",
        home=home,
        ledger=ledger,
        started_at=started,
        finished_at=datetime.now(UTC),
        project_id=checked.project.id if checked.project else None,
        project_name=checked.project.name if checked.project else None,
        requests=checked.requests,
    )
    summary = summary_object(
        facts,
        {},
        status="failed" if checked.errors else "succeeded",
        problems=[{"row": 0, "column": "", "status": "failed", "reason": str(error)} for error in checked.errors],
    )
    told = {
        **summary,
        "notes": [*checked.notes, *checked.advice],
        "next_runs": [run.isoformat() for run in checked.next_runs],
    }
    sys.stdout.buffer.write(json_text(told))
