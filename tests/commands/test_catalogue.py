"""Every error that stops a command: what is the matter, where, and what next; a traceback only for --debug."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import connectors
import flows
from connectors.errors import CouldNotBeDone, RefusedByGuard, VerboiceSyncError
from connectors.ledger import Ledger
from connectors.sandbox import Fault
from connectors.verboice.errors import RowFault, VerboiceFault
from flows.runs.calls.past import BATCHES
from tests.worlds import ROOT, Clinic, Said, able_to_call, be_impatient, process, shared

ROW = ("012345678", 39, None)
# Files, and how many of their errors have messages made of problems that each say what to do.
EACH_LINE_HAS_ITS_OWN = {"flows/settings/loading.py": 1, "flows/commands/pull.py": 1}
KINDS_ONLY = {VerboiceSyncError, VerboiceFault}  # nothing is raised that is no more than one of these


@dataclass(frozen=True)
class World:
    """What an example may be made of."""

    cli: Callable[..., Said]
    clinic: Clinic
    sheet: Callable[..., Path]
    pipeline: Callable[..., str]
    home: Path
    patch: pytest.MonkeyPatch

    def sync(self, *words: str, **settings: object):
        return self.cli("sync", self.pipeline(self.sheet(ROW), **settings), *words)

    def faulty(self, fault: Fault, **settings: object):
        be_impatient(self.patch)
        self.clinic.sandbox.faults.add(fault)
        return self.sync(**settings)

    def call(self, *words: str, **settings: object):
        able_to_call(self.clinic)
        calls = {"channel": "chan", "call_flow": "Reminder"}
        return self.cli("call", self.pipeline(self.sheet(ROW), calls=calls, **settings), *words)


def lost_past(world: World):
    world.call()
    (world.home / ".verboice-sync" / "ledger.db").unlink()
    assert (world.home / ".verboice-sync" / BATCHES).exists()
    return world.cli("call", "p")


def at_work(world: World):
    name = world.pipeline(world.sheet(ROW))
    held = _lease_names(world, name)
    now = datetime.now(UTC)
    with Ledger.open(None, world.home / ".verboice-sync") as ledger:
        for lease in held:
            ledger.acquire_lease(lease, run_id="other", holder="somebody", at=now, ttl=timedelta(hours=1))
    return world.cli("sync", name)


def _lease_names(world: World, name: str) -> list[str]:
    """The leases that a sync of the pipeline takes."""
    run = world.cli("sync", name, "--json").json["run_id"]
    with Ledger.open(None, world.home / ".verboice-sync") as ledger:
        return [lease.name for lease in ledger.leases_of(run)]


COMMANDS: dict[str, tuple[Callable[[World], Said], int, str]] = {  # class: example, exit status, where it is
    "ConfigurationError": (lambda world: world.sync(**{"contacts.blank": "kep"}), 2, r"configs/p\.yaml:\d+: contacts"),
    "CouldNotBeDone": (
        lambda world: world.cli("pull", world.pipeline(world.sheet()), "--to", "/dev/full/x.xlsx"), 2, "/dev/full"),
    "RefusedByGuard": (lambda world: world.sync(**{"guard.max_overwrites": 0}), 3, "max_overwrites"),
    "NoSuchColumn": (lambda world: world.sync(**{"source.address": "Fone"}), 2, "has no column .Fone"),
    "LoginRefused": (lambda world: world.sync(**{"verboice.password": "no"}), 2, "verboice.password"),
    "NoSuchProjectOrNotShared": (lambda world: world.sync(**{"verboice.project": 99}), 2, "project 99"),
    "ReadOnlyProject": (lambda world: world.sync(**shared(world.clinic, "read")), 2, "project"),
    "InsecureUrl": (lambda world: world.sync(**{"verboice.url": "http://192.0.2.1"}), 2, "verboice.url|192.0.2.1"),
    "ServerUnreachable": (lambda world: world.sync(**{"verboice.url": "http://127.0.0.1:9"}), 1, r"p\.yaml:\d+: ver"),
    "AsksToWait": (lambda world: world.faulty(Fault("reply", status=429, path="projects.json")), 1, "Verboice"),
    "UnexpectedReply": (lambda world: world.faulty(Fault("html", path="projects.json")), 1, "verboice.url"),
    "ServerBroken": (lambda world: world.faulty(Fault("reply", status=500, path="projects.json")), 1, "Verboice"),
    "LedgerAway": (
        lambda world: world.sync(ledger="postgresql://127.0.0.1:9/nowhere"), 1, "127.0.0.1, database nowhere"),
    "AtWork": (at_work, 1, "somebody"),
    "LostPast": (lost_past, 3, "ledger"),
}  # fmt: skip


@pytest.fixture
def world(cli, clinic, sheet, pipeline, home, monkeypatch) -> World:
    return World(cli, clinic, sheet, pipeline, home, monkeypatch)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_where_and_next_are_told_without_a_traceback(name: str, world: World):
    example, status, where = COMMANDS[name]
    said = example(world)
    assert said.status == status, said.err
    told = said.err + said.out
    assert re.search(r"^(Error|Refused|Could not be done): \S.{15}", said.err, re.MULTILINE) or status == 3
    assert re.search(where, told), told
    assert "Traceback" not in told


def stopping_errors() -> set[type[VerboiceSyncError]]:
    """Every class of error that ends a command."""
    for package in (connectors, flows):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", ".versions")) and "migrations" not in module.name:
                importlib.import_module(module.name)

    def below(kind: type[VerboiceSyncError]) -> Iterator[type[VerboiceSyncError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return {kind for kind in below(VerboiceSyncError) if not issubclass(kind, RowFault)} - KINDS_ONLY


SEEN_ELSEWHERE = {  # where they are provoked; their words are held by the test of the source below
    "UnknownVariable": "tests/verboice/test_responses.py",
    "CannotCancel": "tests/verboice/test_calls.py",
    "LeaseLost": "tests/ledger/test_leases_and_notes.py",
    "CalledOff": "tests/runs/test_stopping.py",
    "Stopped": "tests/runs/test_stopping.py",
    "NotThere": "tests/inbox/test_elsewhere.py",
    "InUse": "tests/inbox/test_elsewhere.py",
    "TooLarge": "tests/inbox/test_elsewhere.py",
}


def test_every_class_of_error_has_an_example():
    names = {kind.__name__ for kind in stopping_errors()}
    assert names == {*COMMANDS, *SEEN_ELSEWHERE}
    for name, file in SEEN_ELSEWHERE.items():
        assert name in (ROOT / file).read_text(encoding="utf-8"), name


def _without_next_step(file: Path) -> list[int]:
    """Lines that make an error which ends a command, and neither give a next step nor leave it to the class."""
    names = {kind.__name__: kind for kind in stopping_errors()}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    made = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [
        call.lineno
        for call in made
        if (kind := names.get(call.func.id)) is not None and not _has_next_step(call, kind)
    ]  # fmt: skip


def _has_next_step(call: ast.Call, kind: type[VerboiceSyncError]) -> bool:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
    says_it_itself = "__init__" in vars(kind) and "hint" not in kind.__init__.__code__.co_varnames
    if given:
        return not (isinstance(given[0], ast.Constant) and not str(given[0].value).strip())
    return says_it_itself or bool(getattr(kind, "usual_hint", ""))


def test_no_error_that_ends_a_command_is_without_a_next_step():
    files = [file for room in ("flows", "connectors") for file in sorted((ROOT / room).rglob("*.py"))]
    found = {file.relative_to(ROOT).as_posix(): lines for file in files if (lines := _without_next_step(file))}
    assert {file: len(lines) for file, lines in found.items()} == EACH_LINE_HAS_ITS_OWN, found


def test_an_error_without_a_next_step_would_be_found(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        'raise CouldNotBeDone("x")\nraise CouldNotBeDone("x", hint="")\nraise CouldNotBeDone("x", hint="y")'
    )
    assert _without_next_step(wrong) == [1, 2]
    assert {CouldNotBeDone, RefusedByGuard} <= stopping_errors()


@pytest.mark.parametrize("words", [("--debug", "runs", "nowhere"), ("runs", "nowhere", "--debug")])
def test_the_traceback_is_shown_to_who_asks(words: tuple[str, ...], home: Path):
    with process(*words, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        _, err = it.communicate()
    assert it.returncode == 2
    assert b"Traceback (most recent call last)" in err
    assert err.rstrip().endswith(b"`verboice-sync runs` lists them.")
