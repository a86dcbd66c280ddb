"""`sandbox`: the bundled emulator until stopped, with the demo clinic in it or with nothing."""

from __future__ import annotations

from pathlib import Path

from connectors.errors import ConfigurationError
from flows.commands.example import require_free, write_example
from flows.commands.failure import ending
from flows.reports.harmless import put


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
            put("\n".join(_about_seeding(url) if empty else _about_the_clinic(url)))
            if example is not None:
                put("\n".join(write_example(example, url, contacts)))
            put(f"  requests it got: {url}/_sandbox/requests.json")
            put("Stop it with Ctrl-C.", flush=True)

        serve_forever(sandbox, host=host, port=port, announce=announce)


def _require_room(example: Path | None, *, empty: bool) -> None:
    """Raises ConfigurationError where the example would have nothing to work on, or replace another file."""
    if example is not None and empty:
        raise ConfigurationError("--write-example needs the demo clinic.", hint="Leave out --empty.")
    if example is not None:
        require_free(example)


def _about_the_clinic(url: str) -> list[str]:
    from connectors.sandbox import clinic

    return [
        f"  account {clinic.EMAIL}, password {clinic.PASSWORD}, project “{clinic.PROJECT}”",
        f"  try it: VERBOICE_URL={url} verboice-sync plan clinic",
    ]


def _about_seeding(url: str) -> list[str]:
    return [f"  it is empty; fill it: curl -X POST {url}/_sandbox/seed --data-binary @seed.json (see docs/sandbox.md)"]
