"""The places in which people are remembered: ledgers with their copies, inboxes and results tables of the pipelines
that a home folder and its project know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import VerboiceSyncError
from connectors.ledger import Ledger
from flows import wiring
from flows.runs.folder import RunFolder, pipeline_files
from flows.runs.lease import holding
from flows.runs.places import LEDGER_FILE
from flows.runs.upkeep import backups
from flows.settings import Pipeline, load_pipeline
from flows.settings.loading import all_pipelines

SET_ASIDE = "ledger-before-restore-*.db"


@dataclass(frozen=True, slots=True)
class Places:
    """pipelines: those whose files can be read, by file. ledgers: all that they and the home folder have, open.
    unread: what could not be looked into, a sentence each."""

    home: Path
    pipelines: tuple[Pipeline, ...]
    ledgers: tuple[Ledger, ...]
    unread: tuple[str, ...]

    @property
    def regions(self) -> frozenset[str | None]:
        """The countries of the pipelines' numbers."""
        return frozenset(pipeline.source.region for pipeline in self.pipelines)

    @property
    def folders(self) -> list[RunFolder]:
        """All run folders."""
        return [RunFolder(path) for path in sorted((self.home / "runs").glob("*")) if path.is_dir()]

    @property
    def copies(self) -> list[Path]:
        """Copies of the ledger in the home folder, and ledgers that a restored one took the place of."""
        return [*backups(self.home), *sorted(self.home.glob(SET_ASIDE))]

    def address_column(self, folder: RunFolder) -> str | None:
        """The column that a run's addresses stood in, as its pipeline says now."""
        try:
            file = Path(folder.kept_origin()).resolve()
        except (OSError, ValueError, KeyError):
            return None
        return next((one.source.address for one in self.pipelines if one.file and one.file.resolve() == file), None)


@contextmanager
def places(home: Path) -> Iterator[Places]:
    """The places that a home folder and the project here know, with their ledgers opened."""
    pipelines, unread = _pipelines(home)
    with ExitStack() as opened:
        ledgers: dict[str, Ledger] = {}
        if (home / LEDGER_FILE).is_file():
            own = opened.enter_context(Ledger.open(None, home))
            ledgers[own.place] = own
        for pipeline in pipelines:
            if pipeline.ledger is not None:
                ledger = opened.enter_context(wiring.open_ledger(pipeline, home))
                ledgers.setdefault(ledger.place, ledger)
        yield Places(home, tuple(pipelines), tuple(ledgers.values()), tuple(unread))


def _pipelines(home: Path) -> tuple[list[Pipeline], list[str]]:
    pipelines: dict[Path, Pipeline] = {}
    unread = []
    for name in [*pipeline_files(home), *all_pipelines()]:
        try:
            pipeline = load_pipeline(name)
        except VerboiceSyncError as error:
            unread.append(
                f"The pipeline {name} cannot be read, so its inbox, results table and ledger were not looked "
                f"into: {error.message}"
            )
        else:
            pipelines.setdefault((pipeline.file or Path(name)).resolve(), pipeline)
    return list(pipelines.values()), unread


@contextmanager
def nobody_at_work(found: Places, run_id: str) -> Iterator[None]:
    """While no pipeline of these ledgers sends anything. Raises AtWork."""
    with ExitStack() as held:
        for ledger in found.ledgers:
            for pipeline in sorted({*ledger.pipelines(), *(one.name for one in found.pipelines)}):
                for right in ("push", "call"):
                    told = f"Nothing was removed, because a run of the pipeline “{pipeline}” is at work"
                    held.enter_context(holding(ledger, f"{right}:{pipeline}", run_id=run_id, told=told))
        yield
