"""The control endpoints under `/_sandbox/`, which no real server has: log, faults, switches, state, seeding, time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from connectors.sandbox.faults import Fault
from connectors.sandbox.seeding import seed
from connectors.sandbox.wire.replies import JSON, SandboxReply
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.ruby import JsonValue

if TYPE_CHECKING:
    from connectors.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox/"


def respond(sandbox: Sandbox, request: SandboxRequest) -> SandboxReply:
    """Answers a control request with JSON; 400 with an `error` for what it cannot do, 404 for an unknown one."""
    name = request.raw_path.removeprefix(PREFIX).removesuffix(".json")
    action = _ACTIONS.get((request.method, name))
    if action is None:
        known = ", ".join(f"{method} {PREFIX}{path}.json" for method, path in sorted(_ACTIONS))
        return _reply({"error": f"no such control endpoint; there are {known}"}, 404)
    try:
        return _reply(action(sandbox, json.loads(request.body) if request.body.strip() else None))
    except (ValueError, TypeError, KeyError, sqlite3.IntegrityError) as error:
        return _reply({"error": f"{type(error).__name__}: {error}"}, 400)


def _reply(value: JsonValue, status: int = 200) -> SandboxReply:
    body = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return SandboxReply(status, body, JSON, bare=True)


def _requests(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    return {
        "requests": [record.as_dict() for record in sandbox.log.records()],
        "most_in_flight": sandbox.log.most_in_flight,
        "most_at_work": sandbox.log.most_at_work,
        "most_in_flight_per_address": sandbox.log.most_in_flight_per_address,
    }


def _forget_requests(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    sandbox.log.reset()
    return _requests(sandbox, None)


def _faults(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    return sandbox.faults.as_dicts()


def _add_faults(sandbox: Sandbox, body: JsonValue) -> JsonValue:
    given = body if isinstance(body, list) else [body]
    sandbox.faults.add(*[Fault(**fault) for fault in given])
    return sandbox.faults.as_dicts()


def _clear_faults(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    sandbox.faults.clear()
    return []


def _settings(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    return sandbox.settings.as_dict()


def _configure(sandbox: Sandbox, body: JsonValue) -> JsonValue:
    sandbox.configure(**body)
    return sandbox.settings.as_dict()


def _state(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    return sandbox.as_dict()


def _advance(sandbox: Sandbox, body: JsonValue) -> JsonValue:
    sandbox.advance(**(body or {}))
    return sandbox.as_dict()["calls"]


def _reset(sandbox: Sandbox, _: JsonValue) -> JsonValue:
    sandbox.empty()
    return {}


_ACTIONS: dict[tuple[str, str], Callable[[Sandbox, JsonValue], JsonValue]] = {
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget_requests,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _configure,
    ("POST", "settings"): _configure,
    ("GET", "state"): _state,
    ("POST", "seed"): seed,
    ("POST", "advance"): _advance,
    ("POST", "reset"): _reset,
}
