"""Around every run: its id, folder, ledger and record, opened before the first step and closed whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from connectors.errors import CouldNotBeDone, VerboiceSyncError
from flows import wiring
from flows.reports.notices import notify_failure, notify_state
from flows.reports.results import keep_results
from flows.runs.folder import RunFolder, home_folder, new_run_id
from flows.runs.kinds import run_kind
from flows.runs.run import AnyPlan, Ended, Options, Progress, Run, Step, direct
from flows.settings import load_pipeline

if TYPE_CHECKING:
    from connectors.ledger.values import RunStatus


class Silence:
    """Progress that nobody watches."""

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Started:
    """What is needed to start a run. `pipeline` as the user typed it; `source` in the place of the configured file;
    `step` is how each of its steps is carried out.

    Raises ConfigurationError for a kind without a row in `flows.runs.kinds`.
    """

    kind: str
    pipeline: str
    options: Options = field(default_factory=Options)
    run_id: str | None = None
    progress: Progress = field(default_factory=Silence)
    source: Path | None = None
    step: Step = direct

    def __post_init__(self) -> None:
        run_kind(self.kind)


P = TypeVar("P", bound=AnyPlan)


def execute(started: Started, work: Callable[[Run], Ended[P]]) -> Ended[P]:
    """Do the work of a run and record how it ended. Raises what stops a run before it has a report."""
    pipeline = load_pipeline(started.pipeline)
    now = datetime.now(UTC)
    home = home_folder()
    run_id = started.run_id or new_run_id(now)
    with wiring.open_ledger(pipeline, home) as ledger, wiring.open_client(pipeline) as client:
        run = Run(
            run_id=run_id,
            kind=started.kind,
            pipeline=pipeline,
            folder=RunFolder.of(home, run_id),
            ledger=ledger,
            source=wiring.open_source(pipeline, path=started.source),
            client=client,
            progress=started.progress,
            started_at=now,
            options=started.options,
            step=started.step,
        )
        run.folder.keep_origin(pipeline.file)
        _record_start(run)
        return carried_out(run, work)


def carried_out(run: Run, work: Callable[[Run], Ended[P]]) -> Ended[P]:
    """Do the work of a run that the ledger knows, and record how it ended; also of one that goes on."""
    try:
        ended = work(run)
    except BaseException as error:
        _record_failure(run, error)
        notify_failure(run.pipeline, run.ledger, error, kind=run.kind, dropped=run.options.dropped)
        raise
    _record_end(run, ended)
    ended = _with_results_kept(run, ended)
    notify_state(run.pipeline, run.ledger, ended.report.summary, dropped=run.options.dropped)
    return ended


def _with_results_kept(run: Run, ended: Ended[P]) -> Ended[P]:
    """How the run ended, with the error that its results table could not be written: its report stands all the same."""
    try:
        keep_results(run.pipeline, ended.report, at=run.clock())
    except CouldNotBeDone as error:
        return replace(ended, error=ended.error or error)
    return ended


def _record_start(run: Run) -> None:
    from connectors.ledger.values import RunRecord

    run.ledger.start_run(
        RunRecord(
            run_id=run.run_id,
            pipeline=run.pipeline.name,
            kind=run.kind,
            status="running",
            started_at=run.started_at,
            server=run.pipeline.verboice.url,
            options=_options(run.options),
        )
    )


def _options(options: Options) -> Mapping[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(options).items()}


def _record_failure(run: Run, error: BaseException) -> None:
    text = str(error) if isinstance(error, VerboiceSyncError) else type(error).__name__
    run.ledger.finish_run(run.run_id, "failed", run.clock(), error=text)


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
        summary={key: value for key, value in summary.items() if key != "problems"},
        error=str(ended.error) if ended.error else "",
    )
