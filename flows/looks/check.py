"""Tests everything a pipeline names without writing anything, and collects every problem it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.errors import VerboiceSyncError
from connectors.values import Project
from connectors.verboice.errors import ReadOnlyProject
from flows import wiring
from flows.calls.parameters import Parameters
from flows.contacts.rules import judge_names, judge_unseen
from flows.looks.column_table import SourceReading, read_source
from flows.runs.calls.connect import check_constants, look_up, read_rules
from flows.runs.contacts.prepare import existing_names
from flows.runs.contacts.pull import find_project, names_error
from flows.settings import Pipeline

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient


@dataclass(slots=True)
class Checked:
    """What was found in order, in the order it was looked at, and the errors that were found."""

    passed: list[str] = field(default_factory=list)
    errors: list[VerboiceSyncError] = field(default_factory=list)
    project: Project | None = None
    reading: SourceReading | None = None
    requests: dict[str, int] = field(default_factory=dict)

    def attempt(self, work: Callable[[], str]) -> None:
        """Do one test: what it says in order, or its error."""
        try:
            self.passed.append(work())
        except VerboiceSyncError as error:
            self.errors.append(error)


def check_pipeline(pipeline: Pipeline) -> Checked:
    """All tests that can be made without writing: source, columns, login, project, rights, variables, call settings."""
    checked = Checked()
    checked.attempt(lambda: _source(pipeline, checked))
    try:
        client = wiring.open_client(pipeline)
    except VerboiceSyncError as error:
        checked.errors.append(error)
        return checked
    with client:
        checked.attempt(lambda: _project(pipeline, client, checked))
        if checked.project is not None:
            for test in _project_tests(pipeline, client, checked.project):
                checked.attempt(test)
        checked.requests = client.tally.as_dict()
    return checked


def _source(pipeline: Pipeline, checked: Checked) -> str:
    source = wiring.open_source(pipeline)
    rows = source.read()
    wiring.check_all_columns(pipeline, rows)
    checked.reading = read_source(pipeline, rows)
    broken = checked.reading.unusable
    usable = f"{broken:,} of them cannot be used." if broken else "All of them can be used."
    return f"Source: {source.describe()}, {len(rows):,} rows. {usable}"


def _project(pipeline: Pipeline, client: VerboiceClient, checked: Checked) -> str:
    projects = client.projects()
    checked.passed.append(f"Login: {pipeline.verboice.account} at {pipeline.verboice.url}.")
    project = find_project(projects, pipeline.verboice.project, where=pipeline.where("verboice", "project"))
    if project.contact_vars is None:
        if not client.may_write(project.id):
            raise ReadOnlyProject(
                f"{pipeline.where('verboice', 'project')}: project {project.id} is shared to this account for reading "
                "only.",
                hint="Ask its owner to share it with the role admin.",
            )
        checked.project = project
        return f"Project: {project.id}, shared to this account, which may change its contacts."
    checked.project = project
    return f"Project: {project.name} ({project.id})."


def _project_tests(pipeline: Pipeline, client: VerboiceClient, project: Project) -> Iterator[Callable[[], str]]:
    if pipeline.contacts is not None:
        yield lambda: _variables(pipeline, client, project)
    if pipeline.calls is not None:
        yield lambda: _calls(pipeline, client)


def _variables(pipeline: Pipeline, client: VerboiceClient, project: Project) -> str:
    names = wiring.contact_rules(pipeline).names
    problems = judge_names(names, project.contact_vars)
    unseen: tuple[str, ...] = ()
    if project.contact_vars is None:
        seen = existing_names(project, client.contacts(project.id))
        unseen = tuple(name for name in names if name not in seen)
        problems += judge_unseen(unseen, seen)
    if problems:
        raise names_error(problems, where=lambda name: pipeline.where("contacts", "variables", name))
    told = f"Variables: {', '.join(names)}."
    if unseen:
        told += f" No contact has {' or '.join(unseen)} yet, and the names of a shared project cannot be listed: "
        told += "the first request will show whether Verboice knows it."
    return told


def _calls(pipeline: Pipeline, client: VerboiceClient) -> str:
    """Channel, call flow, schedule, zone and dates, as a batch would look them up."""
    rules = read_rules(pipeline)
    catalogue = look_up(client, pipeline, rules)
    check_constants(pipeline, Parameters(rules, catalogue, datetime.now(UTC)))
    return "Calls: channel, call flow, schedule, zone and dates."
