"""`--project DIR`, which every command takes, before its name or after it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.settings.environment import environment_with
from flows.settings.project import PROJECT_VARIABLE

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        exists=True,
        file_okay=False,
        resolve_path=True,
        help="The project folder, instead of the pipeline's or the current folder's.",
    ),
]


class CommandLine(typer.Typer):
    """Typer whose commands take the option too; but for `init`, whose `--project` has always been Verboice's."""

    def command(self, name: str | None = None, **given: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - as Typer has it
        """Typer's own decorator."""
        register = super().command(name, **given)

        def decorated(function: Callable[..., None]) -> Callable[..., None]:
            register(function if "project" in inspect.signature(function).parameters else _with_option(function))
            return function

        return decorated


def _with_option(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def command(*, project_folder: Path | None, **words: object) -> None:
        with at_project(project_folder):
            function(**words)

    option = inspect.Parameter("project_folder", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ProjectOption)
    own = inspect.signature(function, eval_str=True)
    command.__signature__ = own.replace(parameters=[*own.parameters.values(), option])  # type: ignore[attr-defined]
    return command


@contextmanager
def at_project(folder: Path | None) -> Iterator[None]:
    """Within the block the project folder is this one; None = found as always."""
    if folder is None:
        yield
        return
    with environment_with({PROJECT_VARIABLE: str(folder)}):
        yield
