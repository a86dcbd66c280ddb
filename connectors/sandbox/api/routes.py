"""Which action a method and an undecoded path lead to. Anything else is the HTML 404 (API sheet 4.2, 4.12, 12.10)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox.api import calls, channels, contacts, logs, projects, schedules
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.wire.rack import decoded
from connectors.sandbox.wire.replies import SandboxReply, TimedReply
from connectors.sandbox.wire.request import SandboxRequest

if TYPE_CHECKING:
    from connectors.sandbox.state import SandboxState

Action = Callable[["SandboxState", SandboxRequest], SandboxReply | TimedReply]
_SEGMENT = r"(?P<\1>[^./?]+)"


@dataclass(frozen=True, slots=True)
class Route:
    """`methods` empty: any verb. `wanted` decides whether this release has the route at all."""

    methods: frozenset[str]
    pattern: re.Pattern[str]
    action: Action
    wanted: Callable[[SandboxSettings], bool] = lambda _settings: True


def _route(methods: str, path: str, action: Action, wanted: Callable[[SandboxSettings], bool] | None = None) -> Route:
    pattern = re.compile("/api/" + re.sub(r":(\w+)", _SEGMENT, path) + r"(?:\.(?P<format>[^./?]+))?")
    verbs = frozenset(methods.split())
    return Route(verbs, pattern, action, wanted) if wanted else Route(verbs, pattern, action)


_PROJECT = "projects/:project_id"
_PACKAGES = f"{_PROJECT}/call_flows/:call_flow_id/flow_results/packages"
ROUTES = (
    _route("GET", f"{_PROJECT}/contacts/by_address/:address", contacts.show_by_address),
    _route("PUT", f"{_PROJECT}/contacts/by_address/:address", contacts.update_by_address),
    _route("", "call", calls.call),
    _route("", "calls/:id/state", calls.state_of),
    _route("GET", "calls/:id/details", calls.details, lambda settings: settings.has_details_route),
    _route("", "calls/:id/cancel", calls.cancel, lambda settings: settings.at_least(3, 1, 2)),
    _route("", "calls/:id/redirect", calls.redirect_call),
    _route("GET", f"{_PROJECT}/contacts", contacts.index),
    _route("POST", f"{_PROJECT}/contacts", contacts.create),
    _route("PUT", f"{_PROJECT}/contacts/all", contacts.update_all),
    _route("GET", "projects", projects.index),
    _route("GET", "projects/:id", projects.show),
    _route("GET", f"{_PROJECT}/project_variables", projects.variables),
    _route("GET", f"{_PROJECT}/call_flows", projects.call_flows),
    _route("GET", f"{_PROJECT}/call_flows/:id", projects.call_flow),
    _route("GET", _PACKAGES, projects.packages, lambda settings: settings.at_least(3, 2)),
    _route("GET", f"{_PACKAGES}/:id", projects.packages, lambda settings: settings.at_least(3, 2)),
    _route("GET", f"{_PACKAGES}/:id/responses", projects.packages, lambda settings: settings.at_least(3, 2)),
    _route("GET", f"{_PROJECT}/schedules", schedules.index),
    _route("POST", f"{_PROJECT}/schedules", schedules.create),
    _route("GET", f"{_PROJECT}/schedules/:name", schedules.show),
    _route("PUT", f"{_PROJECT}/schedules/:name", schedules.update),
    _route("DELETE", f"{_PROJECT}/schedules/:name", schedules.destroy),
    _route("GET", "channels", channels.names),
    _route("POST", "channels", channels.create),
    _route("GET", "channels/all", channels.index, lambda settings: settings.at_least(3, 0, 2)),
    _route("GET", "channels/all/:id", channels.show, lambda settings: settings.at_least(3, 0, 2)),
    _route("GET", "channels/:name", channels.show_by_name),
    _route("PUT", "channels/:name", channels.update),
    _route("DELETE", "channels/:name", channels.destroy),
    _route("POST", "channels/:id/enable", channels.enable),
    _route("POST", "channels/:id/disable", channels.disable),
    _route("GET", "logs/:call_id", logs.entries),
)


def find(settings: SandboxSettings, method: str, path: str) -> tuple[Action, dict[str, str]] | None:
    """The action and the decoded path parameters; HEAD is routed as GET."""
    verb = "GET" if method == "HEAD" else method
    for route in ROUTES:
        if route.methods and verb not in route.methods:
            continue
        found = route.pattern.fullmatch(path)
        if found and route.wanted(settings):
            return route.action, {name: decoded(text) for name, text in found.groupdict().items() if text is not None}
    return None
