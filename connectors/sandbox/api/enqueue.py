"""Taking a call into the queue, with everything that can go wrong on the way (API sheet 8)."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.sandbox import dates, schedule_times, zones
from connectors.sandbox.api.call_rows import insert
from connectors.sandbox.api.call_target import (
    CallError,
    Flow,
    choose_flow,
    choose_project,
    find_channel,
    find_schedule,
    missing,
)
from connectors.sandbox.api.contact_rows import find_contact
from connectors.sandbox.clock import as_text
from connectors.sandbox.storage import Fields
from connectors.sandbox.wire.ruby import (
    Param,
    blank,
    broken,
    inspect,
    nested_text,
    to_bytes,
    to_i,
    to_id,
)

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

_INTEGER_LINE = re.compile(r"^(0|[1-9]\d*)$", re.MULTILINE | re.ASCII)


@dataclass(frozen=True, slots=True)
class _Times:
    zone_name: str
    not_before: datetime | None
    not_after: datetime | None
    slot: datetime | None


def enqueue(state: SandboxState, account_id: int, options: Mapping[str, Param]) -> Generator[float, None, int]:
    """Saves the log of a call and then its queue row; the log's id. Raises CallError.

    What fails after the log was saved leaves a log that says "queued" and is never dialled (API sheet 8.12).
    """
    channel = find_channel(state, account_id, options)
    flow = choose_flow(state, account_id, options, channel)
    project_id = choose_project(state, account_id, options, (flow, channel))
    schedule = find_schedule(state, project_id, options)
    times = _times(state, project_id, options, schedule)
    if project_id is None and options.get("contact_id"):
        raise CallError("Validation failed: Project can't be blank")
    if project_id is None:
        raise missing("contact_addresses")
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
    row = _queue_row(options, flow, times)
    row |= {"address": address, "call_log_id": log_id}
    row["contact_id"] = None if contact_id is None else to_id(contact_id)
    queued_id = insert(state, "queued_calls", ids | row)
    if log_id is None:
        raise CallError("private method `warn' called for nil:NilClass")
    _remember(state, log_id, queued_id)
    state.broker.load()
    return log_id


def _zone_name(state: SandboxState, project_id: int | None, given: Param) -> str:
    if blank(given):
        if project_id is None:
            raise missing("time_zone")
        name: str = state.database.value("select time_zone from projects where id = ?", (project_id,)) or "UTC"
        return name
    if not isinstance(given, str):
        raise CallError(f"invalid argument to TimeZone[]: {inspect(given)}")
    if zones.identifier(given) is None:
        raise CallError(f"Time zone {given} not supported")
    return given


def _times(
    state: SandboxState, project_id: int | None, options: Mapping[str, Param], schedule: Fields | None
) -> _Times:
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


def _date(state: SandboxState, given: Param, zone_name: str, label: str) -> datetime | None:
    if not isinstance(given, str):
        return None
    try:
        return dates.parse(given, zones.zone(zone_name), state.clock.now())
    except dates.DateError as error:
        raise CallError(f"Invalid date: {label}") from error


def _address(options: Mapping[str, Param]) -> str:
    """As sent; a nested one becomes a YAML text."""
    address = options["address"]
    return address if isinstance(address, str) else nested_text(address)


def _limits(times: _Times) -> Fields:
    return {"not_before": as_text(times.not_before), "not_after": as_text(times.not_after)}


def _save_log(state: SandboxState, account_id: int, who: tuple[str, Param], columns: Fields) -> int:
    """The log belongs to the flow's owner, not to the caller (API sheet 8.11)."""
    address, contact_id = who
    if columns["call_flow_id"] is not None:
        account_id = state.database.value("select account_id from projects where id = ?", (columns["project_id"],))
    now = as_text(state.clock.now())
    who_and_how: Fields = {
        "account_id": account_id,
        "address": address,
        "contact_id": None if contact_id is None else to_id(contact_id),
        "direction": "outgoing",
        "state": "queued",
        "created_at": now,
    }
    log_id = insert(state, "call_logs", who_and_how | columns)
    text = f"Received via API: call {address}".encode("utf-8", "replace").decode()
    state.database.insert("call_log_entries", call_id=log_id, severity="info", description=text, created_at=now)
    return log_id


def call_variables(given: Param) -> Fields:
    """Call variables as queued: digits become integers, line by line (API sheet 8.13). Raises CallError."""
    if not isinstance(given, dict):
        return {}
    variables: Fields = {}
    for name, value in given.items():
        if isinstance(value, str) and broken(value):
            raise CallError("invalid byte sequence in UTF-8")
        variables[name] = to_i(value) if isinstance(value, str) and _INTEGER_LINE.search(value) else value
    return variables


def _queue_row(options: Mapping[str, Param], flow: Flow, times: _Times) -> Fields:
    callback = options.get("callback_params")
    return {
        "callback_url": flow.callback_url,
        "status_callback_url": options.get("status_callback_url"),
        "flow": None if flow.twiml is None else to_bytes(flow.twiml),
        "not_before": as_text(times.slot),
        "not_after": as_text(times.not_after),
        "time_zone": zones.identifier(times.zone_name),
        "variables": json.dumps(call_variables(options.get("vars"))),
        "callback_params": json.dumps(callback) if isinstance(callback, dict) else None,
        "session_id": options.get("session_id"),
    }


def _remember(state: SandboxState, log_id: int, queued_id: int) -> None:
    """Keeps what was asked for beside the log, since the queue row goes when the call is dialled."""
    row = state.database.record("select * from queued_calls where id = ?", (queued_id,)) or {}
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
