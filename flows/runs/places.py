"""Where a pipeline keeps what it remembers, in words, and other ledgers that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.ledger.database import place_of
from flows.runs.folder import DEFAULT_HOME, HOME_VARIABLE
from flows.settings import Pipeline
from flows.settings.project import shown

LEDGER_FILE = "ledger.db"


def ledger_place(pipeline: Pipeline, home: Path) -> str:
    """Where the pipeline's ledger is, for people; nothing is opened or made."""
    return place_of(pipeline.ledger.get_secret_value() if pipeline.ledger else None, home)


def kept_where(pipeline: Pipeline, home: Path) -> Iterator[str]:
    """Lines for people: the home folder, the ledger, and other ledgers nearby."""
    yield f"Home: {home}."
    yield f"Ledger: {ledger_place(pipeline, home)}."
    yield from map(told_of, other_ledgers(pipeline, home))


def is_there(pipeline: Pipeline, home: Path) -> bool:
    """Whether there is a ledger yet; on a server there always is one that can be asked."""
    place = Path(ledger_place(pipeline, home))
    return (pipeline.ledger is not None and not place.is_absolute()) or place.is_file()


def other_ledgers(pipeline: Pipeline, home: Path) -> Iterator[Path]:
    """SQLite ledgers that this pipeline does not use and an earlier run of it may have used: in the home folder, in the
    project's own one and in the current folder's, which versions before 0.2 took."""
    used = Path(ledger_place(pipeline, home)).resolve()
    near = (folder / LEDGER_FILE for folder in (home, pipeline.folder / DEFAULT_HOME, Path.cwd() / DEFAULT_HOME))
    seen = {used}
    for file in near:
        whole = file.resolve()
        if whole not in seen and file.is_file() and file.stat().st_size:
            seen.add(whole)
            yield whole


def told_of(ledger: Path) -> str:
    """That a ledger lies somewhere and is not used."""
    use = f"{HOME_VARIABLE}={shown(ledger.parent)}"
    return f"A ledger lies in {ledger.parent} that is not used here; use it with {use}."
