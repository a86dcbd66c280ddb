"""What Prefect keeps and tells of a run."""

from __future__ import annotations

import importlib
import json

import pytest


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
