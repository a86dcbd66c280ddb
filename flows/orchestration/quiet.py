"""What Prefect says at length, and again and again, of an outage or of a run that was stopped, is left unsaid.

Whoever serves says in a line that the server is away, the flow runs go on, and what stopped a run is in its state.
"""

from __future__ import annotations

import logging
from functools import partial

from prefect._internal import observers
from prefect.utilities.services import critical_service_loop

from connectors.errors import VerboiceSyncError

_NOISY = (
    "prefect._internal",
    "prefect.events.clients",
    "prefect.runner.event_emitter",
    "prefect.FlowRunCancellingObserver",
    "prefect.FlowRunSuspendingObserver",
)
_OBSERVER = "Observer._handle_polling_task_done"  # stumbles over its own end


def be_quiet_about_outages() -> None:
    """For this process. Log lines that do not reach the server are lost to its pages; they are on stderr as well."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(lambda record: _OBSERVER not in record.getMessage())
    logging.getLogger("prefect.flow_runs").addFilter(is_worth_a_traceback)
    logging.raiseExceptions = False  # or each line that does not reach the server is told by two others
    setattr(observers, "critical_service_loop", partial(critical_service_loop, printer=_say_nothing))  # noqa: B010 - typed


def is_worth_a_traceback(record: logging.LogRecord) -> bool:
    """A fault is; what stops a run is the message of its state."""
    return not (record.exc_info and isinstance(record.exc_info[1], VerboiceSyncError))


def _say_nothing(*_told: object) -> None: ...
