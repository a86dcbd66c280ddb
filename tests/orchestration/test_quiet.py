"""What Prefect's own watchers say about an outage is left unsaid; what everybody else says is not."""

from __future__ import annotations

import logging

import pytest

from flows.orchestration.quiet import be_quiet_about_outages


def test_only_what_watches_the_server_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", True)
    be_quiet_about_outages()
    assert not logging.getLogger("prefect.events.clients").isEnabledFor(logging.ERROR)
    assert logging.getLogger("prefect.flow_runs").isEnabledFor(logging.ERROR)
    assert not logging.raiseExceptions
