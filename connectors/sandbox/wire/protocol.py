"""HTTP/1.1 on a socket the way Puma speaks it: one request after the other per connection, bare 400s, keep-alive.

`h11` reads; how a reply is written is `framing`.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING

import h11

from connectors.sandbox.faults import Cut
from connectors.sandbox.wire.framing import framed
from connectors.sandbox.wire.replies import SandboxReply
from connectors.sandbox.wire.request import SandboxRequest
from connectors.sandbox.wire.slow import ENDLESS_HEAD, drip, pour

if TYPE_CHECKING:
    from connectors.sandbox.wire.engine import Engine

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LONGEST_PATH = 2_048
_LONGEST_QUERY = 10_240
_LONGEST_URI = 12_288
_LONGEST_FIELD = 80 * 1024
_LONGEST_FIELD_NAME = 256
_LONGEST_HEAD = 112 * 1024
_METHOD = re.compile(rb"[A-Z0-9$_.-]{1,20}")
# Characters Puma's parser does not let into a request target; anything above ASCII passes.
_REFUSED = re.compile(rb'[\x00-\x20\x7f"<>]|%(?![0-9a-fA-F]{2})')


class HttpProtocol(asyncio.Protocol):
    """One connection. Requests that arrive before an answer has left wait their turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = _reader()
        self._between = True
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._waiting: deque[SandboxRequest] = deque()
        self._busy = False
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
            while data:
                data = self._read(data)
        except h11.RemoteProtocolError:
            self._refuse()

    def _refuse(self) -> None:
        """Puma's answer to what it cannot parse: a status line without headers, then the end (API sheet 4.10, 12.1)."""
        if self.transport is not None:
            self.transport.write(_BAD_REQUEST)
            self.transport.close()
            self.transport = None

    def _read(self, data: bytes) -> bytes:
        """Takes one request's bytes in; those that follow it."""
        self._reader.receive_data(_without_raw_bytes(data) if self._between else data)
        self._between = False
        while (event := self._reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return self._complete()
        return b""

    def _begin(self, head: h11.Request) -> None:
        """Raises h11.RemoteProtocolError for what Puma's parser does not take."""
        path, _, query = head.target.partition(b"?")
        limits = ((path, _LONGEST_PATH), (query, _LONGEST_QUERY), (head.target, _LONGEST_URI))
        judged_by_proxy = self._engine.state.settings.front_end != "none" and len(head.target) > _LONGEST_URI // 2
        too_long = any(len(part) > most for part, most in limits) and not judged_by_proxy
        if too_long or _REFUSED.search(head.target) or not _METHOD.fullmatch(head.method) or _is_large(head):
            raise h11.RemoteProtocolError("not for Puma")
        self._head, self._body = head, []
        if self._reader.they_are_waiting_for_100_continue and self.transport is not None:
            self.transport.write(_CONTINUE)

    def _complete(self) -> bytes:
        head, rest = self._head, self._reader.trailing_data[0]
        assert head is not None  # noqa: S101 - a message does not end before it began
        request = SandboxRequest(
            head.method.decode("ascii"),
            head.target.decode("utf-8", "surrogateescape"),
            {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers},
            b"".join(self._body),
            version=head.http_version.decode("ascii"),
        )
        self._reader, self._between = _reader(), True
        self._waiting.append(request)
        self._next()
        return rest

    # Called by the engine.

    def _next(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            self._engine.accept(self, self._waiting.popleft())

    def answer(self, reply: SandboxReply, request: SandboxRequest, *, cut: Cut | None = None) -> None:
        """Writes the reply; cut off half way if `cut` says how."""
        self._busy = False
        if self.transport is None:
            return
        self.transport.write(framed(reply, request, cut))
        if not request.keep_alive or cut:
            self.transport.close()
        elif self._waiting:
            self._engine.soon(self._next)

    def drip(self, reply: SandboxReply, request: SandboxRequest, seconds: float) -> None:
        """Writes the reply one byte each `seconds`."""
        if self.transport is not None:
            drip(self.transport, framed(reply, request, None), seconds)

    def pour(self) -> None:
        """Writes a reply without end."""
        if self.transport is not None:
            self.transport.write(ENDLESS_HEAD)
            pour(self.transport)

    def drop(self) -> None:
        """Ends the connection without an answer."""
        self._busy = False
        if self.transport is not None:
            self.transport.abort()


def _reader() -> h11.Connection:
    """A new one for every request: what has been answered is not its business."""
    return h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)


def _is_large(head: h11.Request) -> bool:
    fields = list(head.headers)
    longest = any(len(name) > _LONGEST_FIELD_NAME or len(value) > _LONGEST_FIELD for name, value in fields)
    return longest or sum(len(name) + len(value) for name, value in fields) > _LONGEST_HEAD


def _without_raw_bytes(data: bytes) -> bytes:
    """Percent-encodes raw UTF-8 in a request line: the same to Puma (API sheet 4.10), not to the parser used here."""
    line, newline, rest = data.partition(b"\n")
    if line.isascii():
        return data
    return b"".join(b"%%%02X" % byte if byte > 0x7F else bytes((byte,)) for byte in line) + newline + rest
