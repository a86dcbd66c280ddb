"""`python -m flows` and the console script `verboice-sync`."""

from __future__ import annotations

import gc
import os
import signal
import sys

from flows.reports.harmless import guard_streams

# A run makes millions of objects and next to no cycles; by default all of them are looked through again and again.
gc.set_threshold(100_000, 20, 20)
# What Prefect and SQLAlchemy's users do is nobody else's business; set before either is imported.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Prefect's temporary server needs longer than its default of 20 seconds on a slow machine.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")


_INTERRUPTED = 130  # how typer ends where an interruption met no command of ours yet


def main() -> None:
    """Run one command and exit with the contract's status."""
    guard_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what ends a service is told and recorded like Ctrl-C
    try:
        from flows.cli import app

        app(prog_name="verboice-sync")
    except KeyboardInterrupt:
        _leave_interrupted()
    except SystemExit as ended:
        if ended.code != _INTERRUPTED:
            raise
        _leave_interrupted()
    except Exception as fault:  # noqa: BLE001 - the last resort: a fault of ours is told in one line too
        from flows.commands.terminal.failure import report_fault

        report_fault(fault)
        raise SystemExit(1) from None


def _leave_interrupted() -> None:
    """As a command does that is interrupted later on (`flows.commands.terminal.failure.ending`)."""
    from flows.commands.terminal.failure import ending

    with ending(next(iter(sys.argv[1:]), ""), as_json="--json" in sys.argv):
        raise KeyboardInterrupt


if __name__ == "__main__":
    main()
