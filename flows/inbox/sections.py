"""A dropped file through its pipeline: contacts first, then calls, whichever sections the pipeline has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.inbox.verdict import EarlierDrop, FileVerdict, held_back, judge, waiting
from flows.reports.report import Report
from flows.reports.summary import Summary
from flows.runs.calls.past import LostPast
from flows.runs.calls.run import enqueue_calls
from flows.runs.contacts.run import sync_contacts
from flows.runs.execution import Silence, Started, execute
from flows.runs.run import AnyPlan, Ended, Options, Progress, Run, Step, never
from flows.runs.stopping import CalledOff
from flows.settings import load_pipeline
from flows.settings.models import Pipeline

Reported = Callable[[Report, Pipeline], None]  # is shown each run's report


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of run over the file; `ending` names its workbook."""

    kind: str
    ending: str
    work: Callable[[Run], Ended[AnyPlan]]


def sections(pipeline: Pipeline) -> Iterator[Section]:
    """What the pipeline does with a file, in this order: people are called with the values just brought up to date."""
    if pipeline.contacts is not None:
        yield Section("sync", ".result.xlsx", sync_contacts)
    if pipeline.calls is not None:
        ending = ".result.xlsx" if pipeline.contacts is None else ".calls.result.xlsx"
        yield Section("call", ending, enqueue_calls)


def no_report(_report: Report, _pipeline: Pipeline) -> None:
    """For runs whose report is not shown anywhere else."""


@dataclass(frozen=True, slots=True)
class RunHooks:
    """How sections are run: each step's carrying out, who is shown the report of each, how far it is, and whether
    whoever carries them out has been asked to stop."""

    step: Step
    reported: Reported = no_report
    progress: Progress = field(default_factory=Silence)
    is_cancelled: Callable[[], bool] = never


def run_sections(pipeline: str, file: Path, hooks: RunHooks, earlier: EarlierDrop | None = None) -> FileVerdict:
    """Run every section over the file; one that is refused or stopped keeps the next from beginning.

    Raises what stops a run before it has a report, and CalledOff.
    """
    summaries: list[tuple[str, Summary]] = []
    settings = load_pipeline(pipeline)
    for section in sections(settings):
        started = Started(
            kind=section.kind,
            pipeline=pipeline,
            options=Options(dropped=True),
            progress=hooks.progress,
            source=file,
            step=hooks.step,
            is_cancelled=hooks.is_cancelled,
        )
        ended = execute(started, section.work)
        hooks.reported(ended.report, settings)
        summary = ended.report.summary
        if isinstance(ended.error, LostPast):
            return held_back(file.name, ended.error, settings.typed)
        if isinstance(ended.error, CalledOff):
            raise ended.error
        if ended.error is not None and summary["status"] != "refused":
            return waiting(ended.error)
        summaries.append((section.ending, summary))
        if ended.error is not None:
            break
    return judge(summaries, name=file.name, earlier=earlier)
