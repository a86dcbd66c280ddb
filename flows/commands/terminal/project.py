"""`--project DIR` and `--debug`, which every command takes, before its name or after it; and its examples."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.terminal.examples import EXAMPLES, Example
from flows.commands.terminal.failure import DEBUG_VARIABLE
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


DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback behind an error.")]
_OPTIONS: Mapping[str, tuple[object, object]] = {"project": (ProjectOption, None), "debug": (DebugOption, False)}


class CommandLine(typer.Typer):
    """Typer whose commands take these options too; but for `init`, whose `--project` has always been Verboice's."""

    def command(self, name: str | None = None, **given: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - as Typer has it
        """Typer's own decorator."""

        def decorated(function: Callable[..., None]) -> Callable[..., None]:
            called = name or function.__name__
            register = super(CommandLine, self).command(name, epilog=_epilog(EXAMPLES.get(called, ())), **given)
            register(_with_options(function))
            return function

        return decorated


def _epilog(examples: Sequence[Example]) -> str:
    """The examples as a paragraph each, because lines of one are put together."""
    return "\n\n".join(["Examples:", *(f"verboice-sync {typed}   ({what})" for typed, what in examples)])


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    own = inspect.signature(function, eval_str=True)
    added = {f"common_{name}": option for name, option in _OPTIONS.items() if name not in own.parameters}

    @functools.wraps(function)
    def command(**words: Any) -> None:  # noqa: ANN401 - what Typer made of them
        folder, debug = words.pop("common_project", None), words.pop("common_debug", False)
        with in_common(folder, debug=debug):
            function(**words)

    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in added.items()
    ]
    command.__signature__ = own.replace(parameters=[*own.parameters.values(), *options])  # type: ignore[attr-defined]
    return command


@contextmanager
def in_common(folder: Path | None, *, debug: bool) -> Iterator[None]:
    """Within the block the project folder is this one (None = found as always), and errors show where they arose."""
    changed = {} if folder is None else {PROJECT_VARIABLE: str(folder)}
    with environment_with(changed | ({DEBUG_VARIABLE: "1"} if debug else {})):
        yield
