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
from connectors.storage.storage import InUse, TooLarge
from connectors.storage.url import StorageUrl
from flows import wiring
from flows.inbox.arrivals import SETTLE, SETTLE_ELSEWHERE, Arrivals
from flows.inbox.claimed import Claimed
from flows.inbox.folder import DropFolder
from flows.inbox.names import clean
from flows.inbox.opening import drop_folder
from flows.inbox.sections import Reported, RunHooks, no_report, run_sections
from flows.inbox.verdict import EarlierDrop, FileVerdict, Where, called_off, faulty, unreadable, unusable, waiting
from flows.runs.execution import Silence
from flows.runs.folder import fault_kept, home_folder, new_run_id
from flows.runs.lease import AtWork, HeldLease, holding
from flows.runs.run import Progress, Step, direct, never
from flows.runs.stopping import CalledOff
from flows.settings import load_pipeline
from flows.settings.models import Pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger

LOOK = 0.5  # seconds between looks into a folder here: a listing costs microseconds, and works on every network share
MOST_ATTEMPTS = 3  # a file over which the program died this often is put aside, so that the others get through
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0  # seconds before a file that had to wait is tried again
_STATES: dict[Where, InboxState] = {"done": "done", "to-fix": "to_fix", "failed": "failed", "": "processing"}


@dataclass(frozen=True, slots=True)
class Attended:
    """One file that was worked on. `at` is where it now lies; waits_for: what has to be over first where it stays."""

    name: str
    where: Where
    told: str
    at: Path | StorageUrl
    waits_for: VerboiceSyncError | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How an attendant works: each step's carrying out, what ends it early, and who is told (of a file that was taken,
    of a run's report, of how far it is); is_cancelled as in `Run`; settle: seconds without a change,
    None = as many as the place needs."""

    step: Step = direct
    stop: threading.Event = field(default_factory=threading.Event)
    taken: Callable[[str, str], None] = lambda _pipeline, _name: None
    reported: Reported = no_report
    progress: Progress = field(default_factory=Silence)
    is_cancelled: Callable[[], bool] = never
    settle: float | None = None


class Attendant:
    """One pipeline's. Raises ConfigurationError if the pipeline has no inbox, or nothing to do with a file."""

    def __init__(self, pipeline: str, surroundings: Surroundings | None = None) -> None:
        self._around = surroundings or Surroundings()
        settings = load_pipeline(pipeline)
        self.name = settings.name
        self.folder = inbox_of(settings)
        self.is_elsewhere = not isinstance(self.folder.place, Path)
        self._every = settings.inbox_every if self.is_elsewhere else LOOK
        settle = min(SETTLE_ELSEWHERE, self._every) if self.is_elsewhere else SETTLE
        self.arrivals = Arrivals(
            self.folder.files, settle=settle if self._around.settle is None else self._around.settle
        )
        self._typed = pipeline
        self._waits: dict[Claimed, tuple[float, float]] = {}
        self._judged: dict[Claimed, tuple[InboxFile, FileVerdict]] = {}  # those that could not be given back
        self._is_prepared = False
        if not self.is_elsewhere:
            self._prepare()  # what is elsewhere may be out of reach, and is waited for
        warm()

    def _prepare(self) -> None:
        if not self._is_prepared:
            self.folder.prepare()
            self._is_prepared = True

    @property
    def pause(self) -> float:
        """Seconds until the next look is due: soon where something settles, and otherwise as often as was set."""
        return min(self._every, self.arrivals.settling + 0.05) if self.arrivals.settling else self._every

    @property
    def lease(self) -> str:
        """The ledger's lease that whoever works in this folder holds."""
        return f"inbox:{self.name}"

    @property
    def has_work(self) -> bool:
        """Whether something could be worked on now."""
        self._prepare()
        return bool(self._due() or self.arrivals.complete() or self._untold())

    def waiting(self) -> list[str]:
        """What could be worked on now or later, by names that differ."""
        try:
            self._prepare()
            complete = self.arrivals.complete()
            return [*complete, *(file.path for file in self.folder.files.claimed())]
        finally:
            self.folder.files.release()

    def stopped_while_settling(self) -> bool:
        """Waits until what was seen for the first time has had the time to settle; True if a stop came first."""
        return self._around.stop.wait(self.arrivals.settling + 0.05)

    def round(self, begun: set[Claimed] | None = None) -> Iterator[Attended]:
        """Work on what a crash left and on every complete file, until there is no more or a stop is asked for.

        Each is begun once: one that has to wait is for a later round. `begun` are files to be left alone for the same
        reason; those of this round are added.
        Nothing is done while another watcher is at it. Raises CouldNotBeDone if folder or ledger cannot be reached.
        """
        try:
            if self.has_work:
                yield from self._worked(set() if begun is None else begun)
        finally:
            self.folder.files.release()

    def _worked(self, begun: set[Claimed]) -> Iterator[Attended]:
        pipeline = load_pipeline(self._typed)
        told = f"Another watcher works on the inbox of “{self.name}”"
        with wiring.open_ledger(pipeline, home_folder(pipeline.folder)) as ledger, ExitStack() as stack:
            try:
                held = stack.enter_context(holding(ledger, self.lease, run_id=new_run_id(_now()), told=told))
            except AtWork:
                return
            self.folder.files.mend()
            for file in self._files(begun, held):
                yield self._attend(pipeline, ledger, file)
            for name in self._untold():
                verdict = unreadable(name)
                yield Attended(name, verdict.where, verdict.told, self.folder.tell_left_alone(name, verdict.text))

    def _files(self, begun: set[Claimed], held: HeldLease) -> Iterator[Claimed]:
        """Claimed files, one after the other; nothing is claimed before the one before it is done."""

        def is_over() -> bool:
            return self._around.stop.is_set() or held.lost is not None

        while True:
            found = False
            for file in self._due():
                if is_over():
                    return
                if file not in begun:
                    begun.add(file)
                    found = True
                    yield file
            for name in self.arrivals.complete():
                if is_over():
                    return
                claimed = self.folder.claim(name, new_run_id(_now()))
                if claimed is not None:
                    begun.add(claimed)
                    found = True
                    yield claimed
            if not found:
                return

    def _due(self) -> list[Claimed]:
        now = time.monotonic()
        return [file for file in self.folder.files.claimed() if now >= self._waits.get(file, (0.0, 0.0))[0]]

    def _untold(self) -> list[str]:
        return [name for name in self.arrivals.unreadable() if not self.folder.is_told(name)]

    def _attend(self, pipeline: Pipeline, ledger: Ledger, claimed: Claimed) -> Attended:
        self._around.taken(self.name, claimed.name)
        if claimed in self._judged:
            return self._given_back(ledger, claimed, *self._judged[claimed])
        try:
            file = self._fetched(claimed)
            entry, earlier = _enter(ledger, self.name, claimed, file)
        except InUse as error:
            return self._kept_waiting(claimed, waiting(error))
        except TooLarge as error:
            verdict = unusable(claimed.name, error, path=Path(claimed.name))
            return Attended(claimed.name, "failed", verdict.told, self._give_back(claimed, verdict))
        except OSError as error:
            closed = ConfigurationError(
                f"{claimed.name} cannot be read: {error.strerror}.", hint="Is it protected, or open in another program?"
            )
            verdict = unusable(claimed.name, closed, path=Path(claimed.name))
            return Attended(claimed.name, "failed", verdict.told, self._give_back(claimed, verdict))
        self.folder.files.release()  # what follows may take long, and servers do not wait
        try:
            verdict = self._verdict(pipeline, entry, file, earlier)
        except BaseException:
            if self._around.is_cancelled():  # whoever carries this out has ended it with a signal
                stopped = CalledOff("Stopped, as was asked.", hint="The file is taken again.")
                self._give_back(claimed, called_off(claimed.name, stopped))
            raise
        if verdict.where:
            self._judged[claimed] = entry, verdict
        return self._given_back(ledger, claimed, entry, verdict)

    def _fetched(self, claimed: Claimed) -> Path:
        """Whatever keeps one file from coming keeps the others waiting no longer than for its turn."""
        try:
            return self.folder.files.fetched(claimed)
        except CouldNotBeDone:
            self._put_off(claimed)
            raise

    def _given_back(self, ledger: Ledger, claimed: Claimed, entry: InboxFile, verdict: FileVerdict) -> Attended:
        try:
            if verdict.where and not self.folder.files.is_as_fetched(claimed):
                verdict = waiting(
                    InUse(f"{claimed.name} was still being written.", hint="It is read once more, to its end.")
                )
                del self._judged[claimed]
            if not verdict.where:
                ledger.finish_file(entry, "processing", _now(), reason="waits")
                return self._kept_waiting(claimed, verdict)
            at = self._give_back(claimed, verdict)
        except CouldNotBeDone:
            self._put_off(claimed)  # the place may be away for a while, and what was judged stays so
            raise
        self._judged.pop(claimed, None)
        ledger.finish_file(entry, _STATES[verdict.where], _now(), reason=verdict.told)
        return Attended(claimed.name, verdict.where, verdict.told, at)

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
            kept = fault_kept(home_folder(pipeline.folder), fault)
            return faulty(file.name, f"{type(fault).__name__}; see {kept}.")

    def _give_back(self, file: Claimed, verdict: FileVerdict) -> Path | StorageUrl:
        at = self.folder.give_back(file, verdict.where, results=verdict.results, text=verdict.text)
        self._waits.pop(file, None)
        return at

    def _kept_waiting(self, file: Claimed, verdict: FileVerdict) -> Attended:
        if verdict.text:
            self.folder.tell_waiting(file, verdict.text)
        self._put_off(file)
        return Attended(file.name, "", verdict.told, self.folder.files.at(file.path), verdict.waits_for)

    def _put_off(self, file: Claimed) -> None:
        wait = min(self._waits.get(file, (0.0, FIRST_WAIT / 2))[1] * 2, LONGEST_WAIT)
        self._waits[file] = time.monotonic() + wait, wait


def _hooks(around: Surroundings) -> RunHooks:
    return RunHooks(around.step, around.reported, around.progress, around.is_cancelled)


def settled_rounds(attendant: Attendant) -> Iterator[Attended]:
    """Two rounds, the second after a moment: it finds complete what the first saw for the first time."""
    begun: set[Claimed] = set()
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
    return drop_folder(pipeline, pipeline.inbox)


def _enter(ledger: Ledger, pipeline: str, claimed: Claimed, file: Path) -> tuple[InboxFile, EarlierDrop | None]:
    """Write the file down as being worked on; what is known of the same content, if it was dropped before."""
    with file.open("rb") as opened:
        content = hashlib.file_digest(opened, "sha256").hexdigest()
    claim = claimed.claim if re.match(r"\d{8}T", claimed.claim) else new_run_id(_now())
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
