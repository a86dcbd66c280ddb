"""Attends one pipeline's drop folder: takes each complete file once, runs it, and gives it back.

Who may work here is settled by a lease of the ledger, so that two watchers share a folder without doing anything twice;
what was begun is in the ledger and in processing/, so that a crash is found and gone on from.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.apart.process import warm
from connectors.errors import ConfigurationError, CouldNotBeDone, VerboiceSyncError
from connectors.ledger.values import InboxFile, InboxState
from flows import wiring
from flows.inbox.arrivals import SETTLE, Arrivals
from flows.inbox.folder import DropFolder
from flows.inbox.names import clean
from flows.inbox.sections import Reported, RunHooks, no_report, run_sections
from flows.inbox.verdict import EarlierDrop, FileVerdict, Where, called_off, faulty, unreadable, unusable, waiting
from flows.reports.private_file import keep_fault
from flows.runs.execution import Silence
from flows.runs.folder import home_folder, new_run_id, private_folder
from flows.runs.lease import AtWork, holding
from flows.runs.run import Progress, Step, direct, never
from flows.runs.stopping import CalledOff
from flows.settings import load_pipeline
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

MOST_ATTEMPTS = 3  # a file over which the program died this often is put aside, so that the others get through
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0  # seconds before a file that had to wait is tried again
_STATES: dict[Where, InboxState] = {"done": "done", "to-fix": "to_fix", "failed": "failed", "": "processing"}


@dataclass(frozen=True, slots=True)
class Attended:
    """One file that was worked on. `at` is where it now lies; waits_for: what has to be over first where it stays."""

    name: str
    where: Where
    told: str
    at: Path
    waits_for: VerboiceSyncError | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How an attendant works: each step's carrying out, what ends it early, and who is told (of a file that was taken,
    of a run's report, of how far it is); is_cancelled as in `Run`."""

    step: Step = direct
    stop: threading.Event = field(default_factory=threading.Event)
    taken: Callable[[str, str], None] = lambda _pipeline, _name: None
    reported: Reported = no_report
    progress: Progress = field(default_factory=Silence)
    is_cancelled: Callable[[], bool] = never
    settle: float = SETTLE


class Attendant:
    """One pipeline's. Raises ConfigurationError if the pipeline has no inbox, or nothing to do with a file."""

    def __init__(self, pipeline: str, surroundings: Surroundings | None = None) -> None:
        self._around = surroundings or Surroundings()
        settings = load_pipeline(pipeline)
        self.name = settings.name
        self.folder = inbox_of(settings)
        self.folder.prepare()
        self.arrivals = Arrivals(self.folder, settle=self._around.settle)
        self._typed = pipeline
        self._waits: dict[Path, tuple[float, float]] = {}
        warm()

    @property
    def lease(self) -> str:
        """The ledger's lease that whoever works in this folder holds."""
        return f"inbox:{self.name}"

    @property
    def has_work(self) -> bool:
        """Whether something could be worked on now."""
        return bool(self._due() or self.arrivals.complete() or self._untold())

    def stopped_while_settling(self) -> bool:
        """Waits until what was seen for the first time has had the time to settle; True if a stop came first."""
        return self._around.stop.wait(self.arrivals.settling + 0.05)

    def round(self, begun: set[Path] | None = None) -> Iterator[Attended]:
        """Work on what a crash left and on every complete file, until there is no more or a stop is asked for.

        Each is begun once: one that has to wait is for a later round. `begun` are files to be left alone for the same
        reason; those of this round are added.
        Nothing is done while another watcher is at it. Raises CouldNotBeDone if folder or ledger cannot be reached.
        """
        if not self.has_work:
            return
        pipeline = load_pipeline(self._typed)
        told = f"Another watcher works on the inbox of “{self.name}”"
        with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger, ExitStack() as held:
            try:
                held.enter_context(holding(ledger, self.lease, run_id=new_run_id(_now()), told=told))
            except AtWork:
                return
            for file in self._files(set() if begun is None else begun):
                yield self._attend(pipeline, ledger, file)
            for name in self._untold():
                verdict = unreadable(name)
                yield Attended(name, verdict.where, verdict.told, self.folder.tell_left_alone(name, verdict.text))

    def _files(self, begun: set[Path]) -> Iterator[Path]:
        """Claimed files, one after the other; nothing is claimed before the one before it is done."""
        while True:
            found = False
            for file in self._due():
                if self._around.stop.is_set():
                    return
                if file not in begun:
                    begun.add(file)
                    found = True
                    yield file
            for name in self.arrivals.complete():
                if self._around.stop.is_set():
                    return
                file_or_none = self.folder.claim(name, new_run_id(_now()))
                if file_or_none is not None:
                    begun.add(file_or_none)
                    found = True
                    yield file_or_none
            if not found:
                return

    def _due(self) -> list[Path]:
        now = time.monotonic()
        return [file for file in self.folder.left_over() if now >= self._waits.get(file, (0.0, 0.0))[0]]

    def _untold(self) -> list[str]:
        return [name for name in self.arrivals.unreadable() if not self.folder.left_alone(name).exists()]

    def _attend(self, pipeline: Pipeline, ledger: Ledger, file: Path) -> Attended:
        self._around.taken(self.name, file.name)
        try:
            entry, earlier = _enter(ledger, self.name, file)
        except OSError as error:
            closed = ConfigurationError(
                f"{file.name} cannot be read: {error.strerror}.", hint="Is it protected, or open in another program?"
            )
            verdict = unusable(file.name, closed, path=file)
            return Attended(file.name, "failed", verdict.told, self._give_back(file, verdict))
        try:
            verdict = self._verdict(pipeline, entry, file, earlier)
        except BaseException:
            if self._around.is_cancelled():  # whoever carries this out has ended it with a signal
                self._give_back(
                    file, called_off(file.name, CalledOff("Stopped, as was asked.", hint="The file is taken again."))
                )
            raise
        at = self._give_back(file, verdict) if verdict.where else self._keep_waiting(file, verdict.text)
        ledger.finish_file(entry, _STATES[verdict.where], _now(), reason=verdict.told if verdict.where else "waits")
        return Attended(file.name, verdict.where, verdict.told, at, verdict.waits_for)

    def _verdict(self, pipeline: Pipeline, entry: InboxFile, file: Path, earlier: EarlierDrop | None) -> FileVerdict:
        if attempt_of(entry) > MOST_ATTEMPTS:
            return faulty(file.name, f"it was cut off {MOST_ATTEMPTS} times while it worked on this file.")
        try:
            around = self._around
            return run_sections(self._typed, file, _hooks(around), earlier)
        except CalledOff as stopped:
            return called_off(file.name, stopped)
        except VerboiceSyncError as error:
            fault = files_fault(pipeline, file)
            return unusable(file.name, fault, path=file) if fault is not None else waiting(error)
        except Exception as fault:  # noqa: BLE001 - one file must not keep the others from getting through
            kept = keep_fault(private_folder(home_folder(pipeline.folder)), fault)
            return faulty(file.name, f"{type(fault).__name__}; see {kept.name} in its home folder.")

    def _give_back(self, file: Path, verdict: FileVerdict) -> Path:
        self._waits.pop(file, None)
        return self.folder.give_back(file, verdict.where, results=verdict.results, text=verdict.text)

    def _keep_waiting(self, file: Path, text: str) -> Path:
        if text:
            self.folder.tell_waiting(file, text)
        wait = min(self._waits.get(file, (0.0, FIRST_WAIT / 2))[1] * 2, LONGEST_WAIT)
        self._waits[file] = time.monotonic() + wait, wait
        return file


def _hooks(around: Surroundings) -> RunHooks:
    return RunHooks(around.step, around.reported, around.progress, around.is_cancelled)


def settled_rounds(attendant: Attendant) -> Iterator[Attended]:
    """Two rounds, the second after a moment: it finds complete what the first saw for the first time."""
    begun: set[Path] = set()
    yield from attendant.round(begun)
    if attendant.arrivals.settling and not attendant.stopped_while_settling():
        yield from attendant.round(begun)


def inbox_of(pipeline: Pipeline) -> DropFolder:
    """The pipeline's drop folder. Raises ConfigurationError if it has none, or nothing to do with a file."""
    if pipeline.inbox is None:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has no inbox to watch.", hint="Add `inbox: data/inbox/NAME`."
        )
    if pipeline.contacts is None and pipeline.calls is None:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has neither `contacts` nor `calls`, so a file has no use.",
            hint="Add the section that says what a dropped file is for.",
        )
    return DropFolder(pipeline.inbox)


def _enter(ledger: Ledger, pipeline: str, file: Path) -> tuple[InboxFile, EarlierDrop | None]:
    """Write the file down as being worked on; what is known of the same content, if it was dropped before."""
    with file.open("rb") as opened:
        content = hashlib.file_digest(opened, "sha256").hexdigest()
    claim = file.parent.name if re.match(r"\d{8}T", file.parent.name) else new_run_id(_now())
    entry = InboxFile(pipeline, content, clean(file.name), "processing", claim, _now(), reason="attempt 1")
    known = ledger.claim_file(entry)
    if known is None:
        return entry, None
    cut_off = known.state == "processing"
    if cut_off:
        entry = replace(entry, reason=f"attempt {attempt_of(known) + 1}")
    if ledger.claim_file(entry, instead_of=known) is not None:
        raise CouldNotBeDone(f"{file.name} was taken by another watcher.", hint="Nothing needs to be done.")
    return entry, None if cut_off else EarlierDrop(known.name, known.claimed_at)


def attempt_of(entry: InboxFile) -> int:
    """How often work on a file was begun without coming to an end; 0 for one that only waits."""
    match = re.fullmatch(r"attempt (\d+)", entry.reason)
    return int(match[1]) if match else 0


def files_fault(pipeline: Pipeline, file: Path) -> VerboiceSyncError | None:
    """What makes the file itself unusable, None if it can be read and has the columns that the pipeline needs."""
    try:
        rows = wiring.open_source(pipeline, path=file).read()
        if pipeline.contacts is not None:
            wiring.check_columns(pipeline, rows)
        if pipeline.calls is not None:
            wiring.check_call_columns(pipeline, rows)
    except ConfigurationError as error:
        return error
    except CouldNotBeDone:
        return None
    return None


def _now() -> datetime:
    return datetime.now(UTC)
