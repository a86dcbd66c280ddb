"""The error tree, named by what follows from the error rather than by where it arose.

    VerboiceSyncError
    ├── ConfigurationError    the user must change something first; nothing was sent     exit status 2
    ├── CouldNotBeDone        it may work later, unchanged (server down, interrupted)    exit status 1
    └── RefusedByGuard        safe to go on only with an approval; nothing was sent      exit status 3

Errors that concern one row or one request only live beside the code that raises them (`connectors.verboice.errors`)
and end as that row's outcome, not as a stop of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoppedRun:
    """A run that was ended before there was a report of it. requests: so far, by kind. may_have_sent: whether they, or
    those of an earlier part of the run, may have changed something; then nobody knows yet what became of its rows."""

    run_id: str
    requests: Mapping[str, int]
    may_have_sent: bool


class VerboiceSyncError(Exception):
    """Base of everything that stops a command with one clear message and no traceback.

    `message` says what is wrong and where (file, sheet, row, column, key); `hint` is the next step. It is empty only
    where every line of the message has its own (`tests/commands/test_catalogue.py`). `stopped` is the run
    that it ended before there was a report, if it ended one.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.stopped: StoppedRun | None = None

    def __str__(self) -> str:
        between = "\n" if "\n" in self.message else " "  # of a list of problems none is the one that the hint is about
        return f"{self.message}{between}{self.hint}".rstrip()


class ConfigurationError(VerboiceSyncError):
    """Wrong usage, settings, credentials, names or input: repeating it unchanged cannot help."""

    exit_status = 2


class CouldNotBeDone(VerboiceSyncError):  # noqa: N818 - named by consequence, like its siblings
    """Something outside failed; the same command may work later."""

    exit_status = 1


class RefusedByGuard(VerboiceSyncError):  # noqa: N818
    """A guard tripped before anything was sent; `checksum` is what an approval has to name."""

    exit_status = 3

    def __init__(self, message: str, *, hint: str = "", checksum: str = "", violations: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.checksum = checksum
        self.violations = tuple(violations)
