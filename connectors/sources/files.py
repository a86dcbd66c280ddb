"""What can be said about a spreadsheet file before anyone reads it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from connectors.errors import ConfigurationError, CouldNotBeDone

FileKind = Literal["csv", "excel"]
CSV_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab"})
EXCEL_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
OWN_SUFFIXES = frozenset({".xlsx", ".xlsm"})
"""Workbooks that a result can be written into, so that people get their own file back."""


def kind_of(path: Path | str) -> FileKind | None:
    """`csv` or `excel` by the suffix, None for anything else."""
    suffix = Path(path).suffix.lower()
    if suffix in CSV_SUFFIXES:
        return "csv"
    return "excel" if suffix in EXCEL_SUFFIXES else None


def read_bytes(path: Path) -> bytes:
    """The content of a file a person named.

    Raises ConfigurationError for what is missing, a folder, empty or a lock file; CouldNotBeDone when the system
    does not let us read it.
    """
    if path.name.startswith(("~$", ".~lock.")):
        raise ConfigurationError(
            f"{path} is the lock file a spreadsheet program keeps beside an open file, not the spreadsheet.",
            hint="Name the file without the leading mark.",
        )
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{path} does not exist.", hint=_neighbours(path)) from None
    except IsADirectoryError:
        raise ConfigurationError(f"{path} is a folder.", hint="Name the spreadsheet file in it.") from None
    except OSError as error:
        raise CouldNotBeDone(
            f"{path} cannot be read: {error.strerror or error}.", hint="Is it open in another program, or protected?"
        ) from None
    if not content:
        raise ConfigurationError(f"{path} is empty (0 bytes).", hint="Was it copied or downloaded completely?")
    return content


def content_digest(content: bytes) -> str:
    """What tells whether a file is still what it was, of its content."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """The `content_digest` of a file as it is now. Raises what `read_bytes` does."""
    return content_digest(read_bytes(path))


def _neighbours(path: Path) -> str:
    """The spreadsheets that do lie in the folder, for a name mistyped."""
    try:
        names = sorted(p.name for p in path.parent.iterdir() if kind_of(p) and not p.name.startswith(("~$", ".~lock.")))
    except OSError:
        return f"The folder {path.parent} does not exist either."
    if not names:
        return "There is no spreadsheet in that folder."
    return f"That folder has: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}."
