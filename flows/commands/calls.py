"""`call`, `track`, `cancel`, `resolve` and the calls' part of `resume`: run, print, exit with the contract's status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.masking import mask_number, mask_text
from flows.calls.batch import Batch
from flows.commands.as_flow import is_wanted, run_as_flow
from flows.commands.prefect_home import keep_prefect_at_home
from flows.commands.terminal.failure import ending, tell
from flows.commands.terminal.progress import shown
from flows.reports.buckets import EXIT_STATUS
from flows.reports.console import print_report
from flows.reports.harmless import put
from flows.reports.summary import Summary, states_of
from flows.reports.summary import as_json as json_text
from flows.runs.approval import this_user
from flows.runs.calls.preview import listing
from flows.runs.calls.resume import resume_calls
from flows.runs.calls.run import enqueue_calls, plan_calls
from flows.runs.calls.settle import Settlement, cancel_calls, resolve_calls
from flows.runs.calls.track import ASKED, TrackingPace, in_words, open_calls, track_calls
from flows.runs.execution import Started, execute
from flows.runs.folder import home_folder
from flows.runs.reopen import find_folder, pipeline_of
from flows.runs.run import Ended, Options
from flows.settings import load_pipeline
from flows.wiring import open_ledger


@dataclass(frozen=True, slots=True)
class CallChoice:
    """The options of `call`."""

    only: tuple[str, ...] = ()
    limit: int | None = None
    approve: str | None = None
    again: str | None = None
    lost_past: str | None = None
    retry: str | None = None
    dry_run: bool = False
    prefect: bool = False
    as_json: bool = False

    @property
    def reason(self) -> str:
        """Why people are called again; "" if they are not. Raises ConfigurationError for a blank one."""
        return _reason("--again", self.again, "it is recorded with every call")

    @property
    def loss(self) -> str:
        """Why people are called although calls are unknown; as above."""
        return _reason("--lost-past", self.lost_past, "it is recorded in the ledger")

    @property
    def retried(self) -> str:
        """The run whose calls are tried again, "" for a batch of its own. Raises ConfigurationError."""
        return find_folder(home_folder(), self.retry).path.name if self.retry else ""

    @property
    def options(self) -> Options:
        return Options(
            only=self.only,
            limit=self.limit,
            approve=self.approve,
            approver=this_user() if self.approve else "",
            again=self.reason,
            lost_past=self.loss,
            retry=self.retried,
            dry_run=self.dry_run,
        )


def _reason(option: str, given: str | None, why: str) -> str:
    if given is not None and not given.strip():
        raise ConfigurationError(f"{option} needs a reason; {why}.", hint=f'Write it behind: {option} "…".')
    return (given or "").strip()


def call(pipeline: str, choice: CallChoice) -> None:
    """Enqueue the batch, or list what it would ask for."""
    with ending("call", pipeline, as_json=choice.as_json):
        summary, error = _called(pipeline, choice)
        _leave(summary, error, as_json=choice.as_json, pipeline=pipeline)


def _called(pipeline: str, choice: CallChoice) -> tuple[Summary, VerboiceSyncError | None]:
    if is_wanted(asked=choice.prefect) and not choice.dry_run:
        return _under_prefect(pipeline, choice)
    ended = _directly(pipeline, choice)
    if choice.dry_run and not choice.as_json:
        for line in listing(ended.plan):
            put(line)
        put()
    return ended.report.summary, ended.error


def _directly(pipeline: str, choice: CallChoice) -> Ended[Batch]:
    work = plan_calls if choice.dry_run else enqueue_calls
    with shown() as progress:
        started = Started("call", pipeline, choice.options, progress=progress)
        return execute(started, lambda run: work(run, tell=_to_stderr))


def _to_stderr(line: str) -> None:
    put(line, file=sys.stderr, flush=True)


def _under_prefect(pipeline: str, choice: CallChoice) -> tuple[Summary, VerboiceSyncError | None]:
    """The same batch as a Prefect flow; its report is read back from the run's folder."""
    keep_prefect_at_home(home_folder(load_pipeline(pipeline).folder))
    from flows.enqueue_calls import CallOptions
    from flows.enqueue_calls import enqueue_calls as flow
    from flows.orchestration.under_prefect import secret

    options = CallOptions(
        only=secret(choice.only),
        limit=choice.limit,
        approve=choice.approve,
        again=choice.reason,
        lost_past=choice.loss,
        retry=choice.retried,
    )
    _folder, summary, error = run_as_flow(pipeline, lambda run_id: flow(pipeline, options, run_id))
    return summary, error


def track(run: str, *, until_done: bool, prefect: bool, as_json: bool) -> None:
    """Ask what became of the run's calls; under Prefect where there is a server, or when asked for."""
    with ending("track", as_json=as_json):
        if is_wanted(asked=prefect):
            summary, still_open, error = _tracked_under_prefect(run, until_done=until_done)
        else:
            with shown() as progress:
                tracked = track_calls(run, until_done=until_done, progress=progress)
            summary, still_open, error = tracked.report.summary, tracked.open_calls, tracked.error
            for note in tracked.notes:
                _to_stderr(note)
        if not as_json:
            put(_states(summary, still_open))
        _leave(summary, error, as_json=as_json)


def _tracked_under_prefect(run: str, *, until_done: bool) -> tuple[Summary, int, VerboiceSyncError | None]:
    """The same as a Prefect flow; the report is read back from the run's folder, what is open from the ledger."""
    keep_prefect_at_home(home_folder())
    from flows.track_calls import track_calls as flow

    folder = find_folder(home_folder(), run)
    run_id, error = folder.path.name, None
    try:
        flow(run_id, until_done)
    except ConfigurationError:
        raise
    except VerboiceSyncError as raised:
        error = raised
    with open_ledger(pipeline_of(folder), home_folder()) as ledger:
        still_open = len(open_calls(ledger.calls_of_run(run_id)))
        record = ledger.run(run_id)
    summary: Summary = orjson.loads(folder.summary.read_bytes())
    if record is not None and ASKED in record.summary:
        summary["requests"] = record.summary[ASKED]
    return summary, still_open, error


def _states(summary: Summary, still_open: int) -> str:
    told = in_words(states_of(summary))
    return f"Calls: {told}." + (f" {still_open:,} may still change." if still_open else "")


def cancel(run: str, *, rows: Sequence[int], as_json: bool) -> None:
    """Take the run's calls, or those of some rows, out of Verboice's queue, where they are still in it."""
    with ending("cancel", as_json=as_json):
        with shown() as progress:
            done = cancel_calls(run, rows=rows, progress=progress)
        if not as_json:
            begun = f" {done.begun:,} had begun or ended already." if done.begun else ""
            unknown = f" {done.unknown:,} could not be asked about." if done.unknown else ""
            put(f"{done.cancelled:,} {'call' if done.cancelled == 1 else 'calls'} cancelled.{begun}{unknown}")
        _leave(done.report.summary, done.error, as_json=as_json)


def resolve(run: str, *, rows: Sequence[int], placed: bool | None, as_json: bool) -> None:
    """List the run's uncertain rows, or settle them. `placed` is what a person found out."""
    settlement: Settlement | None = None if placed is None else "placed" if placed else "not_placed"
    with ending("resolve", as_json=as_json):
        if rows and settlement is None:
            raise ConfigurationError(
                "--row needs --placed or --not-placed.", hint="Add what you found out about these rows."
            )
        done = resolve_calls(run, rows=rows, settlement=settlement)
        if not as_json:
            if settlement is not None:
                put(f"{done.settled:,} {'row' if done.settled == 1 else 'rows'} settled.")
            for one in done.uncertain:
                asked = f"{one.asked_at:%Y-%m-%d %H:%M:%S} UTC"
                put(f"row {one.row}: {mask_number(one.address)}, asked for on {asked}. {mask_text(one.reason)}")
            for other in done.elsewhere:
                put(f"row {other.row}: {mask_text(other.reason)}")
            if done.uncertain or not done.elsewhere:
                put(_uncertain(len(done.uncertain), done.report.summary["run_id"]))
            raise SystemExit(EXIT_STATUS[done.report.summary["status"]])
        _leave(done.report.summary, None, as_json=True)


def _uncertain(count: int, run_id: str) -> str:
    if not count:
        return "Nothing is uncertain."
    return (
        f"{count:,} uncertain. Look into Verboice's call log for these numbers and times, then settle them:\n"
        f"  verboice-sync resolve {run_id} --row N --placed | --not-placed"
    )


def resume(run: str, *, as_json: bool) -> None:
    """Go on with a batch that was cut off."""
    with ending("resume", as_json=as_json):
        with shown() as progress:
            ended = resume_calls(run, progress=progress, tell=_to_stderr)
        _leave(ended.report.summary, ended.error, as_json=as_json)


def demo_calls(pipeline: str) -> int:
    """For the demo: a batch, then its calls tracked until all are settled; prints both. The worst exit status."""
    with shown() as progress:
        started = Started("call", pipeline, progress=progress)
        ended = execute(started, lambda run: enqueue_calls(run, tell=_to_stderr))
    if ended.error is not None:
        raise ended.error
    print_report(ended.report.summary, pipeline=pipeline)
    with shown() as progress:
        run_id, pace = ended.report.summary["run_id"], TrackingPace(first=0.5, longest=2.0, share=0.5)
        tracked = track_calls(run_id, until_done=True, progress=progress, pace=pace)
    if tracked.error is not None:
        raise tracked.error
    put(f"\n{_states(tracked.report.summary, tracked.open_calls)}")
    return EXIT_STATUS[tracked.report.summary["status"]]


def _leave(summary: Summary, error: VerboiceSyncError | None, *, as_json: bool, pipeline: str = "") -> None:
    """Print a result and leave with its exit status."""
    if as_json:
        sys.stdout.buffer.write(json_text(summary))
        sys.stdout.flush()
    else:
        print_report(summary, pipeline=pipeline)
    if error is not None:
        tell(error)
        raise SystemExit(error.exit_status)
    raise SystemExit(EXIT_STATUS[summary["status"]])
