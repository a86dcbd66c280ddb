"""`ledger check|backup|restore|move URL`: the health of what is remembered, copies, and its way to another database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.ledger import Ledger
from flows import wiring
from flows.commands.terminal.failure import ending
from flows.reports.harmless import put
from flows.runs.folder import check_home, home_folder, private_folder
from flows.runs.places import LEDGER_FILE
from flows.runs.upkeep import back_up, backups, runs_at_work
from flows.settings import Pipeline, load_pipeline
from flows.settings.project import project_here, url_in

KEPT = 7


def ledger(action: str, target: str | None, pipeline: str | None) -> None:
    """One of the four, on the ledger of a pipeline, or the one in the project's home folder."""
    with ending("ledger"):
        settings = load_pipeline(pipeline) if pipeline else None
        home = home_folder(settings.folder if settings else None)
        check_home(home)
        if action == "restore":
            _restore(settings, home, target)
            return
        with _opened(settings, home) as opened:
            if action == "check":
                _check(opened, home)
            elif action == "backup":
                _back_up(settings, opened, home)
            else:
                _move(opened, home, target)


def _opened(settings: Pipeline | None, home: Path) -> Ledger:
    if settings is not None:
        return wiring.open_ledger(settings, home)
    if not (home / LEDGER_FILE).is_file():
        raise ConfigurationError(f"There is no ledger in {home}.", hint="Name a pipeline with --pipeline.")
    return Ledger.open(None, home)


def _check(opened: Ledger, home: Path) -> None:
    opened.check_soundness()
    put(f"Ledger {opened.place} is sound. Its id is {opened.ledger_id()}.")
    _print_counts(opened.table_counts())
    kept = backups(home)
    put(f"Copies: {len(kept)}" + (f", the newest {kept[-1]}." if kept else "."))


def _print_counts(counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        put(f"  {name:<14} {count:,}")


def _back_up(settings: Pipeline | None, opened: Ledger, home: Path) -> None:
    if not opened.is_file:
        raise ConfigurationError(
            f"The ledger {opened.place} is on a server.", hint="Its own means make copies, such as pg_dump."
        )
    opened.check_soundness()
    keep = settings.ledger_backups if settings is not None else KEPT
    put(f"Copied to {back_up(opened, home, at=datetime.now(UTC), keep=max(keep, 1))}.")


def _restore(settings: Pipeline | None, home: Path, target: str | None) -> None:
    """The copy is put in the place of the ledger, which is moved aside and kept."""
    if settings is not None and settings.ledger is not None:
        raise ConfigurationError(
            "A ledger that the pipeline names by URL is not restored from a file.",
            hint="Restore its database by its own means.",
        )
    kept = backups(home)
    if target is None and not kept:
        raise ConfigurationError(f"There are no copies in {home / 'backups'}.", hint="Name a file.")
    copy, ledger_file = Path(target) if target else kept[-1], home / LEDGER_FILE
    _check_copy(copy)
    if runs_at_work(home):
        raise CouldNotBeDone(f"A run is at work in {home}.", hint="Wait until it is done, and stop what starts others.")
    aside = home / f"ledger-before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    new = private_folder(home) / f"{LEDGER_FILE}.part"
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with _read_only(copy) as source, closing(sqlite3.connect(new)) as destination:
        source.backup(destination)
    for ending_ in ("", "-wal", "-shm"):
        old = ledger_file.with_name(ledger_file.name + ending_)
        if old.exists():
            old.rename(aside.with_name(aside.name + ending_))
    new.replace(ledger_file)
    put(f"{copy} is the ledger now" + (f"; the one before is {aside}." if aside.exists() else "."))
    put("Runs since that copy was made are not in it: a `call` says so, and sends nothing unless told to.")


def _read_only(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True))


def _check_copy(copy: Path) -> None:
    try:
        with _read_only(copy) as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
            tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger_version'").fetchone()
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"{copy} cannot be read as a ledger: {error}.", hint="Name another copy.") from None
    if not sound or not tables:
        raise ConfigurationError(f"{copy} is {'no ledger' if sound else 'damaged'}.", hint="Name another copy.")


def _move(opened: Ledger, home: Path, target: str | None) -> None:
    if target is None:
        raise ConfigurationError(
            "`ledger move` needs the URL of the database to move to.",
            hint="Write ledger move postgresql://user:password@host/database.",
        )
    with Ledger.open(url_in(project_here(), target), home) as other:
        if other.place == opened.place:
            raise ConfigurationError(f"{opened.place} is this ledger itself.", hint="Name another database.")
        _print_counts(opened.move_to(other, at=datetime.now(UTC)))
        put(f"Moved to {other.place}; the counts of both are the same.")
    put("Name it in each pipeline of the project (`ledger: URL`). The old one is kept, and no calls go by it any more.")
