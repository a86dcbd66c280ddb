"""The ledger looked after by each run: a copy once a day, and a check after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.runs.folder import private_folder, unusable
from flows.runs.lease import is_dead, is_held, this_process

if TYPE_CHECKING:
    from connectors.ledger import Ledger

_COPY = "ledger-{at:%Y%m%dT%H%M%SZ}.db"
_AT_WORK = "at-work"


def backups(home: Path) -> list[Path]:
    """The copies in the home folder, the newest last."""
    return sorted((home / "backups").glob("ledger-*.db"))


def back_up(ledger: Ledger, home: Path, *, at: datetime, keep: int) -> Path:
    """A copy now; of all copies the newest `keep` stay."""
    file = private_folder(home / "backups") / _COPY.format(at=at)
    ledger.copy_to(file)
    for old in backups(home)[:-keep]:
        old.unlink(missing_ok=True)
    return file


def back_up_daily(ledger: Ledger, home: Path, *, at: datetime, keep: int) -> None:
    """A copy of an SQLite ledger unless there is one of this day (UTC); 0 = none are kept."""
    today = (file for file in backups(home) if file.name.startswith(f"ledger-{at:%Y%m%d}T"))
    if keep and ledger.is_file and next(today, None) is None:
        back_up(ledger, home, at=at, keep=keep)


def runs_at_work(home: Path) -> bool:
    """Whether a living process is at work with this home folder."""
    return any(not _is_of_the_dead(file) for file in (home / _AT_WORK).glob("*"))


def is_at_work(ledger: Ledger, home: Path, run_id: str) -> bool:
    """Whether a living process is at work on this run: of this machine, with this home, or one that holds a lease."""
    mine = (home / _AT_WORK).glob(f"*~{run_id}")
    here = any(not _is_of_the_dead(file) for file in mine)
    return here or any(is_held(ledger, lease.name, run_id=run_id) for lease in ledger.leases_of(run_id))


def _is_of_the_dead(file: Path) -> bool:
    return is_dead(file.name.partition("~")[0].replace(",", "/"))


@contextmanager
def at_work(ledger: Ledger, home: Path, run_id: str) -> Iterator[None]:
    """While a run works its process is named in the home folder. Names of dead ones say that a run was cut off, by a
    power cut perhaps: then the ledger is looked through first. Raises CouldNotBeDone where it is damaged."""
    folder = private_folder(private_folder(home) / _AT_WORK)
    dead = [file for file in folder.iterdir() if _is_of_the_dead(file)]
    if dead:
        ledger.check_soundness(thorough=False)
        for file in dead:
            file.unlink(missing_ok=True)
    mine = folder / f"{this_process().replace('/', ',')}~{run_id}"
    try:
        mine.touch(mode=0o600)
    except OSError as error:
        raise unusable(mine, error) from None
    try:
        yield
    finally:
        mine.unlink(missing_ok=True)
