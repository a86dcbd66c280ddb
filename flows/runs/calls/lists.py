"""The lists of people who are not to be called, read anew before each sending; the ledger's own is asked once more as
each call is written down.

A list that cannot be read, or of which a row means nobody, stops the batch: better that nobody is called than somebody
who asked not to be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow.compute as pc

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.values import Project, Rows
from connectors.verboice.client import VerboiceClient
from flows import wiring
from flows.calls.lists import Listed, listed_by_answers, listed_here, listed_in
from flows.calls.rules import CallRules
from flows.calls.sparing import Barred
from flows.contacts.rules import judge_names
from flows.opening import opened
from flows.runs.folder import home_folder
from flows.runs.pull import find_project, names_error
from flows.runs.run import Run
from flows.settings.models import Pipeline
from flows.settings.sources import ListSettings, VerboiceSettings

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class ReadLists:
    """Who may not be called, by their keys, what to tell of the lists, and how many people are on which."""

    people: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    told: str = ""


def barred(run: Run, rules: CallRules, rows: Rows, keys: Collection[str]) -> tuple[Barred, tuple[str, ...]]:
    """Who of these rows, with people of these keys, may not be called, and what to tell of the lists. Raises
    ConfigurationError, CouldNotBeDone."""
    lists = read_lists(run.pipeline, run.client)
    here = {key: listed_here(listing) for key, listing in run.ledger.never_called(keys).items()}
    return Barred({**lists.people, **here}, _refused(rows, rules)), lists.notes


def read_lists(pipeline: Pipeline, client: VerboiceClient) -> ReadLists:
    """All lists of the pipeline as they are now. Raises ConfigurationError, CouldNotBeDone."""
    people: dict[str, str] = {}
    notes: list[str] = []
    counts: list[str] = []
    for at, settings in enumerate(wiring.call_settings(pipeline).do_not_call):
        where = pipeline.where("calls", "do_not_call", at)
        with _named(where):
            listed, name = _read(pipeline, client, settings, where)
        _check(listed, f"{where}: {name}")
        people |= {key: why for key, why in listed.people.items() if key not in people}
        notes += _told(listed, name)
        counts.append(f"{len(set(listed.people.values())):,} by {name}")
    return ReadLists(people, tuple(notes), ", ".join(counts))


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Says of an error which list it is about, and what follows."""
    try:
        yield
    except VerboiceSyncError as error:
        error.message = f"{where}: the do-not-call list cannot be read, so nobody is called. {error.message}"
        raise


def _read(pipeline: Pipeline, client: VerboiceClient, settings: ListSettings, where: str) -> tuple[Listed, str]:
    if isinstance(settings, VerboiceSettings):
        return _answers(pipeline, client, settings, where)
    source = opened(settings, [settings.address], home=home_folder(pipeline.folder))
    rows = source.read()
    name = source.describe()
    if settings.address not in rows.columns:
        raise ConfigurationError(
            f"{name} has no column “{settings.address}”.",
            hint=f"Its columns are: {', '.join(rows.columns)}.",
        )
    region = settings.region or pipeline.source.region
    return listed_in(rows, address=settings.address, region=region, name=rows.stem), name


def _answers(pipeline: Pipeline, client: VerboiceClient, settings: VerboiceSettings, where: str) -> tuple[Listed, str]:
    wanted = pipeline.verboice.project if settings.project is None else settings.project
    project = find_project(client.projects(), wanted, where=where)
    _check_variable(project, settings.variable)
    contacts = client.contacts(project.id, variables=(settings.variable,))
    name = f"Verboice, project {project.name}"
    region = pipeline.source.region
    return listed_by_answers(contacts, settings.variable, settings.values, region=region, name=name), name


def _check_variable(project: Project, variable: str) -> None:
    problems = judge_names((variable,), project.contact_vars) if project.contact_vars is not None else []
    if problems:
        raise names_error(problems, project.contact_vars, where=lambda _name: f"{project.name} ({project.id})")


def _check(listed: Listed, what: str) -> None:
    if not listed.unreadable:
        return
    told = "; ".join(f"row {row}: {problem}" for row, problem in listed.unreadable[:_MOST_TOLD])
    more = len(listed.unreadable) - _MOST_TOLD
    raise ConfigurationError(
        f"{what}, in which nobody can tell who is meant by {told}{f' (and {more:,} more rows)' if more > 0 else ''} "
        "They could be anybody, so nobody is called.",
        hint="Correct these rows of the list, or take them out.",
    )


def _told(listed: Listed, name: str) -> Iterator[str]:
    if listed.nobody:
        rows = ", ".join(map(str, listed.nobody[:_MOST_TOLD])) + ("…" if len(listed.nobody) > _MOST_TOLD else "")
        yield f"Rows of the do-not-call list {name} that name nobody: {rows}."


def _refused(rows: Rows, rules: CallRules) -> dict[int, str]:
    """Rows that say themselves that nobody may be called for them."""
    if rules.only_if is None:
        return {}
    cells = pc.utf8_trim_whitespace(rows.table.column(rules.only_if.column)).to_pylist()
    why = ((row, rules.only_if.refusal(cell)) for row, cell in zip(rows.numbers.to_pylist(), cells, strict=True))
    return {row: reason for row, reason in why if reason}
