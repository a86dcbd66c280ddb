"""`python -m flows` and the console script `verboice-sync`."""

from __future__ import annotations

import gc
import os

# A run makes millions of objects and next to no cycles; by default all of them are looked through again and again.
gc.set_threshold(100_000, 20, 20)
# What Prefect and SQLAlchemy's users do is nobody else's business; set before either is imported.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Prefect's temporary server needs longer than its default of 20 seconds on a slow machine.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")


def main() -> None:
    """Run one command and exit with the contract's status."""
    from flows.cli import app
    from flows.commands.failure import report_fault

    try:
        app(prog_name="verboice-sync")
    except Exception as fault:  # noqa: BLE001 - the last resort: a fault of ours is told in one line too
        report_fault(fault)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
