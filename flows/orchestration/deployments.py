"""The pipelines as Prefect deployments: one per pipeline and kind, with schedule, time zone and overlap policy.

Module-path entrypoints only: a path entrypoint puts `flows/` itself first on `sys.path`, and modules appear twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from connectors.errors import ConfigurationError
from flows.backfill import backfill
from flows.enqueue_calls import enqueue_calls
from flows.fleet import push_one_part, sync_by_fleet
from flows.orchestration.reconcile import TAG
from flows.settings import load_pipeline
from flows.settings.models import Pipeline
from flows.sync_contacts import sync_contacts
from flows.track_calls import reconcile_calls, track_recent_calls
from flows.watch_inbox import watch_inbox

TRACK_EVERY = timedelta(minutes=15)
RECONCILE_EVERY = timedelta(days=1)
INBOX_EVERY = timedelta(minutes=1)  # where nobody watches the folder: on a work pool
WAITS = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
GIVES_WAY = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


@dataclass(frozen=True, slots=True)
class Place:
    """Where deployments run. pool None: in the serving process; else a work pool, whose workers start in `folder`.

    account_block: the Prefect block with the Verboice account, None = the environment has it.
    """

    pool: str | None = None
    folder: Path | None = None
    account_block: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of deployment: its flow, what happens when a run overlaps the one before it, and its schedule."""

    name: str
    flow: Flow[..., Any]
    policy: ConcurrencyLimitConfig | None
    asks: bool = False
    schedule: Schedule | None = None


def deployments_of(typed: str, place: Place) -> list[RunnerDeployment]:
    """Deployments of a pipeline, named as the user types it. Raises ConfigurationError for a broken pipeline file."""
    pipeline = load_pipeline(typed)
    kinds = list(_kinds(pipeline, place))
    if not kinds:
        raise ConfigurationError(
            f"{pipeline.file or pipeline.name}: has neither `contacts` nor `calls`, so there is nothing to deploy.",
            hint="Add one of the two, or leave this pipeline out.",
        )
    return [_deployment(typed, pipeline, kind, place) for kind in kinds]


def _kinds(pipeline: Pipeline, place: Place) -> Iterator[Kind]:
    when = pipeline.schedule
    cron = Cron(when.cron, timezone=when.timezone) if when else None
    if pipeline.contacts is not None:
        yield Kind("sync", sync_contacts, WAITS, asks=True, schedule=cron)
        yield Kind("backfill", backfill, WAITS, asks=True)
        if place.pool:
            yield Kind("fleet", sync_by_fleet, WAITS, asks=True)
            yield Kind("part", push_one_part, None)
    if pipeline.calls is not None:
        # People are rung by the clock only where that is all the pipeline does.
        yield Kind("call", enqueue_calls, WAITS, asks=True, schedule=cron if pipeline.contacts is None else None)
        yield Kind("track", track_recent_calls, GIVES_WAY, schedule=Interval(TRACK_EVERY))
        yield Kind("reconcile", reconcile_calls, GIVES_WAY, schedule=Interval(RECONCILE_EVERY))
    if pipeline.inbox is not None:
        yield Kind("inbox", watch_inbox, GIVES_WAY, schedule=Interval(INBOX_EVERY) if place.pool else None)


def _deployment(typed: str, pipeline: Pipeline, kind: Kind, place: Place) -> RunnerDeployment:
    options: dict[str, Any] = {"ask_approval": True} if kind.asks else {}
    if place.account_block:
        options["account_block"] = place.account_block
    on_pool: dict[str, Any] = {}
    if place.pool:
        on_pool = {"work_pool_name": place.pool, "job_variables": {"working_dir": str(place.folder)}}
    deployment = kind.flow.to_deployment(
        pipeline.name,
        parameters={"pipeline": typed, "options": options},
        schedules=[kind.schedule] if kind.schedule else [],
        concurrency_limit=kind.policy,
        tags=[TAG, kind.name],
        description=f"{kind.name} of the pipeline {pipeline.name} ({pipeline.file})",
        entrypoint_type=EntrypointType.MODULE_PATH,
        **on_pool,
    )
    if not isinstance(deployment, RunnerDeployment):
        raise TypeError("deployments are made outside an event loop")
    return deployment
