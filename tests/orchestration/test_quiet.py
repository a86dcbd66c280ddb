"""What Prefect's own watchers say about an outage is left unsaid; what everybody else says is not."""

from __future__ import annotations

import logging

import pytest

from connectors.errors import CouldNotBeDone
from flows.orchestration.quiet import be_quiet_about_outages, is_worth_a_traceback


def test_only_what_watches_the_server_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    be_quiet_about_outages()
    assert not logging.getLogger("prefect.events.clients").isEnabledFor(logging.ERROR)
    assert logging.getLogger("prefect.flow_runs").isEnabledFor(logging.ERROR)
    assert not logging.raiseExceptions


@pytest.mark.parametrize(("error", "is_told"), [(CouldNotBeDone("The server is down."), False), (KeyError("x"), True)])
def test_only_a_fault_is_told_with_its_traceback(error: Exception, is_told: bool) -> None:
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, __file__, 1, "ended", (), (type(error), error, None))
    assert is_worth_a_traceback(record) is is_told
