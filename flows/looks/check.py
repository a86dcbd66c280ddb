"""Tests everything a pipeline names without writing anything, and collects every problem it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.storage.storage import NotThere
from connectors.storage.url import StorageUrl
from connectors.values import CellProblem, Project, Rows
from connectors.verboice.errors import ReadOnlyProject
from flows import wiring
from flows.calls.normalise import read_addresses
from flows.calls.parameters import Parameters
from flows.contacts.columns import flags
from flows.contacts.footer import footer_advice
from flows.contacts.guard import FEWEST_ROWS, is_broken
from flows.contacts.normalise import Statements, normalise
from flows.contacts.people.match import match
from flows.contacts.people.pulling import FEW_ROWS, choose, lookups
from flows.contacts.people.regions import region_advice
from flows.contacts.rules import judge_names, judge_unseen
from flows.contacts.survey import SurveyedColumn, survey
from flows.found import IN_CLEAR
from flows.inbox.folder import DropFolder
from flows.inbox.opening import drop_folder
from flows.looks.variables import variables_of
from flows.runs.calls.connect import check_constants, look_up, read_rules
from flows.runs.calls.lists import read_lists
from flows.runs.pull import find_project, names_error
from flows.runs.pull import look_up as read_one_by_one
from flows.settings import Pipeline
from flows.settings.models import Schedule

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient


@dataclass(slots=True)
class Checked:
    """What was found in order, in the order it was looked at, and the errors that were found.

    statements: what the source's rows say, where the pipeline has `contacts`.
    columns, notes: what becomes of the source's columns, and what was decided while it was read.
    advice: what to say where the region is missing or wrong, or what stands below the list is read as people.
    next_runs: of the schedule, in its time zone.
    """

    passed: list[str] = field(default_factory=list)
    errors: list[VerboiceSyncError] = field(default_factory=list)
    statements: Statements | None = None
    project: Project | None = None
    requests: dict[str, int] = field(default_factory=dict)
    columns: list[SurveyedColumn] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    next_runs: list[datetime] = field(default_factory=list)

    def attempt(self, work: Callable[[], str]) -> None:
        """Do one test: what it says in order, or its error."""
        self.attempt_all(lambda: [work()])

    def attempt_all(self, work: Callable[[], list[str]]) -> None:
        """One test that may have several things to say, or none."""
        try:
            self.passed += work()
        except VerboiceSyncError as error:
            self.errors.append(error)


def check_pipeline(pipeline: Pipeline) -> Checked:
    """All tests that can be made without writing: source, columns, login, project, rights, variables, call settings."""
    checked = Checked()
    checked.attempt_all(lambda: _something_to_do(pipeline))
    checked.attempt(lambda: _source(pipeline, checked))
    if isinstance(pipeline.inbox, StorageUrl):
        inbox = pipeline.inbox
        checked.attempt(lambda: _inbox(drop_folder(pipeline, inbox), inbox, checked))
    if pipeline.schedule is not None:
        checked.passed.append(_schedule(pipeline.schedule, checked))
    try:
        client = wiring.open_client(pipeline)
    except VerboiceSyncError as error:
        checked.errors.append(error)
        return checked
    with client:
        checked.attempt(lambda: _project(pipeline, client, checked))
        if checked.project is not None:
            for test in _project_tests(pipeline, client, checked):
                checked.attempt(test)
        checked.requests = client.tally.as_dict()
    return checked


def _something_to_do(pipeline: Pipeline) -> list[str]:
    """Raises ConfigurationError for a file of which only half is written."""
    if pipeline.contacts is None and pipeline.calls is None:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has neither `contacts` nor `calls`, so there is nothing to do.",
            hint=f"Add `contacts: {{variables: {{…}}}}`; `verboice-sync vars {pipeline.file or pipeline.name}` lists "
            "the project's variables.",
        )
    return []


def _source(pipeline: Pipeline, checked: Checked) -> str:
    source = wiring.open_source(pipeline)
    rows = source.read()
    wiring.check_all_columns(pipeline, rows)
    rules = wiring.contact_rules(pipeline) if pipeline.contacts is not None else None
    statements = None if rules is None else normalise(rows, rules)
    problems, broken = _problems(pipeline, rows, statements)
    silent = () if rules is None else rules.silent
    checked.notes += rows.notes
    checked.columns = survey(rows, wiring.used_as(pipeline), problems, address=pipeline.source.address, silent=silent)
    checked.statements = statements
    address, region = pipeline.source.address, pipeline.source.region
    advice = (footer_advice(rows, address, region), region_advice(rows.table.column(address).to_pylist(), region))
    checked.advice = tuple(filter(None, advice))
    told = f"Source: {source.describe()}, {len(rows):,} row{'' if len(rows) == 1 else 's'}."
    if not len(rows):
        return f"{told} There is nothing to do."
    return f"{told} {f'{broken:,} of them cannot be used.' if broken else 'All of them can be used.'}"


def _inbox(folder: DropFolder, place: StorageUrl, checked: Checked) -> str:
    """Whether an inbox elsewhere can be reached; nothing is made there."""
    if place.scheme == "ftp":
        checked.notes += (IN_CLEAR,)
    try:
        waiting = len(folder.files.dropped())
    except NotThere:
        return f"Inbox: {place}; it is not there yet, and is made by `watch` and `serve`."
    finally:
        folder.files.release()
    return f"Inbox: {place}, {waiting:,} file{'' if waiting == 1 else 's'} there."


def _schedule(schedule: Schedule, checked: Checked) -> str:
    from flows.orchestration.calendar import clock_changes, next_runs

    now = datetime.now(UTC)
    checked.next_runs = next_runs(schedule, now)
    checked.notes += tuple(clock_changes(schedule, now))
    told = ", ".join(f"{run:%a %d %b %H:%M} ({run.isoformat()[-6:]})" for run in checked.next_runs)
    return f"Schedule: {schedule.cron}, {schedule.timezone}. Next runs: {told}."


def _problems(pipeline: Pipeline, rows: Rows, statements: Statements | None) -> tuple[list[CellProblem], int]:
    """What keeps rows from being used, and how many rows that are."""
    if pipeline.contacts is None and pipeline.calls is None:
        return [], 0
    if statements is not None:
        numbers = statements.numbers
        reasons = pc.coalesce(statements.problems, statements.addresses.problems)
        columns = pc.coalesce(statements.problem_columns, pa.scalar(pipeline.source.address))
    else:
        rules = wiring.call_rules(pipeline)
        numbers, reasons = (
            rows.numbers,
            pa.array([one.problem for one in read_addresses(rows, rules).read], pa.string()),
        )
        columns = pa.repeat(pa.scalar(rules.address), len(rows))
    broken = pc.is_valid(reasons)
    told = [column.filter(broken).to_pylist() for column in (numbers, columns, reasons)]
    found = [CellProblem(*cell) for cell in zip(*told, strict=True)]
    used = {*wiring.used_as(pipeline), ""}
    of_source = [problem for problem in rows.problems if problem.column in used and statements is None]
    return [*of_source, *found], len({problem.row for problem in (*of_source, *found)})


def _project(pipeline: Pipeline, client: VerboiceClient, checked: Checked) -> str:
    projects = client.projects()
    checked.passed.append(f"Login: {pipeline.verboice.account} at {pipeline.verboice.url}.")
    project = find_project(projects, pipeline.verboice.project, where=pipeline.where("verboice", "project"))
    is_shared = project.contact_vars is None
    if is_shared and not client.may_write(project.id):
        raise ReadOnlyProject(
            f"{pipeline.where('verboice', 'project')}: project {project.id} is shared to this account for reading "
            "only.",
            hint="Ask its owner to share it with the role admin.",
        )
    checked.project = project
    if is_shared:
        return f"Project: {project.id}, shared to this account, which may change its contacts."
    return f"Project: {project.name} ({project.id})."


def _project_tests(pipeline: Pipeline, client: VerboiceClient, checked: Checked) -> Iterator[Callable[[], str]]:
    project, statements = checked.project, checked.statements
    if pipeline.contacts is not None and project is not None:
        yield lambda: _variables(pipeline, client, project)
        if statements:
            yield lambda: _known(pipeline, client, project, statements)
    if pipeline.calls is not None:
        yield lambda: _calls(pipeline, client, checked)


def _variables(pipeline: Pipeline, client: VerboiceClient, project: Project) -> str:
    names = wiring.contact_rules(pipeline).names
    known = variables_of(client, project)
    unseen = tuple(name for name in names if name not in known) if project.contact_vars is None else ()
    problems = judge_names(names, project.contact_vars) + judge_unseen(unseen, known)
    if problems:
        raise names_error(problems, known, where=lambda name: pipeline.where("contacts", "variables", name))
    told = f"Variables: {', '.join(names)}."
    if unseen:
        told += f" No contact has {' or '.join(unseen)} yet, and the names of a shared project cannot be listed: "
        told += "the first request will show whether Verboice knows it."
    return told


def _known(pipeline: Pipeline, client: VerboiceClient, project: Project, statements: Statements) -> str:
    """How many rows name somebody whom Verboice knows: of all, where one list tells, or else of the first few.

    Raises ConfigurationError where so few are known that a sync would be refused.
    """
    region = pipeline.source.region
    usable = statements.may_match & flags(pc.is_null(statements.problems))
    contacts, limit = wiring.contact_settings(pipeline), pipeline.guard.max_not_found
    if choose(contacts.pull, int(usable.sum())).way == "all":
        remote = client.contacts(project.id, variables=())
    else:
        usable &= np.cumsum(usable) <= FEW_ROWS
        people = lookups(statements, usable, region)
        remote, _ = read_one_by_one(client, project.id, people, variables=(), progress=lambda _done: None)
    found = match(statements.texts, statements.addresses, remote, region=region)
    known, looked_at = int((usable & ((found.contact >= 0) | found.ambiguous)).sum()), int(usable.sum())
    told = f"Contacts: {known:,} of {looked_at:,} are known to Verboice."
    is_strange = looked_at >= FEWEST_ROWS and is_broken(limit, looked_at - known, looked_at)
    if is_strange and contacts.missing == "report":
        raise ConfigurationError(
            f"{told} A sync would be refused (max_not_found: {limit}).",
            hint="See that it is the right project, and that source.region is the country of these numbers.",
        )
    return told


def _calls(pipeline: Pipeline, client: VerboiceClient, checked: Checked) -> str:
    """Channel, call flow, schedule, zone and dates, as a batch would look them up."""
    rules = read_rules(pipeline)
    catalogue = look_up(client, pipeline, rules)
    check_constants(pipeline, Parameters(rules, catalogue, datetime.now(UTC)))
    lists = read_lists(pipeline, client)
    checked.notes += lists.notes
    told = f" Not to be called: {lists.told}." if wiring.call_settings(pipeline).do_not_call else ""
    return f"Calls: channel, call flow, schedule, zone and dates.{told}"
