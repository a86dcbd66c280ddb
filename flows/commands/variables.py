"""`vars`: what the project has that a pipeline file can name."""

from __future__ import annotations

import sys

from flows.commands.terminal.failure import ending
from flows.looks.variables import ProjectParts, project_parts
from flows.reports.console import print_table
from flows.reports.harmless import put
from flows.reports.summary import as_json as json_text
from flows.settings import load_pipeline


def list_variables(name: str, *, as_json: bool) -> None:
    """Print the project's variables with what fills them, its call flows and schedules, and the account's channels."""
    with ending("vars", name, as_json=as_json):
        pipeline = load_pipeline(name)
        parts = project_parts(pipeline)
        if as_json:
            sys.stdout.buffer.write(json_text(_object(pipeline.name, parts)))
        else:
            _print(parts)


def _object(pipeline: str, parts: ProjectParts) -> dict[str, object]:
    return {
        "pipeline": pipeline,
        "project": {"id": parts.project.id, "name": parts.project.name},
        "variables": [{"name": name, "filled_by": by} for name, by in parts.variables.items()],
        "all_told": parts.all_told,
        "call_flows": parts.call_flows,
        "schedules": parts.schedules,
        "channels": parts.channels,
    }


def _print(parts: ProjectParts) -> None:
    put(f"Project {parts.project.name} ({parts.project.id})")
    if parts.variables:
        print_table(("variable", "filled by"), [(name, by or "–") for name, by in parts.variables.items()])
    else:
        put("It has no variables yet; add them on its pages in Verboice.")
    if not parts.all_told:
        put("The project is shared, so that only variables that some contact has can be seen.")
    put()
    for what, names in (("call flows", parts.call_flows), ("schedules", parts.schedules), ("channels", parts.channels)):
        put(f"{what}: {', '.join(names) or 'none'}")
