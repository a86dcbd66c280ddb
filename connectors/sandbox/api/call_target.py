"""What a call request refers to: channel, flow, project and schedule (API sheet 8.5-8.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.sandbox.api import channels, schedules
from connectors.sandbox.api.permissions import project_access
from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import Fields
from connectors.sandbox.wire.ruby import Param, blank, to_id, to_s

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState


class CallError(Exception):
    """The call is not taken; the text is the exception's of the real server (API sheet 8.17)."""


def missing(method: str) -> CallError:
    return CallError(f"undefined method `{method}' for nil:NilClass")


@dataclass(frozen=True, slots=True)
class Flow:
    """What will be run: a call flow, a TwiML text, a URL, or nothing."""

    call_flow_id: int | None = None
    project_id: int | None = None
    twiml: str | None = None
    callback_url: Param = None


def find_channel(state: SandboxState, account_id: int, options: Mapping[str, Param]) -> Fields:
    """Own channels by collation, shared ones by exact name; else by id (API sheet 8, parameters)."""
    name, database = options.get("channel"), state.database
    if not blank(name):
        shared = (entry for entry in channels.shared_channels(database, account_id) if entry["name"] == name)
        channel = channels.own_channel(database, account_id, to_s(name)) or next(shared, None)
    else:
        given = options.get("channel_id") if state.settings.at_least(3, 0, 2) else None
        channel = channels.usable_channel_by_id(database, account_id, to_id(given)) if given is not None else None
    if channel is None:
        shown = name if name is not None else options.get("channel_id")
        raise CallError(f"Channel not found: {to_s(shown)}")
    if not channel["enabled"] and state.settings.at_least(3, 1):
        raise CallError("Channel is disabled")
    if blank(options.get("address")):
        raise CallError("Call address cannot be empty")
    return channel


def _given(options: Mapping[str, Param], name: str) -> bool:
    """Present in Ruby's sense: an empty text counts (API sheet 8.5)."""
    return options.get(name) is not None and options.get(name) is not False


def choose_flow(state: SandboxState, account_id: int, options: Mapping[str, Param], channel: Fields) -> Flow:
    """The first that is given of call_flow_id, call_flow, flow, callback_url; else the channel's (API sheet 8.5)."""
    sql = "select f.id, f.project_id, p.account_id from call_flows f join projects p on p.id = f.project_id where "
    if _given(options, "call_flow_id"):
        return _usable_flow(state, account_id, (sql + "f.id = ?", to_id(options["call_flow_id"])))
    if _given(options, "call_flow"):
        key = collation_key(to_s(options["call_flow"]))
        return _usable_flow(state, account_id, (sql + "f.name_key = ? order by f.id", key))
    if _given(options, "flow"):
        return Flow(twiml=to_s(options["flow"]))
    if _given(options, "callback_url"):
        return Flow(callback_url=options["callback_url"])
    row = state.database.row(sql + "f.id = ?", (channel["call_flow_id"],))
    return Flow(row[0], row[1]) if row else Flow()


def _usable_flow(state: SandboxState, account_id: int, query: tuple[str, Any]) -> Flow:
    """Looked up among everybody's flows; one that is not accessible leaves the call without any (8.8, 8.9)."""
    row = state.database.row(query[0], (query[1],))
    if row is None:
        raise missing("project")
    sql = "select 1 from permissions where account_id = ? and type = 'Project' and model_id = ?"
    if row[2] == account_id or state.database.row(sql, (account_id, row[1])):
        return Flow(row[0], row[1])
    return Flow()


def choose_project(
    state: SandboxState, account_id: int, options: Mapping[str, Param], of: tuple[Flow, Fields]
) -> int | None:
    """The flow's, else the one asked for, else the channel's, else "Default", created where missing (8.10)."""
    flow, channel = of
    if flow.project_id is not None:
        return flow.project_id
    if _given(options, "project_id"):
        account = state.accounts.by_id(account_id)
        return project_access(state.database, account, options["project_id"]).project_id or None
    sql = "select project_id from call_flows where id = ?"
    project_id: int | None = state.database.value(sql, (channel["call_flow_id"],))
    if project_id is not None or not state.settings.at_least(3, 3):
        return project_id
    client = options.get("guisso_client_name")
    name = f"{to_s(client)} default" if client else "Default"
    key = collation_key(name)
    sql = "select id from projects where account_id = ? and name_key = ? order by id"
    found = state.database.value(sql, (account_id, key))
    columns: Fields = {"account_id": account_id, "name": name, "name_key": key, "time_zone": "UTC"}
    return found or state.database.insert("projects", **columns)


def find_schedule(state: SandboxState, project_id: int | None, options: Mapping[str, Param]) -> Fields | None:
    """By id if the parameter is there, else by name; an empty one counts as given (API sheet 8.18)."""
    if not {"schedule_id", "schedule"} & options.keys():
        return None
    if project_id is None:
        raise missing("schedules")
    if "schedule_id" in options:
        given = options["schedule_id"]
        if given is None:
            raise CallError("Couldn't find Schedule without an ID")
        sql = "select * from schedules where project_id = ? and id = ?"
        found = state.database.record(sql, (project_id, to_id(given)))
        if found is None:
            where = f"[WHERE `schedules`.`project_id` = {project_id}]"
            raise CallError(f"Couldn't find Schedule with id={to_s(given)} {where}")
        return found
    name = to_s(options["schedule"])
    found = schedules.find_schedule(state.database, project_id, name)
    if found is None:
        raise CallError(f"Couldn't find Schedule with name = {name}")
    return found
