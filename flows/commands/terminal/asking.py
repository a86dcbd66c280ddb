"""What `init` asks: the person at the terminal, if there is one, and Verboice, if it is known where it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import CouldNotBeDone
from connectors.values import Project
from flows import wiring
from flows.commands.terminal.failure import tell
from flows.looks.first_pipeline import PROJECT_NAMED, SERVER_VARIABLES
from flows.looks.variables import variables_of
from flows.reports.harmless import put
from flows.runs.pull import find_project
from flows.settings.models import Verboice
from flows.settings.substitution import environment


def ask(question: str, otherwise: str) -> str:
    """An answer, or `otherwise` where nobody sits at a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return otherwise
    put(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or otherwise


@dataclass(frozen=True, slots=True)
class Learned:
    """What Verboice told: the project's id and variables (None: it was not asked, or has none that it tells), the
    projects among which nobody chose. unset: variables of the environment for want of which nothing was asked."""

    project: str = ""
    variables: tuple[str, ...] | None = None
    projects: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


def ask_verboice(wanted: str | None, folder: Path) -> Learned:
    """What Verboice tells, if the environment (or .env in the folder) says where it is; on stderr why, if not."""
    known = environment(None, folder)
    wanted = wanted or known.get(PROJECT_NAMED) or ""
    unset = tuple(name for name in SERVER_VARIABLES if not known.get(name))
    if unset:
        put(f"{', '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set, so Verboice was not asked for the "
            "project's variables: names inside the headers are proposed.", file=sys.stderr)  # fmt: skip
        return Learned(unset=unset if wanted else (*unset, PROJECT_NAMED))
    url, account, password = (known[name] for name in SERVER_VARIABLES)
    settings = Verboice.model_validate({"url": url, "account": account, "password": password, "project": wanted or "?"})
    try:
        with wiring.client_for(settings) as client:
            projects = client.projects()
            project = _choose(projects, wanted)
            if project is None:
                return Learned(projects=tuple(map(_told, projects)), unset=(PROJECT_NAMED,))
            return Learned(str(project.id), variables_of(client, project))
    except CouldNotBeDone as error:
        tell(error)
        return Learned(unset=() if wanted else (PROJECT_NAMED,))


def _told(project: Project) -> str:
    return f"{project.name} ({project.id})"


def _choose(projects: Sequence[Project], wanted: str) -> Project | None:
    if wanted:
        return find_project(projects, int(wanted) if wanted.isdigit() else wanted, where=f"project {wanted}")
    if len(projects) == 1:
        return projects[0]
    names = ", ".join(map(_told, projects)) or "none"
    answer = ask(f"Which project? {names} ", "")
    chosen = [project for project in projects if answer in (project.name, str(project.id))]
    if not chosen:
        put(f"The account has these projects: {names}. Name one with --project.", file=sys.stderr)
    return chosen[0] if chosen else None
