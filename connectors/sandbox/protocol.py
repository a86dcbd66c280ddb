"""HTTP/1.1 on a socket the way Puma speaks it: one request after the other per connection, bare 400s, keep-alive."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING

import httptools

from connectors.sandbox.replies import SandboxReply
from connectors.sandbox.request import SandboxRequest

if TYPE_CHECKING:
    from connectors.sandbox.engine import Engine

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LONGEST_PATH = 2_048
_LONGEST_QUERY = 10_240
_LONGEST_URI = 12_288
_LONGEST_FIELD = 80 * 1024
_LONGEST_FIELD_NAME = 256
_LONGEST_HEAD = 112 * 1024
# Characters Puma's parser does not let into a request target; anything above ASCII passes.
_REFUSED = re.compile(rb'[\x00-\x20\x7f"<>]|%(?![0-9a-fA-F]{2})')


class HttpProtocol(asyncio.Protocol):
    """One connection. Requests that arrive before an answer has left wait their turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[SandboxRequest, bool]] = deque()
        self._busy = False
        self._between = True
        self._target = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._body: list[bytes] = []
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio gives stream protocols a Transport
        self.transport = transport
        self._engine.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.transport = None
        self._waiting.clear()
        self._engine.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(_without_raw_bytes(data) if self._between else data)
        except httptools.HttpParserUpgrade:
            return  # the request itself was complete; an offer to speak another protocol is not taken up
        except httptools.HttpParserError:
            self._refuse()

    def _refuse(self) -> None:
        """Puma's answer to what it cannot parse: a status line without headers, then the end (API sheet 4.10, 12.1)."""
        if self.transport is not None:
            self.transport.write(_BAD_REQUEST)
            self.transport.close()
            self.transport = None

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._between = False
        self._target, self._headers, self._head_bytes, self._body = b"", {}, 0, []

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if len(name) > _LONGEST_FIELD_NAME or len(value) > _LONGEST_FIELD or self._head_bytes > _LONGEST_HEAD:
            raise httptools.HttpParserError("header too long")
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        path, _, query = self._target.partition(b"?")
        limits = ((path, _LONGEST_PATH), (query, _LONGEST_QUERY), (self._target, _LONGEST_URI))
        judged_by_proxy = self._engine.state.settings.front_end != "none" and len(self._target) > _LONGEST_URI // 2
        too_long = any(len(part) > most for part, most in limits) and not judged_by_proxy
        if too_long or _REFUSED.search(self._target):
            raise httptools.HttpParserError("bad target")
        if self._headers.get("expect", "").lower() == "100-continue" and self.transport is not None:
            self.transport.write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        self._between = True
        target = self._target.decode("utf-8", "surrogateescape")
        request = SandboxRequest(self._parser.get_method().decode("ascii"), target, self._headers, b"".join(self._body))
        self._waiting.append((request, self._parser.should_keep_alive()))
        self._next()

    # Called by the engine.

    def _next(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            self._engine.accept(self, *self._waiting.popleft())

    def answer(self, reply: SandboxReply, *, without_body: bool, keep_alive: bool, cut: bool = False) -> None:
        """Writes the reply. `cut`: only half the body promised by its length, then the end."""
        self._busy = False
        if self.transport is None:
            return
        body = b"" if without_body else reply.body[: len(reply.body) // 2] if cut else reply.body
        self.transport.write(_head(reply, keep_alive=keep_alive and not cut) + body)
        if not keep_alive or cut:
            self.transport.close()
        elif self._waiting:
            self._engine.soon(self._next)

    def drop(self) -> None:
        """Ends the connection without an answer."""
        self._busy = False
        if self.transport is not None:
            self.transport.abort()


def _without_raw_bytes(data: bytes) -> bytes:
    """Percent-encodes raw UTF-8 in a request line: the same to Puma (API sheet 4.10), not to the parser used here."""
    line, newline, rest = data.partition(b"\n")
    if line.isascii():
        return data
    return b"".join(b"%%%02X" % byte if byte > 0x7F else bytes((byte,)) for byte in line) + newline + rest


def _head(reply: SandboxReply, *, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    if reply.content_type:
        lines.append(f"Content-Type: {reply.content_type}")
    lines.extend(f"{name}: {value}" for name, value in reply.headers.items())
    if reply.status != 304:
        lines.append(f"Content-Length: {len(reply.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
