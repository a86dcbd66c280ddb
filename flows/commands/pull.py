"""`pull`: all contacts of the project to a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from flows import wiring
from flows.commands.failure import ending
from flows.commands.progress import shown
from flows.runs.contact_files import write_contacts
from flows.runs.pull import find_project
from flows.runs.summary import RunFacts, as_json, summary_object
from flows.settings import load_pipeline


def pull(name: str, to: str, *, as_json_object: bool) -> None:
    """Read every contact with all its variables and write them to `to`."""
    started = datetime.now(UTC)
    with ending("pull", name, as_json=as_json_object), shown() as progress:
        pipeline = load_pipeline(name)
        with wiring.open_client(pipeline) as client:
            progress.begin("Reading all contacts", None)
            where = pipeline.where("verboice", "project")
            project = find_project(client.projects(), pipeline.verboice.project, where=where)
            remote = client.contacts(project.id, variables=project.contact_vars)
            requests = client.tally.as_dict()
        write_contacts(Path(to), remote)
        if as_json_object:
            facts = RunFacts(
                run_id="",
                pipeline=pipeline.name,
                kind="pull",
                started_at=started,
                finished_at=datetime.now(UTC),
                project_id=project.id,
                project_name=project.name,
                requests=requests,
            )
            counts = {"read": len(remote), "unchanged": len(remote)}
            sys.stdout.buffer.write(as_json(summary_object(facts, counts, reports={"workbook": to})))
        else:
            print(f"{len(remote):,} contacts of {project.name} ({project.id}) written to {to}.")
