"""What befalls a ledger between two runs: nobody is rung twice for it, and once it is back everything goes on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connectors.ledger.migrations import VERSION_TABLE
from tests.torture.journeys import JOURNEYS, Journey, Verdict, judge, settle
from tests.torture.world import Hook, World

Accident = Callable[[Path, Random], None]


def _deleted(ledger: Path, _chance: Random) -> None:
    ledger.unlink()


def _emptied(ledger: Path, _chance: Random) -> None:
    ledger.write_bytes(b"")


def _cut(ledger: Path, chance: Random) -> None:
    content = ledger.read_bytes()
    ledger.write_bytes(content[: chance.randrange(1, len(content))])


def _corrupt(ledger: Path, chance: Random) -> None:
    content = bytearray(ledger.read_bytes())
    for _ in range(400):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    ledger.write_bytes(content)


def _no_database(ledger: Path, _chance: Random) -> None:
    ledger.write_bytes(b"no database at all\n" * 500)


def _newer(ledger: Path, _chance: Random) -> None:
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")


def _a_folder(ledger: Path, _chance: Random) -> None:
    ledger.unlink()
    ledger.mkdir()


def _read_only(ledger: Path, _chance: Random) -> None:
    ledger.chmod(0o400)  # which keeps nobody out who is root; the hook below does


ACCIDENTS: Mapping[str, Accident] = {
    "deleted": _deleted,
    "emptied": _emptied,
    "cut": _cut,
    "corrupt": _corrupt,
    "no database": _no_database,
    "newer": _newer,
    "a folder": _a_folder,
    "read-only": _read_only,
    "disk full": lambda _ledger, _chance: None,
}


def _each_connection(statement: str) -> Hook:
    def connected(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(statement)

    return lambda: sa.event.listen(Engine, "connect", connected)


HOOKS: Mapping[str, Hook] = {
    "read-only": _each_connection("PRAGMA query_only = ON"),
    "disk full": _each_connection("PRAGMA max_page_count = 1"),  # as many as there are, and none more
}


def all_accidents() -> Iterator[tuple[str, Journey]]:
    yield from (
        (name, journey) for name in ACCIDENTS for journey in JOURNEYS if journey.name in ("call", "create", "undo")
    )


def befall(world: World, name: str, journey: Journey, chance: Random) -> Verdict:
    """The command is done once, its ledger meets the accident, it is typed again; then the ledger comes back."""
    words = journey.prepare(world)
    world.run(*words)
    ledger, safe = world.home / ".verboice-sync" / "ledger.db", world.home / "safe.db"
    for beside in ledger.parent.glob("ledger.db-*"):  # all of it is in the file by now
        beside.unlink()
    shutil.copy(ledger, safe)
    ACCIDENTS[name](ledger, chance)
    world.run(*words, hook=HOOKS.get(name))
    world.run("runs", hook=HOOKS.get(name))
    doubled = judge(world, journey).doubled
    shutil.rmtree(ledger) if ledger.is_dir() else ledger.unlink(missing_ok=True)
    for beside in ledger.parent.glob("ledger.db-*"):
        beside.unlink()
    shutil.copy(safe, ledger)
    settle(world, journey, words)
    found = judge(world, journey)
    return Verdict(found.lost, (*doubled, *found.doubled))
