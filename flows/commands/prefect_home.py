"""Keeps what Prefect writes inside the home folder. To be called before anything imports Prefect."""

from __future__ import annotations

import os

from flows.runs.folder import home_folder, private_folder


def keep_results_at_home() -> None:
    """Prefect keeps the exception of a failed run as a file that everybody may read, by default in the user's own
    folder. What the user set stays as it is."""
    folder = private_folder(private_folder(home_folder()).resolve() / "prefect")
    os.environ.setdefault("PREFECT_LOCAL_STORAGE_PATH", str(folder / "storage"))


def keep_prefect_at_home() -> None:
    """Without a server of the user's, Prefect starts a temporary one: its database belongs into the home folder too.

    Prefect and its server, which is a process of its own, make their files readable for everybody; in the home folder
    nothing is.
    """
    os.umask(0o077)
    keep_results_at_home()
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_HOME", str(home_folder().resolve() / "prefect"))
