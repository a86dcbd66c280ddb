"""An outage of Prefect's server ends no run, and is told in a line.

What Prefect says at length, and again and again, of an outage or of a run that was stopped, is left unsaid: whoever
serves says that the server is away, the flow runs go on, and what stopped a run is in its state.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from functools import partial
from uuid import UUID

from prefect import flow_engine
from prefect._internal import observers
from prefect.concurrency._leases import maintain_concurrency_lease
from prefect.utilities.services import critical_service_loop

from connectors.errors import VerboiceSyncError

_NOISY = (
    "prefect._internal",
    "prefect._internal.concurrency",
    "prefect.concurrency",
    "prefect.events.clients",
    "prefect.runner.event_emitter",
    "prefect.FlowRunCancellingObserver",
    "prefect.FlowRunSuspendingObserver",
)
_OBSERVER = "Observer._handle_polling_task_done"  # stumbles over its own end


def be_quiet_about_outages() -> None:
    """For this process. Log lines that do not reach the server are lost to its pages; they are on stderr as well."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)  # for the loggers below it, which no filter of it reaches
        logger.addFilter(_is_left_unsaid)  # and for itself: Prefect sets levels anew as each flow run begins
    logging.getLogger("asyncio").addFilter(lambda record: _OBSERVER not in record.getMessage())
    logging.getLogger("prefect.flow_runs").addFilter(is_worth_a_traceback)
    logging.raiseExceptions = False  # or each line that does not reach the server is told by two others
    setattr(observers, "critical_service_loop", partial(critical_service_loop, printer=_say_nothing))  # noqa: B010 - typed


def outlive_lost_slots() -> None:
    """For this process: a run goes on where the server has forgotten that its deployment's one slot is taken.

    A server keeps slots in memory, so that each run that was at work when it was killed would be ended by Prefect at
    the next renewal, minutes later. Two runs of a pipeline at once are prevented by the ledger's lease all the same.
    """
    setattr(flow_engine, "maintain_concurrency_lease", _held_while_it_can_be)  # noqa: B010 - typed


def _held_while_it_can_be(lease_id: UUID, lease_duration: float, **_strictness: bool) -> AbstractContextManager[None]:
    return maintain_concurrency_lease(lease_id, lease_duration, suppress_warnings=True)


def is_worth_a_traceback(record: logging.LogRecord) -> bool:
    """A fault is; what stops a run is the message of its state."""
    return not (record.exc_info and isinstance(record.exc_info[1], VerboiceSyncError))


def _is_left_unsaid(_record: logging.LogRecord) -> bool:
    return False


def _say_nothing(*_told: object) -> None: ...
