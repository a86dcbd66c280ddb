"""What a project has that a pipeline file can name: variables, and what calls are made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.values import Project
from flows import wiring
from flows.runs.contacts.prepare import existing_names
from flows.runs.pull import find_project
from flows.settings import Pipeline

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient


@dataclass(frozen=True, slots=True)
class ProjectParts:
    """The names of a project's parts.

    variables: name → what the pipeline fills it with (`column Age`, `"Takeo"`), or "". all_told: False for a shared
    project, of which only the variables that some contact has can be seen.
    """

    project: Project
    variables: Mapping[str, str]
    all_told: bool
    call_flows: tuple[str, ...]
    schedules: tuple[str, ...]
    channels: tuple[str, ...]


def variables_of(client: VerboiceClient, project: Project) -> tuple[str, ...]:
    """The project's variables; of a shared one, whose variables cannot be listed, those that some contact has."""
    if project.contact_vars is not None:
        return project.contact_vars
    return existing_names(project, client.contacts(project.id))


def project_parts(pipeline: Pipeline) -> ProjectParts:
    """Asks Verboice. Raises ConfigurationError or CouldNotBeDone as `check` would."""
    with wiring.open_client(pipeline) as client:
        where = pipeline.where("verboice", "project")
        project = find_project(client.projects(), pipeline.verboice.project, where=where)
        names = variables_of(client, project)
        channels = client.channels()
    fills = _fills(pipeline)
    return ProjectParts(
        project,
        {name: fills.get(name, "") for name in names},
        project.contact_vars is not None,
        tuple(project.call_flows.values()),
        project.schedules,
        tuple(channel.name for channel in channels if channel.enabled),
    )


def _fills(pipeline: Pipeline) -> dict[str, str]:
    if pipeline.contacts is None:
        return {}
    return {
        name: f"column {one.column}" if one.column is not None else f"“{one.value}”"
        for name, one in pipeline.contacts.variables.items()
    }
