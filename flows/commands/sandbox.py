"""`sandbox`: the bundled emulator until stopped, with the demo clinic in it or with nothing."""

from __future__ import annotations

from flows.commands.failure import ending


def serve(host: str, port: int, *, empty: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; prints the address and how to use it."""
    from connectors.sandbox import Sandbox, SandboxSettings, demo_clinic
    from connectors.sandbox import serve as serve_forever

    def announce(url: str) -> None:
        print(f"Verboice sandbox: {url}")
        print("\n".join(_about_seeding(url) if empty else _about_the_clinic(url)))
        print(f"  requests it got: {url}/_sandbox/requests.json")
        print("Stop it with Ctrl-C.", flush=True)

    with ending("sandbox"):
        sandbox = Sandbox(SandboxSettings(call_seconds=2.0))
        if not empty:
            demo_clinic(sandbox)
        serve_forever(sandbox, host=host, port=port, announce=announce)


def _about_the_clinic(url: str) -> list[str]:
    from connectors.sandbox import clinic

    return [
        f"  account {clinic.EMAIL}, password {clinic.PASSWORD}, project “{clinic.PROJECT}”",
        f"  try it: VERBOICE_URL={url} verboice-sync plan clinic",
    ]


def _about_seeding(url: str) -> list[str]:
    return [f"  it is empty; fill it: curl -X POST {url}/_sandbox/seed --data-binary @seed.json (see docs/sandbox.md)"]
