"""The two rows of a call as MySQL takes them, or its words where it does not (API sheet 8.12, 8.17)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from connectors.sandbox.api.call_target import CallError
from connectors.sandbox.clock import as_text
from connectors.sandbox.wire.ruby import BLOB_BYTES, DataError, Param, column_text, nested_text, yaml_dump

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

Table = Literal["call_logs", "queued_calls"]
# The columns of the real tables, in the order of Rails' statements.
_COLUMNS: Mapping[Table, tuple[str, ...]] = {
    "call_logs": (
        *("account_id", "address", "call_flow_id", "channel_id", "contact_id", "created_at", "direction"),
        *("fail_code", "fail_details", "fail_reason", "finished_at", "not_after", "not_before", "pbx_logs_guid"),
        *("project_id", "schedule_id", "session_vars", "started_at", "state", "updated_at"),
    ),
    "queued_calls": (
        *("address", "call_flow_id", "call_log_id", "callback_params", "callback_url", "channel_id", "contact_id"),
        *("created_at", "flow", "not_after", "not_before", "project_id", "retries", "schedule_id"),
        *("scheduled_call_id", "session_id", "status_callback_url", "time_zone", "updated_at", "variables"),
    ),
}
_SHORT = frozenset({"address", "callback_url", "session_id", "status_callback_url"})
_MOMENTS = frozenset({"created_at", "not_after", "not_before", "updated_at"})
_SERIALIZED = frozenset({"callback_params", "variables"})
_ESCAPES = str.maketrans({0: "\\0", 10: "\\n", 13: "\\r", 26: "\\Z", 34: '\\"', 39: "\\'", 92: "\\\\"})


def insert(state: SandboxState, table: Table, row: Mapping[str, Param]) -> int:
    """Adds a row; its id. Raises CallError with MySQL's sentence and the whole statement."""
    fitted: dict[str, Any] = {}
    for name in sorted(row):
        try:
            fitted[name] = _fitted(name, row[name], strict=state.strict)
        except DataError as error:
            place = f"'{name}'" if error.problem == "Data too long" else f"`verboice`.`{table}`.`{name}`"
            statement = _statement(table, row, as_text(state.clock.now()))
            raise CallError(f"Mysql2::Error: {error.problem} for column {place} at row 1: {statement}") from error
    return state.database.insert(table, **fitted)


def _fitted(name: str, value: Param, *, strict: bool) -> Param:
    """The value as its column takes it. Raises DataError in strict mode where the other mode cuts."""
    if isinstance(value, bytes) and len(value) > BLOB_BYTES:
        if strict:
            raise DataError("Data too long")
        return value[:BLOB_BYTES]
    return column_text(value, strict=strict) if name in _SHORT else value


def _statement(table: Table, row: Mapping[str, Param], now: str | None) -> str:
    """The INSERT as the real server would have sent it."""
    whole = {"created_at": now, "updated_at": now} | ({"retries": 0} if table == "queued_calls" else {}) | dict(row)
    names = ", ".join(f"`{name}`" for name in _COLUMNS[table])
    values = ", ".join(_quoted(name, whole.get(name)) for name in _COLUMNS[table])
    return f"INSERT INTO `{table}` ({names}) VALUES ({values})"  # noqa: S608 - a text to be shown, never run


def _quoted(name: str, value: Param) -> str:
    if name in _SERIALIZED:
        content = json.loads(value or "null")
        value = yaml_dump(content) if content else "---\n"
    elif value is None:
        return "NULL"
    elif name in _MOMENTS:
        value = value.replace("T", " ").removesuffix("Z")
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    if isinstance(value, int | float):
        return nested_text(value)
    return f"'{(value if isinstance(value, str) else nested_text(value)).translate(_ESCAPES)}'"
