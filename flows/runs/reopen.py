"""Finding an earlier run by its id, with the settings of the pipeline it belonged to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import ConfigurationError
from connectors.ledger.values import RunRecord
from flows import wiring
from flows.runs.execution import Silence
from flows.runs.folder import RunFolder, check_home, home_folder
from flows.runs.run import Options, Progress, Run, Step, direct
from flows.runs.upkeep import at_work
from flows.runs.waiting import tell_pauses
from flows.settings import Pipeline, load_pipeline

_MOST_TOLD = 10  # runs that an id may mean
_LISTED = "`verboice-sync runs` lists them; of those older than the pipeline's `retention` no details are left."
_GIVEN = {"apply": "plan_file", "undo": "undone"}


@dataclass(frozen=True, slots=True)
class Reopened:
    """An earlier run as a value, and the ledger's record of it."""

    run: Run
    record: RunRecord


@contextmanager
def reopened(
    wanted: str, progress: Progress | None = None, *, step: Step = direct, home: Path | None = None
) -> Iterator[Reopened]:
    """The run whose id is, begins or ends with `wanted`, with its pipeline, folder and ledger; `home` is the home
    folder it lies in, where that is not the current project's.

    Raises ConfigurationError if there is none, or if its pipeline now names another server.
    """
    home = home or home_folder()
    folder = find_folder(home, wanted)
    pipeline = pipeline_of(folder)
    with (
        wiring.open_ledger(pipeline, home) as ledger,
        at_work(ledger, home, folder.path.name),
        wiring.open_client(pipeline) as client,
    ):
        record = ledger.run(folder.path.name)
        if record is None:
            raise ConfigurationError(
                f"The ledger knows no run {folder.path.name}.", hint="`verboice-sync runs` lists them."
            )
        if record.server != pipeline.verboice.url:
            told = f"Run {record.run_id} was made for {record.server}, but the pipeline now names "
            raise ConfigurationError(f"{told}{pipeline.verboice.url}.", hint="Set verboice.url back to it first.")
        run = Run(
            run_id=record.run_id,
            kind=record.kind,
            pipeline=pipeline,
            folder=folder,
            ledger=ledger,
            source=wiring.open_source(pipeline),
            client=client,
            progress=progress or Silence(),
            started_at=record.started_at,
            options=options_of(record),
            step=step,
            is_resumed=True,
            requests_before=record.requests,
        )
        tell_pauses(run)
        yield Reopened(run, record)


def find_folder(home: Path, wanted: str) -> RunFolder:
    """The folder of the run whose id is `wanted`, or the only one whose id begins or ends with it."""
    runs = home / "runs"
    names = sorted(path.name for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else []
    near = [name for name in names if name == wanted] or [
        name for name in names if wanted and (name.startswith(wanted) or name.endswith(wanted))
    ]
    if len(near) == 1:
        return RunFolder(runs / near[0])
    if near:
        raise several(wanted, [_kept_facts(RunFolder(runs / name)) for name in reversed(near)])
    check_home(home)
    raise ConfigurationError(f"There is no run “{wanted}” in {home}.", hint=_LISTED)


def several(wanted: str, runs: Sequence[tuple[str, str, str]]) -> ConfigurationError:
    """What is told where an id means several runs: id, kind and pipeline of each, the newest first."""
    lines = [f"  {run_id}  {_day(run_id)}  {kind} of {pipeline}" for run_id, kind, pipeline in runs[:_MOST_TOLD]]
    more = f"\n  … and {len(runs) - _MOST_TOLD:,} more" if len(runs) > _MOST_TOLD else ""
    whole = "Type the whole id of the one you mean, or more of its end."
    return ConfigurationError("\n".join([f"Several runs match “{wanted}”:", *lines]) + more, hint=whole)


def _day(run_id: str) -> str:
    """When the run began, as its id tells."""
    try:
        return f"{datetime.strptime(run_id.partition('-')[0], '%Y%m%dT%H%M%SZ'):%Y-%m-%d %H:%M} UTC"  # noqa: DTZ007 - named
    except ValueError:
        return "date unknown"


def _kept_facts(folder: RunFolder) -> tuple[str, str, str]:
    """Id, kind and pipeline of a run as its folder tells; one that was cut off has told no kind."""
    with suppress(OSError, orjson.JSONDecodeError, KeyError):
        summary = orjson.loads(folder.summary.read_bytes())
        return folder.path.name, summary["kind"], summary["pipeline"]
    with suppress(OSError, orjson.JSONDecodeError, KeyError):
        file = Path(folder.kept_origin())
        return folder.path.name, "unfinished run", file.stem
    return folder.path.name, "run", "an unknown pipeline"


def pipeline_of(folder: RunFolder) -> Pipeline:
    """The pipeline a run belonged to, as its file says now."""
    try:
        file = folder.kept_origin()
    except (OSError, orjson.JSONDecodeError, KeyError):
        raise ConfigurationError(
            f"{folder.path.name}: it is not known which pipeline file this run belongs to.",
            hint="Its folder lacks what it kept; start the command again.",
        ) from None
    return load_pipeline(file)


def options_of(record: RunRecord) -> Options:
    """What the user asked for then."""
    names = {field.name for field in fields(Options)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.options.items()
        if name in names
    }
    given = tuple(record.options.get("given", ()))  # what version 0.1 called all three of them
    if record.kind == "set-all" and given:
        kept["values"] = given
    elif record.kind in _GIVEN and given:
        kept[_GIVEN[record.kind]] = given[0]
    return Options(**kept)
