"""Asks Prefect for a run of a pipeline's inbox deployment as soon as files are complete."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Scheduled

from connectors.errors import VerboiceSyncError
from flows.inbox.attendant import LONGEST_WAIT, Attendant
from flows.runs.lease import is_held

if TYPE_CHECKING:
    from connectors.ledger import Ledger

AGAIN = 30.0  # seconds after which a run is asked for again, if the first one did not take the files; then twice that
_OPEN = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


@dataclass(slots=True)
class Bell:
    """Of one pipeline, by the name that was typed. A run that is asked for, and one at work, take what lies there by
    themselves: nothing is asked for beside them, or Prefect would fill its list with runs that had to give way."""

    pipeline: str
    attendant: Attendant = field(init=False)
    _rung_for: frozenset[str] = frozenset()
    _rung_at: float = float("-inf")
    _again: float = AGAIN
    _look_at: float = float("-inf")
    _trouble: VerboiceSyncError | None = None  # what the last look met with, until the next one

    def __post_init__(self) -> None:
        self.attendant = Attendant(self.pipeline)

    def look(self, deployment: UUID, ledger: Ledger) -> None:
        """Ask for a run if there is something that no run was asked for, and nobody is at it already."""
        if time.monotonic() < self._look_at:
            if self._trouble is not None:
                raise self._trouble
            return
        try:
            self._trouble = None
            waiting = frozenset(self.attendant.waiting())
        except VerboiceSyncError as error:
            self._trouble = error
            raise
        finally:
            self._look_at = time.monotonic() + (self.attendant.pause if self.attendant.is_elsewhere else 0.0)
        nothing_new = waiting <= self._rung_for
        overdue = time.monotonic() - self._rung_at >= self._again
        if not waiting:
            self._rung_for = frozenset()  # the same name may be dropped again
        if not waiting or (nothing_new and not overdue) or self._somebody_is_at_it(ledger):
            return
        with get_client(sync_client=True) as client:
            of_inbox = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
            is_open = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_OPEN))))
            if client.read_flow_runs(flow_run_filter=is_open, deployment_filter=of_inbox, limit=1):
                return
            client.create_flow_run_from_deployment(deployment, state=Scheduled(scheduled_time=datetime.now(UTC)))
        # Files that wait for Verboice to come back would otherwise leave a failed run every half minute.
        self._again = min(2 * self._again, LONGEST_WAIT) if nothing_new else AGAIN
        self._rung_for, self._rung_at = waiting, time.monotonic()

    def _somebody_is_at_it(self, ledger: Ledger) -> bool:
        """Whether a run is at work that the file would have to wait for."""
        name = self.attendant.name
        return any(is_held(ledger, lease) for lease in (self.attendant.lease, f"push:{name}", f"call:{name}"))
