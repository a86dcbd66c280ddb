"""A pipeline's name or path → its settings, or every problem of the file in one error."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from connectors.errors import ConfigurationError
from flows.settings.document import Document, Problem, parse
from flows.settings.models import Pipeline
from flows.settings.problems import problems_of
from flows.settings.project import CONFIGS, WRONG_FOLDER, check_is_project, project_here, project_of, shown
from flows.settings.substitution import environment

_SUFFIXES = (".yaml", ".yml")
_LISTS: Mapping[str, str] = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), "a spreadsheet"),
    **dict.fromkeys((".csv", ".tsv"), "a list of people"),
}


def load_pipeline(name_or_path: str, *, environ: Mapping[str, str] | None = None) -> Pipeline:
    """The settings in a pipeline file: a path, or a name that stands for `configs/NAME.yaml` of the project folder.

    `${VAR}` comes from `environ` (default: the process's environment) and from `.env` in the project folder, to which
    relative paths in the file belong as well (contract, section 1).
    Raises ConfigurationError with all problems of the file, one line each: file, line, key, what is wrong, next step.
    """
    file = _find(name_or_path)
    if what := _LISTS.get(file.suffix.lower()):
        raise ConfigurationError(
            f"{file}: is {what}, not a pipeline file.",
            hint=f"Name the pipeline that reads it; `verboice-sync init {shlex.quote(str(file))}` writes a first one.",
        )
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}.", hint="Check its permissions.") from None
    return _validated(file, parse(raw, _environment(environ, project_of(file))))


def load_apart(named: Sequence[str]) -> list[Pipeline]:
    """The settings of pipelines that are to work side by side: each with a name, and an inbox if any, of its own.

    Raises ConfigurationError as `load_pipeline` does, and for two that cannot be told apart.
    """
    pipelines = [load_pipeline(name) for name in named]
    check_apart(pipelines)
    return pipelines


def check_apart(pipelines: Iterable[Pipeline]) -> None:
    """Raises ConfigurationError for two pipelines that cannot be told apart."""
    names: dict[str, Path | None] = {}
    inboxes: dict[object, str] = {}
    for one in pipelines:
        if one.name in names:
            raise ConfigurationError(
                f"{names[one.name]} and {one.file} are both named {one.name}.",
                hint="Give each a `name:` of its own: its runs, its memory and its deployments go by it.",
            )
        names[one.name] = one.file
        where = one.inbox.resolve() if isinstance(one.inbox, Path) else one.inbox and one.inbox.whole
        if one.inbox is not None and (owner := inboxes.setdefault(where, one.name)) != one.name:
            raise ConfigurationError(
                f"The pipelines {owner} and {one.name} have the same inbox, {one.inbox}.",
                hint="Give each its own folder, so that every file has one meaning.",
            )


def all_pipelines() -> list[str]:
    """The names of all pipeline files in the project's `configs/`, sorted; what is there for Prefect alone is none."""
    found = {file.stem for suffix in _SUFFIXES for file in (project_here() / CONFIGS).glob(f"*{suffix}")}
    return sorted(found - {"prefect"})


def named_or_all(names: Sequence[str]) -> list[str]:
    """The pipelines that were named, or all of `configs/`. Raises ConfigurationError if there is none."""
    if names:
        return list(names)
    check_is_project(project_here())
    every = all_pipelines()
    if not every:
        raise ConfigurationError(
            f"{CONFIGS}/ has no pipeline files.", hint="`verboice-sync init SPREADSHEET` writes a first one."
        )
    return every


def _validated(file: Path, document: Document) -> Pipeline:
    if not document.data:
        raise _error(file, document.problems)
    named = {"name": file.stem} | document.data
    try:
        context = {"file": file, "lines": document.lines, "folder": project_of(file), "typed": document.typed}
        pipeline = Pipeline.model_validate(named, context=context)
    except ValidationError as error:
        raise _error(file, [*document.problems, *problems_of(error, document)]) from None
    if document.problems:
        raise _error(file, document.problems)
    return pipeline


def _error(file: Path, problems: list[Problem]) -> ConfigurationError:
    lines = [
        f"{file}:{problem.line}: {'.'.join(map(str, problem.key)) or 'the file'} {problem.text}"
        for problem in sorted(problems, key=lambda problem: problem.line)
    ]
    return ConfigurationError("\n".join(lines))


def _environment(environ: Mapping[str, str] | None, folder: Path) -> dict[str, str]:
    try:
        return environment(environ, folder)
    except (OSError, UnicodeDecodeError):
        file = shown(folder / ".env")
        raise ConfigurationError(f"{file}: cannot be read as UTF-8 text.", hint="Save it again as UTF-8.") from None


def is_pipeline(name_or_path: str) -> bool:
    """Whether a pipeline file of this name or path is there, whatever is in it."""
    return any(candidate.is_file() for candidate in _candidates(name_or_path))


def _candidates(name_or_path: str) -> list[Path]:
    path = Path(name_or_path)
    is_name = path.name == name_or_path and path.suffix not in _SUFFIXES
    configs = shown(project_here() / CONFIGS)
    return [*(configs / f"{name_or_path}{suffix}" for suffix in _SUFFIXES if is_name), path]


def _find(name_or_path: str) -> Path:
    candidates, path = _candidates(name_or_path), Path(name_or_path)
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a folder.", hint="Name a pipeline file in it, such as clinic.yaml.")
    raise ConfigurationError(f"{candidates[0]}: there is no such pipeline file.", hint=_known(path))


def _known(path: Path) -> str:
    configs = project_here() / CONFIGS
    if not configs.is_dir():
        return f"There is no {CONFIGS}/ in {configs.parent}. {WRONG_FOLDER}"
    names = all_pipelines()
    if not names:
        return "`verboice-sync init SPREADSHEET` writes a first one."
    close = difflib.get_close_matches(path.stem, names, n=1)
    return f"{f'Did you mean {close[0]}? ' if close else ''}{shown(configs)}/ has: {', '.join(names)}."
