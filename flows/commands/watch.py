"""`watch`: spreadsheets dropped into the pipelines' inboxes, until stopped or (`--once`) until there are no more."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows.commands.terminal.failure import ending, report_fault, tell
from flows.inbox.attendant import Attendant, Attended, Surroundings, settled_rounds
from flows.inbox.verdict import Where, worst
from flows.reports.harmless import put
from flows.runs.signals import goes_on_with, stopped_by_signal
from flows.runs.trouble import Trouble
from flows.settings import load_apart

POLL = 0.5  # seconds between looks for a signal
AFTER_TROUBLE = 10.0  # seconds before a folder or ledger that was out of reach is tried again


def watch(pipelines: Sequence[str], *, once: bool) -> None:
    """Attend every pipeline's inbox in a thread of its own, so that a large file of one keeps no other waiting.

    The main thread only waits for a signal: the file at hand is then finished, and no other begun.
    """
    named = " ".join(pipelines)
    with ending("watch", named), goes_on_with(f"watch {named}"), stopped_by_signal() as stop:
        around = Surroundings(stop=stop, taken=_taken)
        load_apart(pipelines)
        attendants = [Attendant(name, around) for name in pipelines]
        outcomes: list[Where] = []
        threads = [
            threading.Thread(target=_attend, args=(one, stop, outcomes), kwargs={"once": once}, daemon=True)
            for one in attendants
        ]
        for thread in threads:
            thread.start()
        if not once:
            for one in attendants:
                put(f"{one.name}: drop spreadsheets into {one.folder.place}", file=sys.stderr, flush=True)
        while any(thread.is_alive() for thread in threads):
            stop.wait(POLL) if not stop.is_set() else time.sleep(POLL / 5)
        if once and stop.is_set():
            _tell_what_is_left(attendants)
    raise SystemExit(worst(outcomes) if once else 0)


def _tell_what_is_left(attendants: Sequence[Attendant]) -> None:
    """Raises CouldNotBeDone if a stop came before every file was begun."""
    left = sum(len(one.folder.files.dropped()) for one in attendants)
    if left:
        files = "1 file was" if left == 1 else f"{left:,} files were"
        raise CouldNotBeDone(f"Interrupted; {files} not begun.", hint="The next watch takes up what lies there.")


def _attend(attendant: Attendant, stop: threading.Event, outcomes: list[Where], *, once: bool) -> None:
    """Rounds until a stop is asked for. What keeps one inbox from being attended is said once, and when it is over."""
    trouble = Trouble(attendant.name, lambda told: put(told, file=sys.stderr, flush=True))
    while not stop.is_set():
        pause = AFTER_TROUBLE
        try:
            for attended in settled_rounds(attendant) if once else attendant.round():
                outcomes.append(attended.where)
                _tell(attendant.name, attended)
        except VerboiceSyncError as error:
            tell(error) if once else trouble.say(str(error))
            outcomes.append("")
        except Exception as fault:  # noqa: BLE001 - a thread that died unseen would leave the inbox unattended
            report_fault(fault)
            outcomes.append("")
        else:
            trouble.over()
            pause = attendant.pause
        if once:
            return
        stop.wait(pause)


def _taken(pipeline: str, name: str) -> None:
    put(f"{pipeline}: working on {name}", file=sys.stderr, flush=True)


def _tell(pipeline: str, attended: Attended) -> None:
    place = f"{attended.where}/{attended.at.name}" if attended.where else attended.name
    put(f"{pipeline}: {place}: {attended.told}", flush=True)
