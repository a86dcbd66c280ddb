"""Projects and what is in them: call flows, schedules, variables, data packages (API sheet 2 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.api.permissions import owned_project
from connectors.sandbox.storage import SandboxDatabase
from connectors.sandbox.wire.replies import SandboxReply, json_reply, page
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import to_id

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

_NO_FLOW = (
    "Call flow does not exist",
    "Call flow does not exist, does not belong to project, or you don't have permissions to access it.",
)
_NO_PACKAGE = (
    "Call flow does not export a FLOIP package",
    "Call flow does not export a data package, probably because it's driven by a third-party app.",
)


def _project_json(database: SandboxDatabase, project_id: int, name: str) -> dict[str, Any]:
    flows = database.records("select id, name from call_flows where project_id = ? order by id", (project_id,))
    schedules = database.rows("select name from schedules where project_id = ? order by id", (project_id,))
    variables = database.rows("select name from project_variables where project_id = ? order by id", (project_id,))
    return {
        "id": project_id,
        "name": name,
        "call_flows": sorted(flows, key=lambda flow: str(flow["name"]).lower()),
        "schedules": sorted((row[0] for row in schedules), key=str.lower),
        "contact_vars": [row[0] for row in variables],
    }


def index(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """The account's own projects only (API sheet 2.3)."""
    sql = "select id, name from projects where account_id = ? order by id"
    found = sorted(state.database.rows(sql, (request.signed_in.id,)), key=lambda row: str(row[1]).lower())
    return json_reply([_project_json(state.database, *row) for row in found])


def show(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    project_id = owned_project(state.database, request.signed_in, request.text("id"))
    if project_id is None:
        return page(404)
    name = state.database.value("select name from projects where id = ?", (project_id,))
    return json_reply(_project_json(state.database, project_id, name))


def variables(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    project_id = owned_project(state.database, request.signed_in, request.text("project_id"))
    if project_id is None:
        return page(404)
    sql = "select id, name from project_variables where project_id = ? order by id"
    return json_reply(state.database.records(sql, (project_id,)))


def call_flows(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Always an error: 404 for a project that is not the account's own, else 500 (API sheet 10.7)."""
    project_id = owned_project(state.database, request.signed_in, request.text("project_id"))
    return page(404 if project_id is None else 500)


def _flow_of(state: SandboxState, request: SandboxRequest, name: str) -> dict[str, Any] | None:
    project_id = owned_project(state.database, request.signed_in, request.text("project_id"))
    sql = "select id, name from call_flows where project_id = ? and id = ?"
    return state.database.record(sql, (project_id, to_id(request.text(name))))


def call_flow(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    flow = _flow_of(state, request, "id")
    return page(404) if flow is None else json_reply(flow)


def packages(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """No flow of the sandbox exports a data package; the errors are those of API sheet 10.9."""
    title, detail = _NO_FLOW if _flow_of(state, request, "call_flow_id") is None else _NO_PACKAGE
    return json_reply({"errors": [{"status": "404", "title": title, "detail": detail}]}, 404)
