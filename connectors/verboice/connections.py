"""Connections for small requests: urllib3's own, but for how a request is written and how its answer is parsed.

Connecting, TLS, proxies, pooling and time-outs stay with urllib3. What Python's `http.client` does around a small
request (it writes header by header, and reads an answer's headers as if they were a mail's) costs more processor time
than all the rest of it together; `httptools`, the parser of Node.js, does the same in C. It is stricter: what it does
not take for HTTP is read once more by `http.client`, for servers and what stands before them are not that exact.
"""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httptools
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_PORTION = 64 * 1024
_LENGTH = ("content-length", "transfer-encoding")
_FRESH = 2.0  # seconds of idleness after which a front end may be closing the connection we would write to


class NotConnected(HTTPError):  # noqa: N818 - named by consequence, as in `errors`
    """There was no connection (yet), through whatever proxy and TLS: nothing of the request was sent."""

    def __init__(self, reason: Exception, *, has_proxy: bool) -> None:
        super().__init__(reason)
        self.has_proxy = has_proxy


class BriefConnection(HTTPConnection):
    """Writes and reads itself what is asked for with `preload_content`; all else is left to urllib3.

    The headers given must be all that the request needs, `Host` and `Content-Length` included.
    """

    _is_brief = False
    _used = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use it again. Each counts its own pause: the last ones of a pool rest longest."""
        return time.monotonic() - self._used < _FRESH and super().is_connected

    @property
    def _is_forwarded(self) -> bool:
        """Whether a proxy passes on each request by itself. Some close after each, without a word (tinyproxy)."""
        return self.proxy is not None and self._tunnel_host is None

    def connect(self) -> None:
        """Raises NotConnected."""
        try:
            super().connect()
        except (OSError, http.client.HTTPException, HTTPError) as error:
            raise NotConnected(error, has_proxy=self.proxy is not None) from error

    def request(  # type: ignore[override]  # urllib3 passes more than http.client knows, as here
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        preload_content: bool = True,
        **options: Any,  # noqa: ANN401 - urllib3's own
    ) -> None:
        self._is_brief = preload_content
        if not preload_content:
            super().request(method, url, body, headers, preload_content=False, **options)
            return
        if self.sock is None:
            self.connect()
        else:
            self.sock.settimeout(self.timeout)
        lines = [f"{name}: {value}\r\n" for name, value in (headers or {}).items()]
        head = f"{method} {url} HTTP/1.1\r\n{''.join(lines)}\r\n"
        self.sock.sendall(head.encode("latin-1") + (body or b""))

    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]  # as urllib3's
        """Raises http.client.HTTPException or OSError for an answer that does not come, or is none."""
        if not self._is_brief:
            return super().getresponse()
        self.sock.settimeout(self.timeout)
        answer = _Answer()
        try:
            while not answer.is_complete:
                answer.feed(self.sock.recv(_PORTION))
        except httptools.HttpParserError:
            return self._read_tolerantly(b"".join(answer.received))
        if answer.is_last or self._is_forwarded:
            self.close()
        self._used = time.monotonic()
        return _response(answer.status, answer.headers, answer.body)

    def _read_tolerantly(self, received: bytes) -> BaseHTTPResponse:
        """The same answer from its beginning. Where it really ends is a guess, so it is the connection's last."""
        answer = http.client.HTTPResponse(_Replay(received, self.sock))  # type: ignore[arg-type]  # asks for no more
        answer.begin()
        if answer.length is None and not answer.chunked and answer.headers.get("content-length"):
            raise http.client.HTTPException("The answer's length is not a number.")
        body = answer.read()
        self.close()
        headers = HTTPHeaderDict()
        for name, value in answer.getheaders():
            headers.add(name, value.replace("\r", "").replace("\n", ""))  # a folded line
        return _response(answer.status, headers, [body])


class BriefSecureConnection(BriefConnection, HTTPSConnection):
    """The same over TLS."""


BRIEF: Mapping[Any, Any] = {HTTPConnection: BriefConnection, HTTPSConnection: BriefSecureConnection}


def _response(status: int, headers: HTTPHeaderDict, body: list[bytes]) -> BaseHTTPResponse:
    return HTTPResponse(io.BytesIO(b"".join(body)), headers, status, version=11, version_string="HTTP/1.1")


class _Replay(io.RawIOBase):
    """What a socket has given already, and then what it still gives. Takes the socket's place."""

    def __init__(self, received: bytes, sock: Any) -> None:  # noqa: ANN401 - a socket, or TLS over another
        self._received = received
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - typeshed's name for it is private
        portion, self._received = self._received[: len(buffer)], self._received[len(buffer) :]
        if not portion:
            return int(self._sock.recv_into(buffer))
        buffer[: len(portion)] = portion
        return len(portion)


class _Answer:
    """One answer while it arrives. `is_last`: its connection carries no other."""

    def __init__(self) -> None:
        self.status = 0
        self.headers = HTTPHeaderDict()
        self.body: list[bytes] = []
        self.received: list[bytes] = []
        self.is_complete = False
        self.is_last = False
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, portion: bytes) -> None:
        """Take what has arrived, b"" once the connection is closed.

        Raises http.client.HTTPException, and httptools.HttpParserError for what may be HTTP by other lights.
        """
        if not portion:
            self._end()
            return
        self.received.append(portion)
        try:
            self._parser.feed_data(portion)
        except httptools.HttpParserCallbackError as error:  # Ctrl-C, in the middle of a callback
            raise error.__context__ or error from None
        except httptools.HttpParserUpgrade as error:
            raise http.client.HTTPException("The server changed to another protocol.") from error
        except httptools.HttpParserError:
            if not self.is_complete:
                raise
            self.is_last = True

    def _end(self) -> None:
        """The end of an answer that does not say how long it is."""
        if not self.status:
            raise http.client.RemoteDisconnected("The connection was closed without an answer.")
        if any(name in self.headers for name in _LENGTH):
            raise httptools.HttpParserError("The answer is cut off.")
        self.is_complete = self.is_last = True

    # Called by the parser; also for what follows a complete answer, which is nobody's.

    def on_message_begin(self) -> None:
        self.is_last = self.is_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_complete:
            self.headers.add(name.decode("latin-1"), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        if not self.is_complete:
            self.status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        if not self.is_complete:
            self.body.append(part)

    def on_message_complete(self) -> None:
        if self.is_complete:
            return
        if self.status < 200:  # "go on", and the answer itself is still to come
            self.status, self.headers = 0, HTTPHeaderDict()
        else:
            self.is_complete, self.is_last = True, not self._parser.should_keep_alive()
            self._parser = None  # it holds on to this object: a circle for the collector to find, a request each
