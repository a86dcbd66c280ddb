"""Keeps what Prefect writes inside the home folder. To be called before anything imports Prefect."""

from __future__ import annotations

import os
from pathlib import Path

from flows.runs.folder import private_folder


def keep_results_at_home(home: Path) -> None:
    """Prefect keeps the exception of a failed run as a file that everybody may read, by default in the user's own
    folder. What the user set stays as it is."""
    folder = private_folder(private_folder(home).resolve() / "prefect")
    os.environ.setdefault("PREFECT_LOCAL_STORAGE_PATH", str(folder / "storage"))


def ask_again_when_busy(*, repetitions: int = 5) -> None:
    """Prefect's client repeats what a busy server turned away (429, 502, 503, time-outs), later each time; the other
    answers of a server that is not well are repeated as well. What the user set stays as it is."""
    os.environ.setdefault("PREFECT_CLIENT_RETRY_EXTRA_CODES", "500,504")
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", str(repetitions))


def keep_prefect_at_home(home: Path) -> None:
    """Without a server of the user's, Prefect starts a temporary one: its database belongs into the home folder too.

    Prefect and its server, which is a process of its own, make their files readable for everybody; in the home folder
    nothing is.
    """
    os.umask(0o077)
    keep_results_at_home(home)
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_HOME", str(home.resolve() / "prefect"))
