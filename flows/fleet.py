"""One big push by several workers: a parent flow that plans and watches, and a flow per part.

Prefect brings the parts to the workers and holds the limit that they share. Whether a part was sent is asked of the
ledger, never of Prefect.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import rate_limit
from prefect.states import Cancelled, Scheduled
from pydantic import BaseModel, ConfigDict, Field

from connectors.errors import CouldNotBeDone
from flows.contacts.plan import Plan
from flows.orchestration.artifacts import ProgressArtifact, slug
from flows.orchestration.credentials import credentials_of
from flows.orchestration.endings import ending_of
from flows.orchestration.reconcile import reconcile
from flows.orchestration.under_prefect import AskingOptions, FlowOptions, as_started, carry_out, sign_of_life
from flows.runs.contacts.fleet import Piece, push_part, send_by_fleet
from flows.runs.contacts.push import GROUP
from flows.runs.execution import execute
from flows.runs.lease import is_held
from flows.runs.run import Ended, Options, Run
from flows.runs.stopping import stopping
from flows.settings import load_pipeline
from flows.settings.models import Pipeline

LOOK = 2.0  # seconds between looks at the parts
MOST_TRIES = 5  # how often a part is handed out before it is left to `resume`
MOST_STOPPING = 60.0  # seconds that parts may take to finish what is in flight
MOST_WAITING = 600.0  # seconds without any part making progress, after which the workers are given up


class FleetOptions(AskingOptions):
    """What may be chosen for a sync by several workers; shown as a form in Prefect's UI."""

    parts: int = Field(default=4, ge=1, le=1000, description="Into how many parts the push is cut at most.")


class Part(BaseModel):
    """A range of a run's requests; numbers only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    project_id: int
    first: int
    end: int


@flow(name="sync-by-fleet", retries=0, persist_result=False, validate_parameters=True)
def sync_by_fleet(pipeline: str, options: FleetOptions | None = None, run_id: str | None = None) -> State[Any]:
    """Sync one pipeline, its push cut into parts that the pool's workers send. Ends with the headline.

    Fails where a guard tripped, and if parts could not be sent.
    """
    chosen = options or FleetOptions()

    def attempt(asked: Options, progress: ProgressArtifact) -> Ended[Plan]:
        started = as_started("sync", pipeline, asked, run_id, progress)
        return execute(started, lambda run: _by_fleet(run, chosen, pipeline))

    return carry_out(pipeline, chosen, attempt)


def _by_fleet(run: Run, options: FleetOptions, typed: str) -> Ended[Plan]:
    parameters: dict[str, object] = {"pipeline": typed, "options": {"account_block": options.account_block}}
    parts = Parts(run, f"push-part/{run.pipeline.name}", parameters)
    return send_by_fleet(run, hand_out=parts.see_through, parts=options.parts)


@flow(name="push-part", retries=0, persist_result=False, validate_parameters=True)
def push_one_part(pipeline: str, part: Part, options: FlowOptions | None = None) -> State[Any]:
    """Send one part of a run. Fails if some of its requests are left."""
    chosen = options or FlowOptions()
    piece = Piece(part.run_id, part.project_id, part.first, part.end)

    def work() -> str:
        with credentials_of(chosen.account_block), sign_of_life(pipeline):
            limit = limit_name(load_pipeline(pipeline))
            left = push_part(pipeline, piece, lambda number: rate_limit(limit, occupy=number))
        if left:
            raise CouldNotBeDone(f"{left:,} requests of this part are left.", hint="`verboice-sync resume` sends them.")
        return "Nothing is left."

    return ending_of(work)


def limit_name(pipeline: Pipeline) -> str:
    """The limit of requests per second that all workers of all pipelines share for one Verboice server."""
    return f"verboice-{slug(urlsplit(pipeline.verboice.url).netloc)}"


class Parts:
    """The parts of one push, handed out again where a worker died."""

    def __init__(self, run: Run, deployment: str, parameters: dict[str, object]) -> None:
        self._run = run
        self._deployment = deployment
        self._parameters = parameters
        self._flow_runs: dict[Piece, UUID] = {}
        self._tries: dict[Piece, int] = {}

    def see_through(self, pieces: Sequence[Piece]) -> None:
        """Hand all out and return when each is settled, or was given up. The caller looks at what is left."""
        left = list(pieces)
        for piece in left:
            self._hand_out(piece)
        settled, since = -1, time.monotonic()
        with stopping(self._run) as stop:
            while left and not stop.wait(LOOK) and time.monotonic() - since < MOST_WAITING:
                done = self._settled()
                if done != settled:
                    settled, since = done, time.monotonic()
                    self._run.progress.advance(done)
                reconcile()
                left = [piece for piece in left if not self._is_over(piece)]
            if stop.is_set():
                self._recall(left)

    def _recall(self, pieces: Sequence[Piece]) -> None:
        """Parts at work see in the ledger that they are to stop; those that no worker has begun never begin."""
        ledger, run_id = self._run.ledger, self._run.run_id
        ledger.note_run(run_id, stop_asked_at=self._run.clock())
        until = time.monotonic() + MOST_STOPPING
        while any(is_held(ledger, piece.lease) for piece in pieces) and time.monotonic() < until:
            time.sleep(LOOK / 4)
        with get_client(sync_client=True) as client:
            for piece in pieces:
                state = client.read_flow_run(self._flow_runs[piece]).state
                if state is None or not state.is_final():
                    recalled: State[Any] = Cancelled(message=f"The run {run_id} was stopped.")
                    client.set_flow_run_state(self._flow_runs[piece], recalled, force=True)

    def _settled(self) -> int:
        begun = self._run.ledger.count_writes(self._run.run_id)
        return begun.total() - begun["planned"] - begun["sending"]

    def _is_over(self, piece: Piece) -> bool:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(self._flow_runs[piece]).state
        if state is None or not state.is_final():
            return False
        if not piece.open_writes(self._run.ledger) or self._tries[piece] >= MOST_TRIES:
            return True
        get_run_logger().warning("Part %s to %s is handed out again: %s", piece.first, piece.end, state.name)
        self._hand_out(piece)
        return False

    def _hand_out(self, piece: Piece) -> None:
        part = {"run_id": piece.run_id, "project_id": piece.project_id, "first": piece.first, "end": piece.end}
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name(self._deployment)
            made = client.create_flow_run_from_deployment(
                found.id,
                parameters={**self._parameters, "part": part},
                state=Scheduled(scheduled_time=datetime.now(UTC)),
                name=f"{piece.run_id[-6:]}-{piece.first}-{piece.end}",
            )
        self._flow_runs[piece] = made.id
        self._tries[piece] = self._tries.get(piece, 0) + 1


def share_limit(pipeline: Pipeline) -> str | None:
    """Make, or bring up to date, the server's shared limit; its name. None where the pipeline has no `rate_limit`."""
    rate = pipeline.verboice.rate_limit
    if rate is None:
        return None
    from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
    from prefect.exceptions import ObjectNotFound

    name = limit_name(pipeline)
    # Requests are asked for in groups, so one group must fit in at once.
    made = GlobalConcurrencyLimitCreate(name=name, limit=GROUP, active=True, slot_decay_per_second=rate)
    changed = GlobalConcurrencyLimitUpdate(name=name, limit=GROUP, active=True, slot_decay_per_second=rate)
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            client.create_global_concurrency_limit(made)
        else:
            client.update_global_concurrency_limit(name, changed)
    return name
