"""The channel endpoints (API sheet 10.1-10.5)."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def channels(world):
    """Ana's own, with a flow and a password in its configuration, and one Bob shares with her."""
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    own = world.sandbox.add_channel(world.ana, "Own", call_flow=flow, kind="sip_client", config={"password": "p"})
    shared = world.sandbox.add_channel(world.bob, "Bobs", enabled=False)
    world.sandbox.share_channel(shared, world.ana)
    return own, shared


def test_10_1_own_names_only(world, channels):
    assert world.get("/api/channels.json").json() == ["Own"]


def test_10_2_all_channels_own_and_shared(world, channels):
    own, shared = world.get("/api/channels/all.json").json()
    assert list(own) == [
        "account_id", "config", "guid", "id", "name", "kind", "call_flow", "call_flow_id", "enabled",
    ]  # fmt: skip
    assert (own["config"], own["kind"], own["call_flow"], own["enabled"]) == (
        {"password": "p"},
        "sip_client",
        "Reminder",
        True,
    )
    assert (shared["shared_by"], shared["call_flow"], shared["enabled"]) == ("bob@example.org", None, False)
    assert world.get(f"/api/channels/all/{shared['id']}.json").json() == shared
    missing = world.get("/api/channels/all/99.json")
    assert (missing.status, missing.shape) == (404, "B")
    world.sandbox.configure(channel_status=True)
    assert world.get(f"/api/channels/all/{own['id']}.json").json()["status"] == {"ok": True, "messages": []}


def test_10_2_all_came_with_3_0_2(world, channels):
    world.sandbox.configure(version="3.0.1")
    assert world.get("/api/channels/all.json").shape == "B"  # taken for a channel called "all"


def test_10_3_by_name_own_only_in_any_spelling(world, channels):
    assert world.get("/api/channels/OWN%20.json").json()["id"] == channels[0].id
    assert "shared_by" not in world.get("/api/channels/own.json").json()
    assert world.get("/api/channels/Bobs.json").shape == "B"


def test_10_5_a_channel_is_created_or_refused_under_a_200(world, channels):
    given = {"name": "New", "kind": "custom", "config": {"dial_string": "x", "other": 1}, "call_flow": "Reminder"}
    made = world.post("/api/channels.json", json.dumps(given))
    assert (made.json()["config"], made.json()["call_flow"]) == ({"dial_string": "x"}, "Reminder")
    for name, problem in (("New", "has already been taken"), ("", "can't be blank")):
        refused = world.post("/api/channels.json", json.dumps(given | {"name": name}))
        assert refused.status == 200
        assert refused.json() == {
            "summary": "There were problems creating the Channel",
            "properties": [{"name": problem}],
        }
    assert world.post("/api/channels.json", json.dumps(given | {"kind": "pigeon"})).shape == "C"
    assert world.get("/api/channels.json").json() == ["Own", "New"]


@pytest.mark.parametrize(("kind", "has_guid"), [("custom", False), ("sip", False), ("twilio", True), ("voxeo", True)])
def test_only_kinds_whose_provider_calls_back_have_a_guid(world, kind, has_guid):
    made = world.post("/api/channels.json", json.dumps({"name": "New", "kind": kind})).json()
    assert (made["guid"] is not None) == has_guid


def test_10_5_channels_are_changed_and_removed(world, channels):
    changed = world.put("/api/channels/own.json", '{"name": "Renamed", "config": {"password": "q"}}')
    assert (changed.json()["name"], changed.json()["config"]["password"]) == ("Renamed", "q")
    assert world.put("/api/channels/none.json", "{}").shape == "B"
    assert world.ask("DELETE", "/api/channels/renamed.json").status == 200
    assert world.get("/api/channels.json").json() == []


def test_10_5_enable_and_disable_own_by_post_only(world, channels):
    own, shared = channels
    assert (
        world.post(f"/api/channels/{own.id}/disable.json").status,
        world.post(f"/api/channels/{own.id}/disable.json").shape,
    ) == (200, "B")
    assert world.get("/api/channels/own.json").json()["enabled"] is False
    assert world.post(f"/api/channels/{own.id}/enable.json").status == 200
    assert world.get("/api/channels/own.json").json()["enabled"] is True
    assert world.post(f"/api/channels/{shared.id}/enable.json").shape == "B"
    assert world.get(f"/api/channels/{own.id}/enable.json").shape == "C"
