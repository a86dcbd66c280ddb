"""What Prefect's own watchers say about an outage is left unsaid; and no run is ended by one."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from uuid import UUID, uuid4

import pytest
from prefect import flow_engine
from prefect.concurrency import _leases

from connectors.errors import CouldNotBeDone
from flows.orchestration.outages import be_quiet_about_outages, is_worth_a_traceback, outlive_lost_slots


def is_told(name: str) -> bool:
    return bool(
        logging.getLogger(name).filter(logging.LogRecord(name, logging.ERROR, __file__, 1, "an outage", (), None))
    )


def test_only_what_watches_the_server_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    be_quiet_about_outages()
    assert not is_told("prefect._internal.concurrency")
    assert not is_told("prefect.events.clients")
    assert is_told("prefect.flow_runs")
    assert not logging.getLogger("prefect._internal.below").isEnabledFor(
        logging.ERROR
    )  # no filter of its parent's counts
    assert not logging.raiseExceptions


@pytest.mark.parametrize(("error", "is_told"), [(CouldNotBeDone("The server is down."), False), (KeyError("x"), True)])
def test_only_a_fault_is_told_with_its_traceback(error: Exception, is_told: bool) -> None:
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, __file__, 1, "ended", (), (type(error), error, None))
    assert is_worth_a_traceback(record) is is_told


def test_a_slot_that_the_server_has_forgotten_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def gone(_client: object, _lease: UUID, _seconds: float, _ended: threading.Event) -> bool:
        tried.set()
        raise ConnectionError("410 Gone")

    monkeypatch.setattr(_leases, "get_client", lambda **_: nullcontext())
    monkeypatch.setattr(_leases, "_renew_concurrency_lease_with_retries", gone)
    monkeypatch.setattr(flow_engine, "maintain_concurrency_lease", _leases.maintain_concurrency_lease)

    def is_ended() -> bool:
        tried.clear()
        try:  # as the engine of flow runs does it
            with flow_engine.maintain_concurrency_lease(uuid4(), 300, raise_on_lease_renewal_failure=True):
                assert tried.wait(30)
                threading.Event().wait(0.5)
        except BaseException as error:  # noqa: BLE001 - Prefect's own is one
            return type(error).__name__ == "CancelledError"
        return False

    assert is_ended()
    outlive_lost_slots()
    assert not is_ended()
