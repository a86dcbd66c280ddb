"""`sandbox`: the bundled emulator with the demo clinic in it, until stopped."""

from __future__ import annotations

from flows.commands.failure import ending


def serve(host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; prints the address and how to use it."""
    from connectors.sandbox import Sandbox, SandboxSettings, clinic, demo_clinic
    from connectors.sandbox import serve as serve_forever

    def announce(url: str) -> None:
        print(f"Verboice sandbox: {url}")
        print(f"  account {clinic.EMAIL}, password {clinic.PASSWORD}, project “{clinic.PROJECT}”")
        print(f"  try it: VERBOICE_URL={url} verboice-sync plan clinic")
        print(f"  requests it got: {url}/_sandbox/requests.json")
        print("Stop it with Ctrl-C.", flush=True)

    with ending("sandbox"):
        sandbox = Sandbox(SandboxSettings(call_seconds=2.0))
        demo_clinic(sandbox)
        serve_forever(sandbox, host=host, port=port, announce=announce)
