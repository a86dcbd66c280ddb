"""Connections for small requests: urllib3's own, but for how a request is written and how its answer is parsed.

Connecting, TLS, proxies, pooling and time-outs stay with urllib3. What Python's `http.client` does around a small
request (it writes header by header, and reads an answer's headers as if they were a mail's) costs more processor time
than all the rest of it together; `httptools`, the parser of Node.js, does the same in C.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httptools
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_PORTION = 64 * 1024
_LENGTH = ("content-length", "transfer-encoding")


class BriefConnection(HTTPConnection):
    """Writes and reads itself what is asked for with `preload_content`; all else is left to urllib3.

    The headers given must be all that the request needs, `Host` and `Content-Length` included.
    """

    _is_brief = False

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
        while not answer.is_complete:
            answer.feed(self.sock.recv(_PORTION))
        if answer.is_last:
            self.close()
        body = io.BytesIO(b"".join(answer.body))
        return HTTPResponse(body, answer.headers, answer.status, version=11, version_string="HTTP/1.1")


class BriefSecureConnection(BriefConnection, HTTPSConnection):
    """The same over TLS."""


BRIEF: Mapping[Any, Any] = {HTTPConnection: BriefConnection, HTTPSConnection: BriefSecureConnection}


class _Answer:
    """One answer while it arrives. `is_last`: its connection carries no other."""

    def __init__(self) -> None:
        self.status = 0
        self.headers = HTTPHeaderDict()
        self.body: list[bytes] = []
        self.is_complete = False
        self.is_last = False
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, portion: bytes) -> None:
        """Take what has arrived, b"" once the connection is closed. Raises http.client.HTTPException."""
        if not portion:
            self._end()
            return
        try:
            self._parser.feed_data(portion)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.is_complete:
                raise http.client.HTTPException(f"The answer is not HTTP: {error}") from error
            self.is_last = True

    def _end(self) -> None:
        """The end of an answer that does not say how long it is."""
        if not self.status:
            raise http.client.RemoteDisconnected("The connection was closed without an answer.")
        if any(name in self.headers for name in _LENGTH):
            raise http.client.IncompleteRead(b"".join(self.body))
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
