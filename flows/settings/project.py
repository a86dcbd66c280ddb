"""The project folder: what relative paths, `.env` and the default home belong to, wherever a command is typed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from connectors.errors import ConfigurationError

CONFIGS = Path("configs")
PROJECT_VARIABLE = "VERBOICE_SYNC_PROJECT"  # what --project sets, so that processes begun by a command know it too

_RELATIVE_FILE = re.compile(r"((?:sqlite|duckdb)(?:\+\w+)?:///)(?!/|:memory:|file:)(?P<path>[^?]+)")


def project_of(file: Path) -> Path:
    """The project folder of a pipeline file: the one --project names, else the one that holds the file's `configs/`,
    else the file's own (contract, section 1)."""
    folder = file.parent.resolve()
    return _named() or (folder.parent if folder.name == CONFIGS.name else folder)


def project_here() -> Path:
    """The project folder of a command that names no pipeline: the one --project names, else the nearest folder from
    the current one upwards that holds `configs/`, else the current one."""
    here = Path.cwd()
    return _named() or next((folder for folder in (here, *here.parents) if (folder / CONFIGS).is_dir()), here)


def check_is_project(folder: Path) -> None:
    """Raises ConfigurationError for a folder without `configs/`: most likely it is not the one that was meant."""
    if not (folder / CONFIGS).is_dir():
        raise ConfigurationError(f"{folder} is no project folder: it has no {CONFIGS}/.", hint=WRONG_FOLDER)


WRONG_FOLDER = (
    "Go to the project's folder, or name it with --project DIR. "
    "In a new project, `verboice-sync init SPREADSHEET` writes a first pipeline."
)


def url_in(folder: Path, url: str) -> str:
    """A database URL whose SQLite or DuckDB file, if it names a relative one, is one of the folder, as are the files
    that a query of DuckDB names."""
    whole = _RELATIVE_FILE.sub(lambda found: f"{found[1]}{(folder / found['path']).absolute()}", url)
    if not whole.startswith("duckdb:") or "file_search_path=" in whole:
        return whole
    return f"{whole}{'&' if '?' in whole else '?'}file_search_path={quote(str(folder.absolute()))}"


def shown(path: Path) -> Path:
    """A path as short as the current folder allows."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _named() -> Path | None:
    named = os.environ.get(PROJECT_VARIABLE)
    return Path(named).resolve() if named else None
