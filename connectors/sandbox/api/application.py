"""The application: from a request to its reply, in the server's order of checks (API sheet 1.24)."""

from __future__ import annotations

import gzip
import hashlib
from inspect import isgeneratorfunction
from time import perf_counter
from typing import cast
from uuid import uuid4

from connectors.sandbox.api import routes
from connectors.sandbox.api.accounts import COOKIE, UNCONFIRMED, LoginError
from connectors.sandbox.state import SandboxState
from connectors.sandbox.wire import rack
from connectors.sandbox.wire.replies import (
    SandboxReply,
    TimedReply,
    front_end_page,
    head,
    json_reply,
    low_level_error,
    page,
    redirect,
    sign_in_page,
)
from connectors.sandbox.wire.request import KNOWN_METHODS, SandboxRequest
from connectors.sandbox.wire.ruby import Param

_LONGEST_REQUEST_LINE = 8_190
_LARGEST_NGINX_BODY = 1_048_576


def respond(state: SandboxState, request: SandboxRequest) -> TimedReply:
    """The whole way of one request."""
    refused = _front_end(state, request)
    if refused is not None:
        return refused
    started = perf_counter()
    reply = yield from _in_rack(state, request)
    if not reply.bare:
        _add_headers(request, reply)
        reply.headers["X-Runtime"] = f"{perf_counter() - started:.6f}"
    if state.settings.front_end == "apache" and "gzip" in request.headers.get("accept-encoding", ""):
        _deflate(reply)
    return reply


def _deflate(reply: SandboxReply) -> None:
    """Apache compresses, and says so in the tag too (API sheet 12.8)."""
    if not reply.body or reply.status == 304:
        return
    reply.body = gzip.compress(reply.body, 1)
    reply.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if tag := reply.headers.get("ETag"):
        reply.headers["ETag"] = f'{tag[:-1]}-gzip"'


def _front_end(state: SandboxState, request: SandboxRequest) -> SandboxReply | None:
    """What the proxy refuses by itself (API sheet 12.1, 12.2)."""
    software = state.settings.front_end
    if software == "none":
        return None
    if len(request.method) + len(request.target) + len("  HTTP/1.1") > _LONGEST_REQUEST_LINE:
        return front_end_page(414, software)
    if software == "nginx" and len(request.body) > _LARGEST_NGINX_BODY:
        return front_end_page(413, software)
    return None


def _in_rack(state: SandboxState, request: SandboxRequest) -> TimedReply:
    if "%00" in request.raw_path:
        return low_level_error()
    try:
        request.override_method()
    except rack.ParameterError:
        return low_level_error()
    if request.method not in KNOWN_METHODS:
        return low_level_error()
    try:
        typed = rack.typed_body(request.content_type, request.body)
    except rack.ParameterError:
        return page(500)
    return (yield from _routed(state, request, typed))


def _routed(state: SandboxState, request: SandboxRequest, typed: dict[str, Param]) -> TimedReply:
    path = request.routed_path(early=state.settings.path_decoding == "early")
    found = routes.find(state.settings, request.method, path)
    if found is None:
        return _page_outside(request, path)
    action, request.path_parameters = found
    try:
        request.read_parameters(typed)
    except rack.ParameterError:
        return page(500)
    refused = _log_in(state, request)
    seconds = state.settings.request_seconds + (0.0 if request.login == "cookie" else state.settings.login_seconds)
    if refused is not None:
        yield seconds
        return refused
    state.broker.catch_up()
    reply = yield from _acted(state, request, action, seconds)
    if request.login == "basic" and not (state.settings.guisso or reply.static):
        _give_session(reply, state.accounts.cookie_for(request.signed_in))
    return reply


def _acted(state: SandboxState, request: SandboxRequest, action: routes.Action, seconds: float) -> TimedReply:
    """Runs the action; what it reads before its own first yield, it reads before the request's seconds are spent."""
    if not isgeneratorfunction(action):
        yield seconds
        plain = action(state, request)
        assert isinstance(plain, SandboxReply)  # noqa: S101 - only generator functions return anything else
        return plain
    work = cast("TimedReply", action(state, request))
    try:
        own = next(work)
    except StopIteration as stop:
        yield seconds
        reply: SandboxReply = stop.value
        return reply
    yield seconds + own
    return (yield from work)


def _page_outside(request: SandboxRequest, path: str) -> SandboxReply:
    if path in ("/accounts/sign_in", "/") and request.method in ("GET", "HEAD"):
        return sign_in_page()
    return page(404)


def _log_in(state: SandboxState, request: SandboxRequest) -> SandboxReply | None:
    """Sets the request's account, or gives the reply to a failed login."""
    authorization = request.headers.get("authorization", "")
    try:
        if state.settings.guisso:
            return _guisso(state, request, authorization)
        request.account = state.accounts.of_cookie(request.headers.get("cookie", ""))
        request.login = "cookie" if request.account else "basic"
        request.account = request.account or state.accounts.log_in(authorization)
    except LoginError as refused:
        return head(401) if state.settings.guisso else _not_signed_in(state, request, str(refused))
    return None


def _guisso(state: SandboxState, request: SandboxRequest, authorization: str) -> SandboxReply | None:
    """Single sign-on first, the local password second (API sheet 1.16-1.20). Raises LoginError."""
    request.login = "basic"
    if state.settings.guisso_health == "down" and authorization.startswith("Basic "):
        return page(500)
    try:
        health = state.settings.guisso_health
        request.account = state.accounts.guisso_log_in(authorization, healthy=health == "up")
    except LoginError:
        request.account = state.accounts.log_in(authorization)
    return None


def _not_signed_in(state: SandboxState, request: SandboxRequest, message: str) -> SandboxReply:
    """401 as JSON, or for what looks like a browser a redirect to the login page (API sheet 1.5-1.9).

    The redirect, and the word that an account is not confirmed, bring a session with nobody in it.
    """
    by_browser = not request.by_xhr and request.format in ("html", "*/*")
    if by_browser:
        reply = redirect(f"http://{request.headers.get('host', 'localhost')}/accounts/sign_in")
    else:
        reply = _unauthorized(request, message)
    if by_browser or message == UNCONFIRMED:
        _give_session(reply, state.accounts.anonymous_cookie())
    return reply


def _unauthorized(request: SandboxRequest, message: str) -> SandboxReply:
    reply = SandboxReply(401, message.encode("ascii"), request.reply_type)
    if request.format == "json":
        reply = json_reply({"error": message}, 401)
    elif request.format == "xml":
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<hash>\n  <error>{message}</error>\n</hash>\n'
        reply = SandboxReply(401, body.encode("ascii"), request.reply_type)
    if not request.by_xhr:
        reply.headers["WWW-Authenticate"] = 'Basic realm="Application"'
    return reply


def _give_session(reply: SandboxReply, cookie: str) -> None:
    reply.headers["Set-Cookie"] = f"{COOKIE}={cookie}; path=/; HttpOnly"


def _add_headers(request: SandboxRequest, reply: SandboxReply) -> None:
    """Caching headers and the request's id (API sheet 12.7); turns the reply into a 304 where the client has it."""
    headers = reply.headers
    headers["X-Request-Id"] = uuid4().hex
    headers["X-Rack-Cache"] = "miss"
    if reply.status != 200:
        headers["Cache-Control"] = "no-cache"
        return
    tag = f'"{hashlib.md5(reply.body, usedforsecurity=False).hexdigest()}"'
    headers["ETag"] = tag
    headers["Cache-Control"] = "max-age=0, private, must-revalidate"
    if request.method in ("GET", "HEAD") and request.headers.get("if-none-match") == tag:
        reply.status, reply.body, reply.content_type = 304, b"", ""
