"""Taking a call into the queue, with everything that can go wrong on the way (API sheet 8)."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.verboice.sandbox import channels, dates, schedule_times, schedules, zones
from connectors.verboice.sandbox.clock import as_text
from connectors.verboice.sandbox.collation import collation_key
from connectors.verboice.sandbox.contact_rows import find_contact
from connectors.verboice.sandbox.permissions import project_access
from connectors.verboice.sandbox.ruby import (
    BLOB_BYTES,
    DataError,
    Param,
    blank,
    broken,
    column_text,
    inspect,
    to_i,
    to_s,
    yaml_dump,
)

if TYPE_CHECKING:
    from connectors.verboice.sandbox.state import State

Record = dict[str, Any]
_INTEGER_LINE = re.compile(r"^(0|[1-9]\d*)$", re.MULTILINE)


class CallError(Exception):
    """The call is not taken; the text is the exception's of the real server (API sheet 8.17)."""


def _missing(method: str) -> CallError:
    return CallError(f"undefined method `{method}' for nil:NilClass")


@dataclass(frozen=True, slots=True)
class _Flow:
    """What will be run: a call flow, a TwiML text, a URL, or nothing."""

    call_flow_id: int | None = None
    project_id: int | None = None
    twiml: str | None = None
    callback_url: Param = None


@dataclass(frozen=True, slots=True)
class _Times:
    zone_name: str
    not_before: datetime | None
    not_after: datetime | None
    slot: datetime | None


def enqueue(state: State, account_id: int, options: Mapping[str, Param]) -> Generator[float, None, int]:
    """Saves the log of a call and then its queue row; the log's id. Raises CallError.

    What fails after the log was saved leaves a log that says "queued" and is never dialled (API sheet 8.12).
    """
    channel = _channel(state, account_id, options)
    flow = _flow(state, account_id, options, channel)
    project_id = _project(state, account_id, options, (flow, channel))
    schedule = _schedule(state, project_id, options)
    times = _times(state, project_id, options, schedule)
    if project_id is None:
        raise (
            _missing("contact_addresses")
            if not options.get("contact_id")
            else CallError("Validation failed: Project can't be blank")
        )
    address = _address(options)
    contact_id = options.get("contact_id") or find_contact(state.database, project_id, address)
    ids = {
        "channel_id": channel["id"],
        "project_id": project_id,
        "call_flow_id": flow.call_flow_id,
        "schedule_id": schedule["id"] if schedule else None,
    }
    log_id = None
    if options.get("session_id") is None:
        log_id = _save_log(state, account_id, (address, contact_id), ids | _limits(times))
        yield state.settings.queue_row_seconds
    row = _queue_row(state, options, flow, times)
    row |= {"address": address, "contact_id": None if contact_id is None else to_s(contact_id), "call_log_id": log_id}
    state.database.insert("queued_calls", **ids, **row)
    if log_id is None:
        raise CallError("private method `warn' called for nil:NilClass")
    _remember(state, log_id, row)
    state.broker.load()
    return log_id


def _channel(state: State, account_id: int, options: Mapping[str, Param]) -> Record:
    """Own channels by collation, shared ones by exact name; else by id (API sheet 8, parameters)."""
    name, database = options.get("channel"), state.database
    if not blank(name):
        shared = (entry for entry in channels.shared_channels(database, account_id) if entry["name"] == name)
        channel = channels.own_channel(database, account_id, to_s(name)) or next(shared, None)
    else:
        given = options.get("channel_id") if state.settings.at_least(3, 0, 2) else None
        channel = channels.usable_channel_by_id(database, account_id, to_i(given)) if given is not None else None
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


def _flow(state: State, account_id: int, options: Mapping[str, Param], channel: Record) -> _Flow:
    """The first that is given of call_flow_id, call_flow, flow, callback_url; else the channel's (API sheet 8.5)."""
    sql = "select f.id, f.project_id, p.account_id from call_flows f join projects p on p.id = f.project_id where "
    if _given(options, "call_flow_id"):
        return _usable_flow(state, account_id, (sql + "f.id = ?", to_i(options["call_flow_id"])))
    if _given(options, "call_flow"):
        key = collation_key(to_s(options["call_flow"]))
        return _usable_flow(state, account_id, (sql + "f.name_key = ? order by f.id", key))
    if _given(options, "flow"):
        return _Flow(twiml=to_s(options["flow"]))
    if _given(options, "callback_url"):
        return _Flow(callback_url=options["callback_url"])
    row = state.database.row(sql + "f.id = ?", (channel["call_flow_id"],))
    return _Flow(row[0], row[1]) if row else _Flow()


def _usable_flow(state: State, account_id: int, query: tuple[str, Any]) -> _Flow:
    """Looked up among everybody's flows; one that is not accessible leaves the call without any (8.8, 8.9)."""
    row = state.database.row(query[0], (query[1],))
    if row is None:
        raise _missing("project")
    sql = "select 1 from permissions where account_id = ? and type = 'Project' and model_id = ?"
    if row[2] == account_id or state.database.row(sql, (account_id, row[1])):
        return _Flow(row[0], row[1])
    return _Flow()


def _project(state: State, account_id: int, options: Mapping[str, Param], of: tuple[_Flow, Record]) -> int | None:
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
    columns: Record = {"account_id": account_id, "name": name, "name_key": key, "time_zone": "UTC"}
    return found or state.database.insert("projects", **columns)


def _schedule(state: State, project_id: int | None, options: Mapping[str, Param]) -> Record | None:
    """By id if the parameter is there, else by name; an empty one counts as given (API sheet 8.18)."""
    if not {"schedule_id", "schedule"} & options.keys():
        return None
    if project_id is None:
        raise _missing("schedules")
    if "schedule_id" in options:
        given = options["schedule_id"]
        if given is None:
            raise CallError("Couldn't find Schedule without an ID")
        sql = "select * from schedules where project_id = ? and id = ?"
        found = state.database.record(sql, (project_id, to_i(given)))
        if found is None:
            where = f"[WHERE `schedules`.`project_id` = {project_id}]"
            raise CallError(f"Couldn't find Schedule with id={to_s(given)} {where}")
        return found
    name = to_s(options["schedule"])
    found = schedules.find_schedule(state.database, project_id, name)
    if found is None:
        raise CallError(f"Couldn't find Schedule with name = {name}")
    return found


def _zone_name(state: State, project_id: int | None, given: Param) -> str:
    if blank(given):
        if project_id is None:
            raise _missing("time_zone")
        name: str = state.database.value("select time_zone from projects where id = ?", (project_id,)) or "UTC"
        return name
    if not isinstance(given, str):
        raise CallError(f"invalid argument to TimeZone[]: {inspect(given)}")
    if zones.identifier(given) is None:
        raise CallError(f"Time zone {given} not supported")
    return given


def _times(state: State, project_id: int | None, options: Mapping[str, Param], schedule: Record | None) -> _Times:
    zone_name = _zone_name(state, project_id, options.get("time_zone"))
    not_before = _date(state, options.get("not_before"), zone_name, "Not Before")
    not_after = _date(state, options.get("not_after"), zone_name, "Not After")
    now, slot = state.clock.now(), not_before
    if schedule is not None:
        slot = schedule_times.next_slot(schedule, zone_name, max(not_before or now, now))
    if not_after is not None:
        if not_after < now:
            raise CallError("Not After date can't be in the past")
        if not_before is not None and not_after < not_before:
            raise CallError("Not After date can't be before Not Before date")
        if slot is not None and not_after < slot:
            raise CallError("Not After date can't be before schedule's next available date")
    return _Times(zone_name, not_before, not_after, slot)


def _date(state: State, given: Param, zone_name: str, label: str) -> datetime | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise CallError(f"undefined method `utc' for {inspect(given)}")
    try:
        return dates.parse(given, zones.zone(zone_name), state.clock.now())
    except dates.DateError as error:
        raise CallError(f"Invalid date: {label}") from error


def _address(options: Mapping[str, Param]) -> str:
    """As sent; a nested one becomes a YAML text."""
    address = options["address"]
    return (
        address
        if isinstance(address, str)
        else yaml_dump(address)
        if isinstance(address, list | dict)
        else to_s(address)
    )


def _limits(times: _Times) -> Record:
    return {"not_before": as_text(times.not_before), "not_after": as_text(times.not_after)}


def _sql_error(problem: str, table: str, column: str) -> str:
    sql = f"INSERT INTO `{table}` (`{column}`) VALUES (...)"  # noqa: S608 - a text to be shown, never run
    return f"Mysql2::Error: {problem} for column '{column}' at row 1: {sql}"


def _fitting(state: State, table: str, column: str, value: Param) -> str | None:
    """The value as the column takes it. Raises CallError with the database's words."""
    try:
        return column_text(value, strict=state.strict)
    except DataError as error:
        raise CallError(_sql_error(error.problem, table, column)) from error


def _save_log(state: State, account_id: int, who: tuple[str, Param], columns: Record) -> int:
    """The log belongs to the flow's owner, not to the caller (API sheet 8.11)."""
    address, contact_id = who
    if columns["call_flow_id"] is not None:
        account_id = state.database.value("select account_id from projects where id = ?", (columns["project_id"],))
    now = as_text(state.clock.now())
    log_id = state.database.insert(
        "call_logs",
        account_id=account_id,
        address=_fitting(state, "call_logs", "address", address),
        contact_id=None if contact_id is None else to_i(contact_id),
        direction="outgoing",
        state="queued",
        created_at=now,
        **columns,
    )
    text = f"Received via API: call {address}".encode("utf-8", "replace").decode()
    state.database.insert("call_log_entries", call_id=log_id, severity="info", description=text, created_at=now)
    return log_id


def call_variables(given: Param) -> Record:
    """Call variables as queued: digits become integers, line by line (API sheet 8.13). Raises CallError."""
    if not isinstance(given, dict):
        return {}
    variables: Record = {}
    for name, value in given.items():
        if isinstance(value, str) and broken(value):
            raise CallError("invalid byte sequence in UTF-8")
        variables[name] = to_i(value) if isinstance(value, str) and _INTEGER_LINE.search(value) else value
    return variables


def _queue_row(state: State, options: Mapping[str, Param], flow: _Flow, times: _Times) -> Record:
    variables = call_variables(options.get("vars"))
    callback = options.get("callback_params")
    twiml = None if flow.twiml is None else flow.twiml.encode("utf-8", "surrogateescape")
    if twiml is not None and len(twiml) > BLOB_BYTES:
        if state.strict:
            raise CallError(_sql_error("Data too long", "queued_calls", "flow"))
        twiml = twiml[:BLOB_BYTES]
    urls = {"callback_url": flow.callback_url, "status_callback_url": options.get("status_callback_url")}
    return {
        **{name: _fitting(state, "queued_calls", name, url) for name, url in urls.items()},
        "flow": twiml,
        "not_before": as_text(times.slot),
        "not_after": as_text(times.not_after),
        "time_zone": zones.identifier(times.zone_name),
        "variables": json.dumps(variables),
        "callback_params": json.dumps(callback) if isinstance(callback, dict) else None,
        "session_id": None if options.get("session_id") is None else to_s(options["session_id"]),
        "scheduled_call_id": None if options.get("scheduled_call_id") is None else to_s(options["scheduled_call_id"]),
    }


def _remember(state: State, log_id: int, row: Record) -> None:
    """Keeps what was asked for beside the log, since the queue row goes when the call is dialled."""
    kept = {
        "vars": json.loads(row["variables"]),
        "flow": None if row["flow"] is None else row["flow"].decode("utf-8", "replace"),
        "callback_url": row["callback_url"],
        "status_callback_url": row["status_callback_url"],
        "callback_params": json.loads(row["callback_params"]) if row["callback_params"] else None,
        "time_zone": row["time_zone"],
        "queued_for": row["not_before"],
    }
    state.database.update("call_logs", log_id, request=json.dumps(kept))
