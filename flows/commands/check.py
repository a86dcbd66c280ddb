"""`check` and `schema`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import orjson

from connectors.masking import mask_text
from flows.commands.failure import ending, tell
from flows.looks.check import Checked, check_pipeline
from flows.looks.column_table import lines
from flows.reports.report import Summary
from flows.reports.summary import RunFacts, summary_object
from flows.settings import json_schema, load_pipeline


def schema() -> None:
    """Print the pipeline file's JSON Schema."""
    sys.stdout.buffer.write(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def check(name: str, *, as_json: bool) -> None:
    """Test the pipeline and list every problem; exit 2 if the user must change something, 1 if a server is away."""
    started = datetime.now(UTC)
    with ending("check", name, as_json=as_json):
        pipeline = load_pipeline(name)
        checked = check_pipeline(pipeline)
        if as_json:
            _print_json(pipeline.name, checked, started)
        else:
            _print(checked)
    status = max((error.exit_status for error in checked.errors), default=0)
    raise SystemExit(status)


def _print(checked: Checked) -> None:
    for line in checked.passed:
        print(f"ok  {line}")
    if checked.reading is not None:
        for line in lines(checked.reading.columns):
            print(f"    {mask_text(line)}")
        if checked.reading.advice:
            print(f"!   {checked.reading.advice}")
    for error in checked.errors:
        tell(error)
    if not checked.errors:
        print("Everything is in order; nothing was written.")


def _print_json(name: str, checked: Checked, started: datetime) -> None:
    facts = RunFacts(
        run_id="",
        pipeline=name,
        kind="check",
        started_at=started,
        finished_at=datetime.now(UTC),
        project_id=checked.project.id if checked.project else None,
        project_name=checked.project.name if checked.project else None,
        requests=checked.requests,
    )
    summary: Summary = summary_object(
        facts,
        {},
        status="failed" if checked.errors else "succeeded",
        problems=[{"row": 0, "column": "", "status": "failed", "reason": str(error)} for error in checked.errors],
    )
    advice = [checked.reading.advice] if checked.reading is not None and checked.reading.advice else []
    told = {**summary, "notes": advice}
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
