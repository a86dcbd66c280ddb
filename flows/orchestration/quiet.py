"""What Prefect's own watchers say about an outage of its server, at length and again and again, is left unsaid.

Whoever serves says it in a line, and the flow runs go on.
"""

from __future__ import annotations

import logging

_NOISY = (
    "prefect._internal",
    "prefect.events.clients",
    "prefect.FlowRunCancellingObserver",
    "prefect.FlowRunSuspendingObserver",
)


def be_quiet_about_outages() -> None:
    """For this process. Log lines that do not reach the server are lost to its pages; they are on stderr as well."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.raiseExceptions = False  # or each line that does not reach the server is told by two others
