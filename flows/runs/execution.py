"""Around every run: its id, folder, ledger and record, opened before the first step and closed whatever happens."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from connectors.errors import CouldNotBeDone, StoppedRun, VerboiceSyncError
from connectors.ledger.outage import LedgerAway
from connectors.ledger.values import RunRecord, RunStatus
from flows import wiring
from flows.reports.notices import notify_failure, notify_state
from flows.reports.results import keep_results
from flows.reports.summary import CHANGING, Summary, write_summary
from flows.runs.clock import now
from flows.runs.folder import RunFolder, home_folder, new_run_id
from flows.runs.kinds import run_kind
from flows.runs.lease import AtWork
from flows.runs.retention import remove_daily
from flows.runs.run import AnyPlan, Ended, Options, Progress, Run, Step, direct, never
from flows.runs.signals import ended_at_once
from flows.runs.stopping import asking_first
from flows.runs.upkeep import at_work, back_up_daily
from flows.runs.waiting import tell_pauses
from flows.settings import Pipeline, load_pipeline

if TYPE_CHECKING:
    from connectors.ledger import Ledger


class Silence:
    """Progress that nobody watches."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...
    def pause(self, why: str, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Started:
    """What is needed to start a run. `pipeline` as the user typed it; `source` in the place of the configured file;
    `step` and `is_cancelled` as in `Run`; `meant_at` when it was to be, where a schedule says so.

    Raises ConfigurationError for a kind without a row in `flows.runs.kinds`.
    """

    kind: str
    pipeline: str
    options: Options = field(default_factory=Options)
    run_id: str | None = None
    progress: Progress = field(default_factory=Silence)
    source: Path | None = None
    step: Step = direct
    meant_at: datetime | None = None
    is_cancelled: Callable[[], bool] = never

    def __post_init__(self) -> None:
        run_kind(self.kind)


P = TypeVar("P", bound=AnyPlan)
E = TypeVar("E", bound=VerboiceSyncError)


def execute(started: Started, work: Callable[[Run], Ended[P]]) -> Ended[P]:
    """Do the work of a run and record how it ended. Raises what stops a run before it has a report."""
    pipeline = load_pipeline(started.pipeline)
    begun = now()
    home = home_folder(pipeline.folder)
    record = _record(started, pipeline, begun)
    with wiring.open_ledger(pipeline, home) as ledger, at_work(ledger, home, record.run_id):
        remove_daily(pipeline, ledger, home, at=begun)
        back_up_daily(ledger, home, at=begun, keep=pipeline.ledger_backups)
        folder, source = RunFolder.of(home, record.run_id), wiring.open_source(pipeline, path=started.source)
        folder.keep_origin(pipeline.file, ledger=ledger.ledger_id(), kind=record.kind, server=pipeline.verboice.url)
        ledger.start_run(record)
        failing = _failure_recorded(ledger, pipeline, record.run_id, started.kind, dropped=started.options.dropped)
        with _gone_if_never_begun(ledger, folder), failing as carried, wiring.open_client(pipeline) as client:
            run = Run(
                run_id=record.run_id,
                kind=started.kind,
                pipeline=pipeline,
                folder=folder,
                ledger=ledger,
                source=source,
                client=client,
                progress=started.progress,
                started_at=begun,
                options=started.options,
                step=started.step,
                meant_at=started.meant_at,
                is_cancelled=started.is_cancelled,
            )
            carried.append(run)
            tell_pauses(run)
            ended = work(asking_first(run))
        return _ended(run, ended)


def carried_out(run: Run, work: Callable[[Run], Ended[P]]) -> Ended[P]:
    """Do the work of a run that goes on, and record how it ended."""
    with _failure_recorded(run.ledger, run.pipeline, run.run_id, run.kind, dropped=run.options.dropped) as carried:
        carried.append(run)
        ended = work(run)
    return _ended(run, ended)


@contextmanager
def _gone_if_never_begun(ledger: Ledger, folder: RunFolder) -> Iterator[None]:
    """A run that found another one at work has done nothing; to list it as failed would only hide those that have."""
    try:
        yield
    except AtWork:
        ledger.drop_run(folder.path.name)
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


@contextmanager
def _failure_recorded(
    ledger: Ledger, pipeline: Pipeline, run_id: str, kind: str, *, dropped: bool
) -> Iterator[list[Run]]:
    """Record and announce what stops a run before it has a report. It is given the run as soon as there is one."""
    carried: list[Run] = []
    try:
        yield carried
    except KeyboardInterrupt:
        _record_failure(ledger, run_id, "KeyboardInterrupt")
        if not run_kind(kind).sends:
            raise
        raise _of(run_id, carried, ended_at_once(f"resume {run_id}")) from None
    except BaseException as error:
        text = str(error) if isinstance(error, VerboiceSyncError) else type(error).__name__
        _record_failure(ledger, run_id, text)
        notify_failure(pipeline, ledger, error, kind=kind, dropped=dropped)
        if isinstance(error, LedgerAway):
            raise _of(run_id, carried, _going_on(run_id, kind, error)) from None
        if isinstance(error, VerboiceSyncError):
            _of(run_id, carried, error)
        raise


def _record_failure(ledger: Ledger, run_id: str, text: str) -> None:
    with suppress(LedgerAway):  # what stopped the run is worth more; the next one finds this one cut off
        ledger.finish_run(run_id, "failed", now(), error=text)


def _of(run_id: str, carried: Sequence[Run], error: E) -> E:
    """The error, which knows what it ended."""
    requests = carried[0].requests if carried else {}
    is_resumed = bool(carried) and carried[0].is_resumed
    error.stopped = StoppedRun(run_id, requests, is_resumed or any(requests.get(kind) for kind in CHANGING))
    return error


def _going_on(run_id: str, kind: str, away: LedgerAway) -> LedgerAway:
    """What is told of a ledger that went away from a run."""
    then = f"go on with `verboice-sync resume {run_id}`" if run_kind(kind).sends else "type the command again"
    return LedgerAway(away.message, hint=f"{away.hint} Then {then}.")


def _ended(run: Run, ended: Ended[P]) -> Ended[P]:
    """Record and announce how a run ended."""
    if isinstance(ended.error, LedgerAway):
        ended = replace(ended, error=_going_on(run.run_id, run.kind, ended.error))
    try:
        _record_end(run, ended)
    except LedgerAway as away:
        ended = _unrecorded(run, ended, away)
    ended = _with_results_kept(run, ended)
    notify_state(run.pipeline, run.ledger, ended.report.summary, dropped=run.options.dropped)
    return ended


def _unrecorded(run: Run, ended: Ended[P], away: LedgerAway) -> Ended[P]:
    """How a run ended whose end the ledger does not know. Its counts are true all the same."""
    if ended.error is not None:
        return ended
    told = replace(ended.report, summary={**ended.report.summary, "status": "failed"})
    write_summary(run.folder.summary, told)
    return replace(ended, report=told, error=_going_on(run.run_id, run.kind, away))


def _with_results_kept(run: Run, ended: Ended[P]) -> Ended[P]:
    """How the run ended, with the error that its results table could not be written: its report stands all the same."""
    try:
        keep_results(run.pipeline, ended.report, at=run.clock())
    except CouldNotBeDone as error:
        return replace(ended, error=ended.error or error)
    return ended


def _record(started: Started, pipeline: Pipeline, begun: datetime) -> RunRecord:
    return RunRecord(
        run_id=started.run_id or new_run_id(begun),
        pipeline=pipeline.name,
        kind=started.kind,
        status="running",
        started_at=begun,
        server=pipeline.verboice.url,
        options=started.options.as_dict(),
    )


def kept_summary(summary: Summary) -> dict[str, object]:
    """What the ledger keeps of a summary: not the rows that need a person, which may be many; the reports tell them."""
    return {key: value for key, value in summary.items() if key != "problems"}


def _record_end(run: Run, ended: Ended[AnyPlan]) -> None:
    summary = ended.report.summary
    run.ledger.note_run(
        run.run_id,
        project_id=summary["project"]["id"],
        project_name=summary["project"]["name"],
        plan_checksum=summary["plan"]["checksum"],
    )
    run.ledger.finish_run(
        run.run_id,
        cast("RunStatus", summary["status"]),
        run.clock(),
        counts=summary["rows"],
        requests=summary["requests"],
        summary=kept_summary(summary),
        error=str(ended.error) if ended.error else "",
    )
