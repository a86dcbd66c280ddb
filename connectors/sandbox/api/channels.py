"""The channel endpoints (API sheet 10.1-10.5)."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import Fields, SandboxDatabase
from connectors.sandbox.wire.replies import SandboxReply, TimedReply, head, json_reply, page
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import Param, blank, to_id

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState


_SIP = ("username", "password", "domain", "direction", "register", "number")
# What each kind is created with, and how it is called when shown.
_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "custom": ("custom", ("dial_string",)),
    "sip": ("sip_client", _SIP),
    "sip_client": ("sip_client", _SIP),
    "sip_server": ("sip_server", _SIP),
    "twilio": ("twilio", ("account_sid", "auth_token", "number", "base_url")),
    "voxeo": ("voxeo", ("token", "url", "limit")),
    "africas_talking": ("africa's_talking", ("username", "api_key", "number", "limit")),
    "skype": ("skype", (*_SIP, "kind")),
    "callcentric": ("callcentric", (*_SIP, "kind")),
    "nexmo": ("nexmo", (*_SIP, "kind")),
}
_WITH_GUID = frozenset({"twilio", "voxeo", "africa's_talking"})


def guid_of(kind: str) -> str | None:
    """A new one for the kinds whose provider calls back, null for all others."""
    return str(uuid.uuid4()) if kind in _WITH_GUID else None


def own_channel(database: SandboxDatabase, account_id: int, name: str) -> Fields | None:
    """By name, in the sense of the collation."""
    sql = "select * from channels where account_id = ? and name_key = ? order by id"
    return database.record(sql, (account_id, collation_key(name)))


def own_channel_by_id(database: SandboxDatabase, account_id: int, channel_id: int) -> Fields | None:
    return database.record("select * from channels where account_id = ? and id = ?", (account_id, channel_id))


def shared_channels(database: SandboxDatabase, account_id: int) -> list[Fields]:
    sql = (
        "select c.* from permissions p join channels c on c.id = p.model_id"
        " where p.account_id = ? and p.type = 'Channel' order by p.rowid"
    )
    return database.records(sql, (account_id,))


def usable_channel_by_id(database: SandboxDatabase, account_id: int, channel_id: int) -> Fields | None:
    """Own, else shared."""
    shared = (channel for channel in shared_channels(database, account_id) if channel["id"] == channel_id)
    return own_channel_by_id(database, account_id, channel_id) or next(shared, None)


def _channel_json(state: SandboxState, channel: Fields, viewer: int | None = None) -> Fields:
    """`viewer`: the account that looks, where the reply tells who shared a channel (API sheet 10.2)."""
    flow = state.database.row("select id, name from call_flows where id = ?", (channel["call_flow_id"],))
    shown: Fields = {
        "account_id": channel["account_id"],
        "config": json.loads(channel["config"]),
        "guid": channel["guid"],
        "id": channel["id"],
        "name": channel["name"],
        "kind": channel["kind"],
        "call_flow": flow[1] if flow else None,
        "call_flow_id": flow[0] if flow else None,
        "enabled": bool(channel["enabled"]),
    }
    if viewer is not None and viewer != channel["account_id"]:
        shown["shared_by"] = state.database.value("select email from accounts where id = ?", (channel["account_id"],))
    if state.settings.channel_status:
        shown["status"] = {"ok": bool(channel["enabled"]), "messages": []}
    return shown


def names(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    sql = "select name from channels where account_id = ? order by id"
    return json_reply([row[0] for row in state.database.rows(sql, (request.signed_in.id,))])


def index(state: SandboxState, request: SandboxRequest) -> TimedReply:
    yield state.settings.broker_seconds
    account_id = request.signed_in.id
    found = state.database.records("select * from channels where account_id = ? order by id", (account_id,))
    found = list(
        {channel["id"]: channel for channel in [*found, *shared_channels(state.database, account_id)]}.values()
    )
    return json_reply([_channel_json(state, channel, account_id) for channel in found])


def show(state: SandboxState, request: SandboxRequest) -> TimedReply:
    yield state.settings.broker_seconds
    account_id = request.signed_in.id
    channel = usable_channel_by_id(state.database, account_id, to_id(request.text("id")))
    return json_reply(_channel_json(state, channel, account_id)) if channel else head(404, request.reply_type)


def show_by_name(state: SandboxState, request: SandboxRequest) -> TimedReply:
    yield state.settings.broker_seconds
    channel = own_channel(state.database, request.signed_in.id, request.text("name"))
    return json_reply(_channel_json(state, channel)) if channel else head(404, request.reply_type)


def create(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """200 even where the channel is refused; an unknown kind is a 500 (API sheet 10.5)."""
    data = request.document()
    if data is None or data.get("kind") not in _KINDS:
        return page(500)
    kind, attributes = _KINDS[data["kind"]]
    name, account_id = data.get("name"), request.signed_in.id
    if error := _name_error(state.database, account_id, name):
        return _refused("creating", error)
    flow_sql = (
        "select f.id from call_flows f join projects p on p.id = f.project_id"
        " where p.account_id = ? and f.name_key = ? order by f.id"
    )
    channel_id = state.database.insert(
        "channels",
        account_id=account_id,
        call_flow_id=state.database.value(flow_sql, (account_id, collation_key(str(data.get("call_flow") or "")))),
        name=name,
        name_key=collation_key(name or ""),
        kind=kind,
        guid=guid_of(kind),
        config=json.dumps(_config(data, attributes)),
        enabled=1,
    )
    return json_reply(_channel_json(state, own_channel_by_id(state.database, account_id, channel_id) or {}))


def _config(data: Fields, attributes: tuple[str, ...]) -> Fields:
    given = data.get("config") or {}
    return {attribute: given.get(attribute) for attribute in attributes}


def _name_error(database: SandboxDatabase, account_id: int, name: Param, but: int = 0) -> str:
    if blank(name):
        return "can't be blank"
    sql = "select 1 from channels where account_id = ? and name = ? and id != ?"
    return "has already been taken" if database.row(sql, (account_id, name, but)) else ""


def _refused(action: str, error: str) -> SandboxReply:
    return json_reply({"summary": f"There were problems {action} the Channel", "properties": [{"name": error}]})


def update(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    account_id = request.signed_in.id
    channel = own_channel(state.database, account_id, request.text("name"))
    if channel is None:
        return head(404, request.reply_type)
    data = request.document()
    if data is None:
        return page(500)
    if error := _name_error(state.database, account_id, data.get("name"), channel["id"]):
        return _refused("updating", error)
    attributes = next(known for shown, known in _KINDS.values() if shown == channel["kind"])
    columns = {"name": data["name"], "name_key": collation_key(data["name"])}
    state.database.update("channels", channel["id"], **columns, config=json.dumps(_config(data, attributes)))
    return json_reply(_channel_json(state, own_channel_by_id(state.database, account_id, channel["id"]) or {}))


def destroy(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    channel = own_channel(state.database, request.signed_in.id, request.text("name"))
    if channel is None:
        return head(404, request.reply_type)
    with state.database.transaction():
        state.database.run("delete from queued_calls where channel_id = ?", (channel["id"],))
        state.database.run("update call_logs set channel_id = null where channel_id = ?", (channel["id"],))
        state.database.run("delete from permissions where type = 'Channel' and model_id = ?", (channel["id"],))
        state.database.run("delete from channels where id = ?", (channel["id"],))
    return head(200, request.reply_type)


def enable(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    return _switch(state, request, enabled=True)


def disable(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Cancels the channel's queued calls."""
    return _switch(state, request, enabled=False)


def _switch(state: SandboxState, request: SandboxRequest, *, enabled: bool) -> SandboxReply:
    channel = own_channel_by_id(state.database, request.signed_in.id, to_id(request.text("id")))
    if channel is None:
        return head(404, request.reply_type)
    state.database.update("channels", channel["id"], enabled=int(enabled))
    if not enabled:
        state.broker.cancel_queued("channel_id", channel["id"])
    return head(200, request.reply_type)
