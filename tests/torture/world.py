"""One trial's world: a clinic on a socket, a home folder, and commands in children that can be killed at any point."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from pathlib import Path

import pytest

import connectors
import flows
from connectors.ledger import Ledger
from connectors.verboice import deadline, session
from tests.worlds import Clinic, able_to_call, be_impatient, serving_clinic, write_pipeline

KILLED = 137
MOST_TAKEN_IN = 1024**2  # bytes of an endless answer
LONGEST = 60.0  # seconds a command may take before it counts as hung
PEOPLE = [f"8551280000{n}" for n in range(5)]
NEWCOMERS = [f"8551290000{n}" for n in range(3)]
SETTINGS = {
    "source.kind": "csv",
    "source.path": "p.csv",
    "source.region": None,
    "contacts.variables": {"age": "Age"},
    "contacts.missing": "create",
    "contacts.bulk": "never",
    "verboice.timeout": 0.4,
    "calls": {"channel": "chan", "call_flow": "Reminder", "vars": {"age": "Age"}},
    "guard": {"max_overwrites": "100%", "max_not_found": "100%", "max_rejected": "100%"},
}
Hook = Callable[[], None]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def run(self) -> str:
        """The run it was, "" where it tells none."""
        with suppress(ValueError, KeyError):
            return str(json.loads(self.out)["run_id"])
        return ""

    @property
    def is_abort(self) -> bool:
        """Whether it ended otherwise than the contract has it (a kill of ours is none)."""
        told = self.out + self.err
        return self.status not in (0, 1, 2, 3, 4, KILLED) or "Traceback" in told or "fault of verboice-sync" in told


@dataclass
class World:
    """A clinic of PEOPLE of age 1, and a pipeline whose spreadsheet is `write_sheet`'s."""

    clinic: Clinic
    home: Path
    aborts: list[str] = field(default_factory=list)

    def write_sheet(self, ages: dict[str, int]) -> None:
        lines = "".join(f"{address},{age}\n" for address, age in ages.items())
        (self.home / "p.csv").write_text(f"Phone,Age\n{lines}", encoding="utf-8")

    def ages(self) -> dict[str, str | None]:
        return {c["addresses"][0]: c["vars"].get("age") for c in self.clinic.sandbox.contacts(self.clinic.project)}

    def run(self, *words: str, hook: Hook | None = None) -> Ended:
        """A command in a forked child, in which `hook` is called before it begins."""
        ended = forked(lambda: _command(words, hook), self.home)
        if ended.is_abort:
            self.aborts.append(f"{' '.join(words)}: status {ended.status}: {ended.err[-600:]}")
        return ended

    def last_run(self) -> str:
        """The newest run of the ledger, "" where there is none."""
        with Ledger.open(None, self.home / ".verboice-sync") as ledger:
            runs = ledger.runs()
        return runs[0].run_id if runs else ""


def forked(work: Callable[[], None], home: Path, *, longest: float = LONGEST) -> Ended:
    """Something in a forked child, whose current folder is `home`, and which may be killed there."""
    told = home / "told"
    child = os.fork()
    if child == 0:
        _become(work, home, told)
    until = time.monotonic() + longest
    while (found := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    status = os.waitstatus_to_exitcode(found[1])
    out, err = (told.with_suffix(end).read_text(encoding="utf-8", errors="replace") for end in (".out", ".err"))
    return Ended(status, out, err)


def _become(work: Callable[[], None], home: Path, told: Path) -> None:
    """This process does nothing else from here on."""
    status = 99
    try:
        for number, end in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(told.with_suffix(end), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        os.chdir(home)
        forkserver._forkserver.__init__()  # type: ignore[attr-defined,misc]  # that of the parent is no child of this
        os.environ["VERBOICE_SYNC_HOME"] = str(home / ".verboice-sync")
        work()
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    except BaseException:  # noqa: BLE001 - told as what it is: an abort
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _command(words: tuple[str, ...], hook: Hook | None) -> None:
    be_impatient(pytest.MonkeyPatch())
    session.MOST_SMALL = deadline.MOST_LISTED = deadline._LISTED_MORE = MOST_TAKEN_IN
    if hook is not None:
        hook()
    from flows.cli import app

    app(list(words), prog_name="verboice-sync")


def _is_flow(name: str, *, is_room: bool) -> bool:
    """Whether a module is one of Prefect's, which a command imports only where it is asked for."""
    return name.startswith("flows.") and name.count(".") == 1 and not is_room and name != "flows.cli"


def preload() -> None:
    """Import once what each child would import: it is most of what a small command costs."""
    for room in (flows, connectors):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not re.search(r"sandbox|orchestration|migrations|__main__", module.name) and not _is_flow(
                module.name, is_room=module.ispkg
            ):
                with suppress(ImportError):
                    importlib.import_module(module.name)


def warm_up(made: World) -> None:
    """One command in this process: what is compiled once for all then need not be in each child."""
    made.write_sheet(dict.fromkeys(PEOPLE, 2))
    before = sys.stdout, sys.stderr
    with pytest.MonkeyPatch.context() as patch, (made.home / "warm").open("w", encoding="utf-8") as nowhere:
        patch.setenv("VERBOICE_SYNC_HOME", str(made.home / ".verboice-sync"))
        patch.chdir(made.home)
        sys.stdout = sys.stderr = nowhere
        try:
            from flows.cli import app

            app(["sync", "p"], prog_name="verboice-sync")
        except SystemExit:
            pass
        finally:
            sys.stdout, sys.stderr = before


@contextmanager
def world(folder: Path, empty_ledger: Path) -> Iterator[World]:
    """A world in a new folder, with a ledger in which nothing is."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".verboice-sync").mkdir(parents=True, mode=0o700)
    shutil.copy(empty_ledger, folder / ".verboice-sync" / "ledger.db")
    with serving_clinic() as clinic:
        able_to_call(clinic)
        for contact in (1, 2, 3):
            clinic.sandbox.remove_contact(contact)
        clinic.sandbox.add_contacts(clinic.project, [([address], {"age": "1"}) for address in PEOPLE])
        write_pipeline(folder, clinic.server.url, "p.csv", **SETTINGS)
        yield World(clinic, folder)
