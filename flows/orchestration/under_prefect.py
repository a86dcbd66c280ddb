"""Carrying a run out as a Prefect flow: artifacts, approval, and a sign of life while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.runtime import deployment, flow_run
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.errors import RefusedByGuard, VerboiceSyncError
from flows import wiring
from flows.orchestration import approval
from flows.orchestration.approval import RESUME
from flows.orchestration.artifacts import ProgressArtifact, publish, publish_calls, slug
from flows.orchestration.calendar import meant_by
from flows.orchestration.cancelling import Cancelling
from flows.orchestration.credentials import credentials_of
from flows.orchestration.endings import ending_of
from flows.orchestration.outages import be_quiet_about_outages, outlive_lost_slots
from flows.orchestration.reconcile import life_lease, reconcile
from flows.orchestration.steps import as_task
from flows.reports.page.rules import page_rules
from flows.reports.report import Report
from flows.reports.wording import headline, told_of
from flows.runs.approval import this_user
from flows.runs.execution import Started
from flows.runs.folder import home_folder
from flows.runs.lease import holding
from flows.runs.run import AnyPlan, Ended, Options
from flows.settings import Pipeline, load_pipeline

be_quiet_about_outages()
outlive_lost_slots()


class FlowOptions(BaseModel):
    """What may be chosen for one run; shown as a form in Prefect's UI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account_block: str | None = Field(
        default=None, description="Prefect block (type “Verboice account”) in place of the environment's account."
    )


class AskingOptions(FlowOptions):
    """Options of runs that a guard may stop."""

    # Secret: Prefect keeps the parameters of a flow that a command has started, readable for everybody in its pages.
    only: tuple[SecretStr, ...] = Field(default=(), description="Addresses; only these people.")
    limit: int | None = None
    approve: str | None = None
    ask_approval: bool = Field(
        default=False, description="Where a guard trips, suspend the run and ask in this UI. Only runs of deployments."
    )
    answer_within_hours: float = Field(
        default=approval.ANSWER_WITHIN / timedelta(hours=1), gt=0, description="No answer by then sends nothing."
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """`only` in clear."""
        return tuple(address.get_secret_value() for address in self.only)


def secret(addresses: Iterable[str]) -> tuple[SecretStr, ...]:
    """Addresses as options hold them."""
    return tuple(map(SecretStr, addresses))


def carry_out(
    pipeline: str, options: AskingOptions, attempt: Callable[[Options, ProgressArtifact], Ended[AnyPlan]]
) -> State[Any]:
    """Carry a run out, show it, and ask where a guard trips. The state to end in: its message is the headline, or what
    stopped the run.

    attempt: does the run, with the options that all kinds share (the checksum that a person has just approved among
    them) and a place to show progress. A flow run that was suspended comes through here again from the top, with the
    answer.
    """
    return ending_of(lambda: _carried_out(pipeline, options, attempt))


def _carried_out(
    pipeline: str, options: AskingOptions, attempt: Callable[[Options, ProgressArtifact], Ended[AnyPlan]]
) -> str:
    with credentials_of(options.account_block), sign_of_life(pipeline):
        asking = options.ask_approval and approval.can_ask()
        reply = approval.answer() if asking else None
        if reply is not None and reply.decision == "reject":
            raise approval.rejected(reply)
        settings = load_pipeline(pipeline)
        with ProgressArtifact(slug(f"{flow_run.flow_name}-{settings.name}")) as progress:
            ended = attempt(_shared(options, reply), progress)
        refused = ended.error if isinstance(ended.error, RefusedByGuard) and ended.error.checksum else None
        show(ended.report, settings, waits=asking and refused is not None)
        if asking and refused is not None:
            approval.ask(refused, within=timedelta(hours=options.answer_within_hours))
        if ended.error is not None:
            raise ended.error
        return headline(ended.report.summary)


def as_started(kind: str, pipeline: str, options: Options, run_id: str | None, progress: ProgressArtifact) -> Started:
    """A run as this flow run carries it out: a task for each step, cancelled in Prefect, meant by a schedule."""
    return Started(
        kind,
        pipeline,
        options,
        run_id,
        progress,
        step=as_task,
        is_cancelled=Cancelling(),
        meant_at=meant_moment(pipeline),
    )


def meant_moment(pipeline: str) -> datetime | None:
    """When the schedule meant this flow run to be, however late it began; None where nothing scheduled it."""
    context, schedule = FlowRunContext.get(), load_pipeline(pipeline).schedule
    run = context.flow_run if context else None
    if schedule is None or run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return meant_by(schedule, run.expected_start_time)


def _shared(options: AskingOptions, reply: approval.Approval | None) -> Options:
    """The options of any kind of run that a guard may stop, and who approved what as far as Prefect can tell."""
    shared = Options(only=options.addresses, limit=options.limit)
    if reply is not None:
        who = f"whoever resumed the flow run {flow_run.name} in Prefect"
        return replace(shared, approve=reply.checksum, approver=who)
    if options.approve is None:
        return shared
    who = this_user() if deployment.id is None else f"whoever started the flow run {flow_run.name} in Prefect"
    return replace(shared, approve=options.approve, approver=who)


def show(report: Report, pipeline: Pipeline, *, waits: bool = False) -> None:
    """The run's artifacts and its headline. The run is done by now, so a server that is away does not make it fail.

    waits: the flow run is about to be suspended until a person answers.
    """
    get_run_logger().info("%s%s", told_of(report.summary), f" {RESUME}" if waits else "")
    with _kept_if_possible():
        publish(report, page_rules(pipeline), address=pipeline.source.address, waits=waits)


def show_calls(report: Report, pipeline: Pipeline) -> None:
    """What became of the calls of a run that was tracked; as `show`."""
    with _kept_if_possible():
        publish_calls(report, page_rules(pipeline), address=pipeline.source.address)


@contextmanager
def _kept_if_possible() -> Iterator[None]:
    try:
        yield
    except Exception as fault:  # noqa: BLE001 - the run is done by now
        get_run_logger().warning("The artifacts could not be kept by Prefect: %s", type(fault).__name__)


@contextmanager
def sign_of_life(pipeline: str) -> Iterator[None]:
    """A lease held for as long as this flow run's process lives: Prefect itself cannot tell that it was killed."""
    if deployment.id is None:
        yield
        return
    name = life_lease(flow_run.id)
    told = "This flow run is carried out elsewhere"
    settings = load_pipeline(pipeline)
    with (
        wiring.open_ledger(settings, home_folder(settings.folder)) as ledger,
        holding(ledger, name, run_id=str(flow_run.id), told=told),
    ):
        _bury_the_dead(pipeline)
        try:
            yield
        finally:
            with suppress(VerboiceSyncError):
                ledger.forget_lease(name)


def _bury_the_dead(pipeline: str) -> None:
    """On a work pool nobody else looks after what killed workers left. No reason for this run to fail."""
    try:
        for name in reconcile(pipeline):
            get_run_logger().warning("The flow run %s was dead and is now marked as crashed.", name)
    except Exception as fault:  # noqa: BLE001 - see above
        get_run_logger().warning("Dead flow runs could not be looked for: %s", type(fault).__name__)
