"""`pull`: all contacts of the project to a file, or to a database table with their history."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.errors import ConfigurationError
from connectors.storage.url import StorageUrl, is_storage_url, storage_url
from connectors.values import Project, RemoteContacts
from flows import wiring
from flows.commands.terminal.failure import ending
from flows.commands.terminal.progress import shown
from flows.looks.contact_files import write_contacts
from flows.reports.harmless import put
from flows.reports.summary import RunFacts, as_json, summary_object
from flows.reports.table_file import check_table_file
from flows.runs.pull import find_project
from flows.settings import Pipeline, load_pipeline
from flows.settings.substitution import environment, substitute


@dataclass(frozen=True, slots=True)
class Destination:
    """Where contacts go: a file, here or by its URL, or a table of a database given by its SQLAlchemy URL, each with
    `${…}` as in a pipeline file (`filled`). raw: a CSV file for programs. typed: `to` before it was filled in."""

    to: str = field(repr=False)
    table: str | None = None
    raw: bool = False
    typed: str = ""

    @property
    def is_database(self) -> bool:
        return "://" in self.to and not is_storage_url(self.to)

    @property
    def file(self) -> Path | StorageUrl:
        """The file, where it is one."""
        return storage_url(self.to, typed=self.typed) if is_storage_url(self.to) else Path(self.to)

    def filled(self, folder: Path) -> Destination:
        """With what the environment and the project's `.env` have. Raises ConfigurationError for what they lack."""
        text, faults = substitute(self.to, environment(None, folder))
        if faults:
            raise ConfigurationError(f"--to {faults[0]}.")
        return replace(self, to=text, typed=self.to)

    def check(self) -> None:
        """Raises ConfigurationError where file and table do not go together, or nothing can be written."""
        if self.is_database and not self.table:
            raise ConfigurationError("--to is a database, but no table was named.", hint="Add --table NAME.")
        if self.table and not self.is_database:
            raise ConfigurationError("--table goes with a database URL in --to.", hint="Leave it out for a file.")
        if self.is_database:
            from connectors.sources.databases.url import database_url

            database_url(self.to)
            return
        if self.raw and not self.file.name.lower().endswith(".csv"):
            raise ConfigurationError("--raw is about .csv files.", hint="Leave it out: nothing else holds formulas.")
        check_table_file(self.file, "contacts")


def pull(name: str, destination: Destination, *, as_json_object: bool) -> None:
    """Read every contact with all its variables and write them to the destination."""
    started = datetime.now(UTC)
    with ending("pull", name, as_json=as_json_object), shown() as progress:
        pipeline = load_pipeline(name)
        destination = destination.filled(pipeline.folder)
        destination.check()
        with wiring.open_client(pipeline) as client:
            progress.begin("Reading all contacts", None)
            where = pipeline.where("verboice", "project")
            project = find_project(client.projects(), pipeline.verboice.project, where=where)
            remote = client.contacts(project.id, variables=project.contact_vars)
            requests = client.tally.as_dict()
        told = _write(destination, pipeline, project, remote)
        if not as_json_object:
            put(told)
            return
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
        reports = {} if destination.is_database else {"workbook": str(destination.file)}
        sys.stdout.buffer.write(as_json(summary_object(facts, counts, reports=reports)))


def _write(destination: Destination, pipeline: Pipeline, project: Project, remote: RemoteContacts) -> str:
    """Write the contacts; what was done, in a sentence."""
    contacts = f"{len(remote):,} contacts of {project.name} ({project.id})"
    if destination.table is None:
        write_contacts(destination.file, remote, raw=destination.raw)
        return f"{contacts} written to {destination.file}."
    from connectors.sinks.history import record_history

    recorded = record_history(
        destination.to,
        destination.table,
        remote,
        server=pipeline.verboice.url,
        project_id=project.id,
        at=datetime.now(UTC),
    )
    return (
        f"{contacts} compared with table {destination.table}: {recorded.begun:,} values are new or different, "
        f"{recorded.ended:,} ended."
    )
