"""Parsed JSON of Verboice's API -> values. Pure.

Each raises KeyError, TypeError or AttributeError where the JSON has another shape. Numbers in parentheses are those of
the API sheet.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from connectors.values import CallLogEntry, CallStatus, Channel, Contact, Project, QueuedCall

Json: TypeAlias = Any


def text_of(raw: object) -> str | None:
    """A variable's value. Verboice sends text or null (3.2); numbers, as the wiki shows them, become their text."""
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return str(raw)
    raise TypeError(raw)


def contact(body: Json) -> Contact:
    """One contact (3.1)."""
    addresses = tuple(body["addresses"])
    if not all(isinstance(address, str) for address in addresses):
        raise TypeError(addresses)
    return Contact(_whole(body["id"]), addresses, {name: text_of(raw) for name, raw in body["vars"].items()})


def projects(body: Json) -> tuple[Project, ...]:
    """The account's own projects (2.1)."""
    return tuple(
        Project(
            id=_whole(one["id"]),
            name=_text(one["name"]),
            call_flows={_whole(flow["id"]): _text(flow["name"]) for flow in one["call_flows"]},
            schedules=tuple(map(_text, one["schedules"])),
            contact_vars=tuple(map(_text, one["contact_vars"])),
        )
        for one in _array(body)
    )


def channels(body: Json) -> tuple[Channel, ...]:
    """Own and shared channels (10.2). `config`, which holds their passwords in clear, is left behind but for the number
    of lines."""
    return tuple(
        Channel(
            id=_whole(one["id"]),
            name=_text(one["name"]),
            enabled=bool(one.get("enabled", True)),
            call_flow_id=one.get("call_flow_id"),
            call_flow=one.get("call_flow"),
            shared_by=one.get("shared_by"),
            lines=_lines(one.get("config")),
        )
        for one in _array(body)
    )


def _lines(config: Json) -> int | None:
    """`limit` is a number, or the text that somebody typed into a field (10.11)."""
    limit = str(config.get("limit")) if isinstance(config, dict) else ""
    return int(limit) if limit.isascii() and limit.isdecimal() and int(limit) else None


def channel_names(body: Json) -> tuple[Channel, ...]:
    """Own channels as servers before 3.0.2 list them: names only (10.1)."""
    return tuple(Channel(id=None, name=_text(name)) for name in _array(body))


def schedules(body: Json) -> dict[str, int]:
    """A project's schedules by name, and how often each tries a call again by itself (10.6)."""
    return {_text(one["name"]): _retries(one.get("retries")) for one in _array(body)}


def _retries(typed: Json) -> int:
    """Waits as people type them: `1,2h`."""
    return len([wait for wait in str(typed or "").split(",") if wait.strip()])


def call_flow_name(body: Json) -> str:
    """The name of one call flow (10.7)."""
    return _text(body["name"])


def queued_call(body: Json) -> QueuedCall:
    """The answer to an accepted call (8.2)."""
    return QueuedCall(_whole(body["call_id"]), _text(body["state"]))


def call_status(body: Json) -> CallStatus:
    """`state.json` (9.4). The word for a cancelled call is spelt in two ways (9.5)."""
    return CallStatus(_whole(body["call_id"]), _text(body["state"]).replace("canceled", "cancelled"))


def call_details(body: Json) -> CallStatus:
    """`details.json`; keys whose value is null are left out by the server (9.2)."""
    return replace(
        call_status(body),
        started_at=text_of(body.get("started_at")),
        finished_at=text_of(body.get("finished_at")),
        fail_reason=text_of(body.get("fail_reason")),
        fail_code=text_of(body.get("fail_code")),
        fail_details=text_of(body.get("fail_details")),
        detailed=True,
    )


def _array(body: object) -> list[Json]:
    if not isinstance(body, list):
        raise TypeError(body)
    return body


def _whole(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise TypeError(raw)
    return raw


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    return raw


def call_log(body: str) -> tuple[CallLogEntry, ...]:
    """The lines of a call's log (9.11). KeyError and ValueError for a table of other columns or times."""
    lines = csv.DictReader(io.StringIO(body))
    return tuple(CallLogEntry(_moment(line["Time"]), line["Detail"]) for line in lines)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
