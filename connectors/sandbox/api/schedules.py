"""The schedule endpoints (API sheet 10.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connectors.sandbox.api.permissions import owned_project
from connectors.sandbox.collation import collation_key
from connectors.sandbox.storage import Fields, SandboxDatabase
from connectors.sandbox.wire.replies import SandboxReply, head, json_reply, page
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import blank, to_id

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

_WEEKDAYS = re.compile(r"[0-6](,[0-6])*")
_RETRY = re.compile(r"\d+\s*(da?y?s?|ho?u?r?s?|mi?n?u?t?e?s?)|\d+(\.\d+)?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def find_schedule(database: SandboxDatabase, project_id: int, name: str) -> Fields | None:
    sql = "select * from schedules where project_id = ? and name_key = ? order by id"
    return database.record(sql, (project_id, collation_key(name)))


def _schedule_json(schedule: Fields) -> Fields:
    """There is no id among the fields."""
    return {
        "name": schedule["name"],
        "retries": schedule["retries"],
        "weekdays": schedule["weekdays"],
        "time_from_str": _shown_time(schedule["time_from"]),
        "time_to_str": _shown_time(schedule["time_to"]),
    }


def _shown_time(text: str) -> str:
    """`08:00` is shown as `8:00`."""
    found = _TIME.fullmatch(text or "")
    return f"{int(found[1])}:{found[2]}" if found else ""


def index(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    project_id = owned_project(state.database, request.signed_in, request.text("project_id"))
    if project_id is None:
        return page(404)
    found = state.database.records("select * from schedules where project_id = ? order by id", (project_id,))
    return json_reply([_schedule_json(schedule) for schedule in found])


def _named(state: SandboxState, request: SandboxRequest) -> tuple[int | None, Fields | None]:
    project_id = owned_project(state.database, request.signed_in, request.text("project_id"))
    found = None if project_id is None else find_schedule(state.database, project_id, request.text("name"))
    return project_id, found


def show(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """A missing schedule is the JSON `null` under a 200."""
    project_id, schedule = _named(state, request)
    if project_id is None:
        return page(404)
    return json_reply(None if schedule is None else _schedule_json(schedule))


def create(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """The project is the body's, not the path's; 200 also where the schedule is refused."""
    data = request.document()
    if data is None:
        return page(500)
    project_id = to_id(data.get("project_id"))
    if errors := _errors(state.database, project_id, data):
        properties = [{field: problem} for field, problem in errors]
        return json_reply({"summary": "There were problems creating the Schedule", "properties": properties})
    columns = {"name": data["name"], "name_key": collation_key(data["name"])}
    times = {"time_from": data["time_from_str"], "time_to": data["time_to_str"]}
    rest = {"retries": data.get("retries"), "weekdays": data.get("weekdays")}
    schedule_id = state.database.insert("schedules", project_id=project_id, **columns, **times, **rest)
    return json_reply(_schedule_json(_by_id(state.database, schedule_id)))


def _by_id(database: SandboxDatabase, schedule_id: int) -> Fields:
    return database.record("select * from schedules where id = ?", (schedule_id,)) or {}


def _errors(database: SandboxDatabase, project_id: int, data: Fields) -> list[tuple[str, str]]:
    errors: list[tuple[str, str]] = []
    if not database.row("select 1 from projects where id = ?", (project_id,)):
        errors.append(("account", "can't be blank"))
    name = data.get("name")
    if blank(name):
        errors.append(("name", "can't be blank"))
    elif find_schedule(database, project_id, str(name)):
        errors.append(("name", "has already been taken"))
    times = {field: data.get(f"{field}_str") for field in ("time_from", "time_to")}
    errors.extend((field, "can't be blank") for field, text in times.items() if not _TIME.fullmatch(str(text)))
    pieces = str(data.get("retries") or "").split(",")
    errors.extend(
        ("retries", f"invalid retry: {piece.strip()}")
        for piece in pieces
        if piece and not _RETRY.fullmatch(piece.strip())
    )
    weekdays = data.get("weekdays")
    if not blank(weekdays) and not _WEEKDAYS.fullmatch(str(weekdays)):
        errors.append(("weekdays", "is invalid"))
    if not errors and _minutes(str(times["time_from"])) >= _minutes(str(times["time_to"])):
        errors.append(("base", "End time must be greater than the start time."))
    return errors


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def update(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """A missing schedule is a 500, as is a change that is refused."""
    project_id, schedule = _named(state, request)
    if project_id is None:
        return page(404)
    data = request.document()
    if schedule is None or data is None:
        return page(500)
    columns: Fields = {key: data[key] for key in ("retries", "weekdays") if key in data}
    columns |= {key.removesuffix("_str"): data[key] for key in ("time_from_str", "time_to_str") if key in data}
    if "name" in data:
        columns |= {"name": data["name"], "name_key": collation_key(str(data["name"]))}
    if columns:
        state.database.update("schedules", schedule["id"], **columns)
    return head(200, request.reply_type)


def destroy(state: SandboxState, request: SandboxRequest) -> SandboxReply:
    """Cancels the calls queued under it."""
    project_id, schedule = _named(state, request)
    if project_id is None:
        return page(404)
    if schedule is None:
        return page(500)
    state.broker.cancel_queued("schedule_id", schedule["id"])
    state.database.run("update call_logs set schedule_id = null where schedule_id = ?", (schedule["id"],))
    state.database.run("delete from schedules where id = ?", (schedule["id"],))
    return head(200, request.reply_type)
