"""Calls that were made and that the ledger does not know: it was lost, or it is another one.

Whoever goes on then rings everybody again. So nothing is sent until the ledger is found again, or somebody says why it
need not be. Traces of calls are looked for in run folders, in other ledgers nearby, in the pipeline's results table,
and in a list that is kept in the project folder for this purpose, wherever the home folder is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import RefusedByGuard, VerboiceSyncError
from connectors.ledger.past import MOVED, batches_in
from flows.calls.batch import Batch
from flows.runs.approval import this_user
from flows.runs.folder import DEFAULT_HOME, HOME_VARIABLE, RunFolder, private_folder
from flows.runs.kinds import CALL
from flows.runs.places import other_ledgers
from flows.runs.run import Run

BATCHES = "batches.jsonl"
_MOST_TOLD = 3


class LostPast(RefusedByGuard):
    """Calls were made that this ledger does not know; no approval of a plan can make up for that."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A run that asked for calls, and where that is written."""

    run_id: str
    place: str


@dataclass(frozen=True, slots=True)
class KnownCalls:
    """What is known of earlier calls for the project. `lost` are traces of those the ledger does not know, `note` is
    what to tell of them, or where nothing is known or something could not be asked."""

    lost: tuple[Trace, ...] = ()
    note: str = ""


def look(run: Run, project_id: int) -> KnownCalls:
    """What is known of earlier calls, and what is not."""
    found, note = list(_traces(run, project_id)), ""
    try:
        found += _in_results(run)
    except VerboiceSyncError as error:
        note = f"The results table could not be asked about earlier calls: {error}"
    unknown = run.ledger.unknown_runs({trace.run_id for trace in found})
    lost = tuple(trace for trace in found if trace.run_id in unknown)
    if not lost and not note and not run.ledger.has_calls(run.pipeline.verboice.url, project_id):
        note = (
            f"Nothing is known of earlier calls for this project: there are none in the ledger {run.ledger.place}. "
            "Whoever was called from elsewhere is called again."
        )
    return KnownCalls(lost, _told(run, lost) if lost else note)


def refusal_of(run: Run, batch: Batch, known: KnownCalls) -> LostPast | None:
    """The refusal of a batch while calls are unknown that were made, unless it was said why that may be."""
    moved = run.ledger.fact(MOVED)
    if moved is not None and not batch.is_empty:
        return LostPast(
            f"This ledger ({run.ledger.place}) was moved: {moved}. Nobody was called.",
            hint="Name that one in the pipeline file (`ledger: URL`).",
        )
    if not known.lost or batch.is_empty or run.options.lost_past:
        return None
    return LostPast(f"{known.note} Nobody was called.", hint=_next_step(run))


def settle(run: Run, batch: Batch, known: KnownCalls) -> None:
    """Before anybody is called: write down that what is lost may be, and, where there is somebody to call, leave a
    trace of this run in the project folder."""
    if known.lost and run.options.lost_past:
        who, reason = run.options.approver or this_user(), run.options.lost_past
        run.ledger.accept_loss({trace.run_id for trace in known.lost}, reason=reason, by=who, at=run.clock())
    if not batch.is_empty:
        _leave_trace(run, batch)


def _leave_trace(run: Run, batch: Batch) -> None:
    line = {
        "run_id": run.run_id,
        "ledger": run.ledger.ledger_id(),
        "place": run.ledger.place,
        "server": batch.server,
        "project": batch.project_id,
        "pipeline": run.pipeline.name,
        "at": f"{run.clock():%Y-%m-%dT%H:%M:%SZ}",
    }
    text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    try:
        _append(private_folder(run.pipeline.folder / DEFAULT_HOME) / BATCHES, text)
    except OSError:  # a project folder that cannot be written to; the home folder can
        _append(run.folder.home / BATCHES, text)


def _append(file: Path, text: bytes) -> None:
    """One write, which no other process's comes into the middle of."""
    opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, text)
        os.fsync(opened)
    finally:
        os.close(opened)


def _traces(run: Run, project_id: int) -> Iterator[Trace]:
    server = run.pipeline.verboice.url
    for home in _homes(run):
        yield from _in_list(run, home / BATCHES, project_id)
        yield from _in_run_folders(run, home, project_id)
    for file in other_ledgers(run.pipeline, run.folder.home):
        for run_id in batches_in(file, server=server, project_id=project_id):
            yield Trace(run_id, f"the ledger {file}, which is not the one in use")


def _homes(run: Run) -> list[Path]:
    homes = (run.folder.home, run.pipeline.folder / DEFAULT_HOME, Path.cwd() / DEFAULT_HOME)
    return list(dict.fromkeys(home.resolve() for home in homes if home.is_dir()))


def _in_list(run: Run, file: Path, project_id: int) -> Iterator[Trace]:
    if not file.exists():
        return
    server = run.pipeline.verboice.url
    for line in file.read_bytes().splitlines():
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # cut off by a full disk: its run asked for nobody
        if (told["server"], told["project"]) == (server, project_id):
            yield Trace(told["run_id"], f"{file} ({_by(run, told['ledger'])}, {told['place']})")


def _in_run_folders(run: Run, home: Path, project_id: int) -> Iterator[Trace]:
    """Runs whose rows are kept had passed their guard, and may have called."""
    names = {path.name for path in (home / "runs").glob("*") if RunFolder(path).has_rows}
    for name in sorted(run.ledger.unknown_runs(names)):
        folder = RunFolder(home / "runs" / name)
        facts = folder.kept_facts()
        head = {**facts, **_head_of(folder)}
        if head.get("kind") != CALL.name or head.get("server") != run.pipeline.verboice.url:
            continue
        if head.get("project", {}).get("id", project_id) == project_id:  # without its plan it may have been any
            whose = f" ({_by(run, facts['ledger'])})" if "ledger" in facts else ""
            yield Trace(name, f"{home / 'runs'}{whose}")


def _head_of(folder: RunFolder) -> dict[str, Any]:
    try:
        return dict(orjson.loads(folder.plan.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return {}


def _by(run: Run, ledger_id: str) -> str:
    """By which ledger a run was made, seen from the one in use."""
    is_this = ledger_id == run.ledger.ledger_id()
    return "by this ledger, of which an older copy is in use" if is_this else f"by another ledger, {ledger_id[:8]}"


def _in_results(run: Run) -> Iterable[Trace]:
    results = run.pipeline.results
    if results is None or results.database is None:
        return []
    from connectors.sinks.results import batches_recorded

    found = batches_recorded(results.database, results.table, run.pipeline.name)
    return [Trace(run_id, f"the results table {results.table}") for run_id in found]


def _told(run: Run, lost: tuple[Trace, ...]) -> str:
    by_place: dict[str, list[str]] = {}
    for trace in lost:
        by_place.setdefault(trace.place, []).append(trace.run_id)
    places = "; ".join(f"{_listed(run_ids)} in {place}" for place, run_ids in by_place.items())
    return f"Calls were made for this project that the ledger {run.ledger.place} does not know: {places}."


def _listed(run_ids: list[str]) -> str:
    ids = sorted(set(run_ids))
    more = f" and {len(ids) - _MOST_TOLD:,} more" if len(ids) > _MOST_TOLD else ""
    return f"run {', '.join(ids[-_MOST_TOLD:])}{more}"


def _next_step(run: Run) -> str:
    others = list(other_ledgers(run.pipeline, run.folder.home))
    use = f"with {HOME_VARIABLE}={others[0].parent}" if others else f"with {HOME_VARIABLE} or `ledger:`"
    return (
        f"Everybody of those runs would be called again. Point to the ledger that knows them ({use}), or bring it back "
        "(`verboice-sync ledger restore`). If it is meant: --lost-past REASON."
    )
