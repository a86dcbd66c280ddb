"""`sandbox`: the bundled emulator until stopped, with the demo clinic in it or with nothing."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.errors import ConfigurationError, VerboiceSyncError
from flows.commands.example import require_free, write_example
from flows.commands.terminal.failure import ending
from flows.reports.harmless import put
from flows.settings import load_pipeline
from flows.settings.loading import all_pipelines
from flows.settings.project import CONFIGS, project_here


def serve(host: str, port: int, *, empty: bool = False, example: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM; prints the address and how to use it. `example`: a folder to write one into."""
    from connectors.sandbox import Sandbox, SandboxSettings, demo_clinic
    from connectors.sandbox import serve as serve_forever

    with ending("sandbox"):
        _require_room(example, empty=empty)
        sandbox = Sandbox(SandboxSettings(call_seconds=2.0))
        contacts = [] if empty else sandbox.contacts(demo_clinic(sandbox).project)

        def announce(url: str) -> None:
            put(f"Verboice sandbox: {url}")
            put("\n".join(_about_seeding(url) if empty else _about_the_clinic()))
            if example is not None:
                put("\n".join(write_example(example, url, contacts)))
            elif not empty:
                put("\n".join(_what_to_try(url)))
            put(f"  requests it got: {url}/_sandbox/requests.json")
            put("Stop it with Ctrl-C.", flush=True)

        serve_forever(sandbox, host=host, port=port, announce=announce)


def _require_room(example: Path | None, *, empty: bool) -> None:
    """Raises ConfigurationError where the example would have nothing to work on, or replace another file."""
    if example is not None and empty:
        raise ConfigurationError("--write-example needs the demo clinic.", hint="Leave out --empty.")
    if example is not None:
        require_free(example)


def _about_the_clinic() -> list[str]:
    from connectors.sandbox import clinic

    return [f"  account {clinic.EMAIL}, password {clinic.PASSWORD}, project “{clinic.PROJECT}”"]


def _what_to_try(url: str) -> list[str]:
    """Commands that work in this folder, whatever is in it."""
    from connectors.sandbox import clinic

    pipelines = [name for name in all_pipelines() if _goes_by_environment(name)]
    if pipelines:
        return ["  try it, in another terminal:", f"    VERBOICE_URL={url} verboice-sync plan {pipelines[0]}"]
    return [
        "  try it with a sheet of your own, in another terminal:",
        f"    export VERBOICE_URL={url} VERBOICE_ACCOUNT={clinic.EMAIL} VERBOICE_PASSWORD={clinic.PASSWORD}",
        "    verboice-sync init YOUR-SHEET.xlsx",
        "  or stop it, and let it write a pipeline and a sheet:",
        "    verboice-sync sandbox --write-example practice",
    ]


def _goes_by_environment(name: str) -> bool:
    """Whether a pipeline of this project takes its server from VERBOICE_URL, and can be read with it set."""
    try:
        text = (project_here() / CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
        load_pipeline(name, environ={**os.environ, "VERBOICE_URL": "http://127.0.0.1"})
    except (VerboiceSyncError, OSError, UnicodeDecodeError):
        return False  # one that cannot be read is nothing to try
    return "${VERBOICE_URL" in text


def _about_seeding(url: str) -> list[str]:
    return [f"  it is empty; fill it: curl -X POST {url}/_sandbox/seed --data-binary @seed.json (see docs/sandbox.md)"]
