"""`python -m connectors.sandbox --port N`: the demo clinic on a port, until stopped."""

from __future__ import annotations

import argparse
import sys

from connectors.errors import VerboiceSyncError
from connectors.sandbox import Sandbox, clinic, demo_clinic, serve


def main() -> int:
    """Serves the demo clinic; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.sandbox", description="A Verboice server to practise on."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--database", default=":memory:", help="SQLite file to keep what happens; default: in memory")
    arguments = parser.parse_args()
    sandbox = Sandbox(path=arguments.database)
    if sandbox.state.accounts.by_email(clinic.EMAIL) is None:
        demo_clinic(sandbox)
    try:
        serve(sandbox, host=arguments.host, port=arguments.port, announce=_announce)
    except VerboiceSyncError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


def _announce(url: str) -> None:
    print(
        f"Verboice sandbox at {url} (account {clinic.EMAIL}, password {clinic.PASSWORD}); stop with Ctrl-C", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
