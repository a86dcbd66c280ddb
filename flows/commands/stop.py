"""`stop`: a run at work finishes what is in flight and ends."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import ConfigurationError, CouldNotBeDone
from flows.commands.runs import show_run
from flows.commands.terminal.failure import ending
from flows.looks.past_runs import find_run, ledgers
from flows.reports.harmless import put
from flows.runs.folder import check_home, home_folder
from flows.runs.upkeep import is_at_work

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import RunRecord

LOOK = 0.3  # seconds between looks at whether it has ended
LONGEST = 120.0  # seconds it is waited for; a request for everybody may take longer


def stop(run: str, *, as_json: bool) -> None:
    """Ask the run to stop, through its ledger, and wait until it has.

    Raises ConfigurationError for a run that is not at work, and CouldNotBeDone if it takes long to end.
    """
    with ending("stop", as_json=as_json):
        home = home_folder()
        check_home(home)
        found = find_run(home, run)
        for ledger in ledgers(home):
            if ledger.run(found.run_id) is not None:
                _stop(ledger, home, found)
                break
        if as_json:
            show_run(find_run(home, found.run_id), as_json=True)
        else:
            put(f"{found.run_id} has stopped. Go on with `verboice-sync resume {found.run_id}`.")


def _stop(ledger: Ledger, home: Path, run: RunRecord) -> None:
    if run.status != "running" or not is_at_work(ledger, home, run.run_id):
        state = "it was cut off" if run.status == "running" else f"it has ended ({run.status})"
        raise ConfigurationError(
            f"The run {run.run_id} is not at work: {state}.", hint="`verboice-sync runs` lists all."
        )
    ledger.note_run(run.run_id, stop_asked_at=datetime.now(UTC))
    put(f"{run.run_id} was asked to stop; it finishes what is in flight.", file=sys.stderr, flush=True)
    until = time.monotonic() + LONGEST
    while is_at_work(ledger, home, run.run_id):
        if time.monotonic() > until:
            raise CouldNotBeDone(
                f"The run {run.run_id} has been asked to stop and is still at work after {LONGEST:.0f} s.",
                hint="It ends when the request that is under way is answered; nothing new is sent.",
            )
        time.sleep(LOOK)
