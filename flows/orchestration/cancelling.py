"""Whether somebody has cancelled this flow run in Prefect's pages, asked by the run itself.

Whoever carries the run out should be told so, and stop it with a signal. But its ear may be dead since an outage of the
server, and a flow that a command runs has nobody of that kind at all.
"""

from __future__ import annotations

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

LONGEST = 5.0  # seconds that an answer may take: it is asked for again in a moment


class Cancelling:
    """Asks after the flow run that makes it, from any thread. A server that is away has cancelled nothing."""

    def __init__(self) -> None:
        self._flow_run = flow_run.id
        self._client = get_client(sync_client=True, httpx_settings={"timeout": LONGEST})

    def __call__(self) -> bool:
        # Without repetitions, which would still be waiting when the server is back.
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            try:
                state = self._client.read_flow_run(self._flow_run).state
            except (httpx.HTTPError, PrefectException, RuntimeError):
                return False
        return state is not None and (state.is_cancelling() or state.is_cancelled())
