"""What Prefect keeps and tells of a run."""

from __future__ import annotations

import importlib
import json
import logging

import pytest

from connectors.errors import CouldNotBeDone


@pytest.mark.parametrize(
    ("module", "name", "options"),
    [
        ("flows.sync_contacts", "sync_contacts", "SyncOptions"),
        ("flows.enqueue_calls", "enqueue_calls", "CallOptions"),
        ("flows.backfill", "backfill", "BackfillOptions"),
        ("flows.fleet", "sync_by_fleet", "FleetOptions"),
    ],
)
def test_prefect_keeps_no_address_that_a_command_was_limited_to(module: str, name: str, options: str) -> None:
    from flows.orchestration.under_prefect import secret

    room = importlib.import_module(module)
    chosen = getattr(room, options)(only=secret(["012345678"]))
    assert "012345678" not in json.dumps(getattr(room, name).serialize_parameters({"options": chosen}))
    assert chosen.addresses == ("012345678",)
    assert getattr(room, options).model_validate({"only": ["012345678"]}) == chosen


@pytest.mark.parametrize("logger", ["prefect.flow_runs", "prefect.task_runs"])
@pytest.mark.parametrize(("error", "kept"), [(CouldNotBeDone("The server is down."), False), (KeyError("x"), True)])
def test_only_a_fault_is_told_with_its_traceback(logger: str, error: Exception, kept: bool) -> None:
    importlib.import_module("flows.orchestration.under_prefect")
    about = (type(error), error, None)
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, "stopped: %r", (error,), about)
    assert logging.getLogger(logger).filter(record)
    assert bool(record.exc_info) is kept
