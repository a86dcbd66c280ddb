"""The call endpoints: enqueueing, state, details, cancelling (API sheet 8 and 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.api.call_target import CallError
from connectors.sandbox.api.enqueue import enqueue
from connectors.sandbox.wire.rack import media_type
from connectors.sandbox.wire.replies import SandboxReply, TimedReply, head, json_reply, page
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import to_id

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

_DETAILS = (
    "select c.id call_id, state, c.project_id, p.name project_name, started_at, finished_at, not_before, direction,"
    " c.channel_id, h.name channel_name, c.call_flow_id, f.name call_flow_name, c.contact_id,"
    " c.address contact_address, c.schedule_id, s.name schedule_name, fail_reason, fail_code, fail_details"
    " from call_logs c left join projects p on p.id = c.project_id left join channels h on h.id = c.channel_id"
    " left join call_flows f on f.id = c.call_flow_id left join schedules s on s.id = c.schedule_id where c.id = ?"
)


def call(state: SandboxState, request: SandboxRequest) -> TimedReply:
    """Any verb places a call; a POST's body is always the flow, even an empty one (API sheet 8.1, 8.6)."""
    yield 0.0
    options = dict(request.parameters)
    if request.method == "POST":
        uploaded = media_type(request.content_type) == "multipart/form-data"
        options["flow"] = "" if uploaded else request.body.decode("utf-8", "surrogateescape")
    try:
        call_id = yield from enqueue(state, request.signed_in.id, options)
    except CallError as refused:
        return json_reply({"error": str(refused)}, 400)
    yield state.settings.broker_seconds
    return json_reply({"call_id": call_id, "state": "queued"})


def _own_call(state: SandboxState, request: SandboxRequest) -> dict[str, Any] | None:
    """Of the account the log is filed under, which is not always the one that placed the call (API sheet 8.11)."""
    sql = "select id, state, project_id, channel_id from call_logs where account_id = ? and id = ?"
    return state.database.record(sql, (request.signed_in.id, to_id(request.text("id"))))


def state_of(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    found = _own_call(state, request)
    if found is None:
        return head(404, request.reply_type) if state.settings.at_least(3, 1, 2) else page(500)
    return json_reply({"call_id": found["id"], "state": found["state"]})


def details(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Null fields are left out; without call flow, project or channel it is a 500 (API sheet 9.2, 9.3)."""
    found = _own_call(state, request)
    if found is None:
        return head(404, request.reply_type) if state.settings.at_least(3, 1, 2) else page(500)
    shown = state.database.record(_DETAILS, (found["id"],)) or {}
    if any(shown[name] is None for name in ("project_name", "channel_name", "call_flow_name")):
        return page(500)
    return json_reply({name: value for name, value in shown.items() if value is not None})


def cancel(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Any verb, any state, as often as one likes; a running call is not hung up (API sheet 9.5)."""
    found = _own_call(state, request)
    if found is None:
        return head(404, request.reply_type)
    state.database.run("delete from queued_calls where call_log_id = ?", (found["id"],))
    if found["project_id"] is None or found["channel_id"] is None:
        return page(422)
    state.database.update("call_logs", found["id"], state=state.settings.cancelled)
    return json_reply({"call_id": found["id"], "state": state.settings.cancelled})


def redirect_call(_state: SandboxState, _request: SandboxRequest) -> SandboxReply:
    """Broken on the real server too (API sheet 9.6)."""
    return page(500)
