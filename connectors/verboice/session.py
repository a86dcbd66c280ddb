"""A request value out, a reply value back, or how far the attempt got. Nothing is ever repeated below this module."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import requests.exceptions
import urllib3
import urllib3.exceptions

from connectors.network import is_loopback
from connectors.verboice.connections import ServerRoute
from connectors.verboice.deadline import MOST_LISTED, MOST_SMALL, limited
from connectors.verboice.errors import InsecureUrl
from connectors.verboice.responses import Reply
from connectors.verboice.transport_faults import fault_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_PORTION = 256 * 1024
_LONGEST_CONNECT = 10.0
_HEADERS = ("content-type", "location", "retry-after", "www-authenticate", "x-request-id")


Receive = Callable[[Reply, Iterator[bytes]], None]  # the head of a reply, and its body in portions


@dataclass(frozen=True)
class Server:
    """Where Verboice is and who asks. `timeout` is the seconds of silence allowed for a small request, `named` the
    setting that holds the URL, as a message names it."""

    url: str
    account: str
    password: str = field(repr=False)
    timeout: float = 60.0
    allow_insecure: bool = False
    named: str = "verboice.url"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it goes to the wire. `target` is the path below the server's URL with its query, fully encoded.

    kind: what it is counted as: get, put, bulk_put, post or call.
    """

    kind: str
    method: str
    target: str
    body: bytes = b""
    content_type: str = ""


class Session:
    """Connections to one server for one account; thread-safe.

    Verboice's session cookie spares the server its password check (API sheet 1.14), and beats the credentials sent
    beside it (1.12): it lives and dies with this object.
    """

    def __init__(self, server: Server) -> None:
        """Raises InsecureUrl."""
        self.base, self._is_loopback = _checked_url(server)
        self._timeout = server.timeout
        self._named = server.named
        credentials = f"{server.account}:{server.password}".encode()  # UTF-8; requests would send latin-1 (1.11)
        self._headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {b64encode(credentials).decode('ascii')}",
            "User-Agent": "verboice-sync",
        }
        self._cookie: str | None = None

    def send(
        self,
        request: Request,
        *,
        receive: Receive | None = None,
        silence: float | None = None,
        most: int = MOST_LISTED,
    ) -> Reply:
        """Send once and read the answer.

        `receive` gets the head of a 200 and its body in portions, of at most `most` bytes in all; the reply returned
        has no body then. `silence` is the seconds without a byte that are allowed, instead of the server's timeout; how
        long the whole may take follows from it (`connectors.verboice.deadline`).
        Raises ServerUnreachable (never got there) or NoAnswer (sent, and then nothing usable).
        """
        silence = silence or self._timeout
        cookie = self._cookie
        bounded = None if receive is None else _bounded(receive, most)
        reply = self._exchange(request, cookie, bounded, silence)
        is_stale = cookie is not None and reply.status == 401 and "www-authenticate" in reply.headers
        if is_stale and request.kind != "call":  # asked for once, whatever the answer
            # The cookie went stale (the password was changed, 1.13); the credentials themselves have the last word.
            self._cookie = None
            reply = self._exchange(request, None, bounded, silence)
        return reply

    @cached_property
    def _route(self) -> ServerRoute:
        """Found when the first request needs it, so that what needs no server goes on where there is no way to one.

        Raises ServerUnreachable for a proxy or certificates that cannot be used.
        """
        return ServerRoute.to(self.base, is_loopback=self._is_loopback)

    def close(self) -> None:
        if "_route" in self.__dict__:
            self._route.close_kept()

    def _exchange(self, request: Request, cookie: str | None, receive: Receive | None, silence: float) -> Reply:
        try:
            with closing(self._sent(request, cookie, silence, is_whole=receive is None)) as raw:
                self._keep_cookie(raw)
                head = Reply(raw.status, headers={name: raw.headers[name] for name in _HEADERS if name in raw.headers})
                if receive is None or raw.status != 200:
                    return replace(head, body=_whole(raw))
                receive(head, raw.stream(_PORTION, decode_content=True))
                return head
        except urllib3.exceptions.HTTPError as error:
            self._route.close_kept()
            raise fault_of(error, self.base, named=self._named) from error

    def _sent(self, request: Request, cookie: str | None, silence: float, *, is_whole: bool) -> BaseHTTPResponse:
        """The answer, its body still to be read; `is_whole`: at once, so that it need not be compressed."""
        headers = self._headers | {"Accept-Encoding": "identity" if is_whole else "gzip"}
        if cookie is not None:
            headers["Cookie"] = cookie
        if request.content_type:
            headers["Content-Type"] = request.content_type
        return self._route.pool.urlopen(
            request.method,
            self._route.prefix + request.target,
            body=request.body or None,
            headers=headers,
            timeout=urllib3.Timeout(connect=min(self._timeout, _LONGEST_CONNECT), read=silence),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )

    def _keep_cookie(self, raw: BaseHTTPResponse) -> None:
        for line in raw.headers.getlist("set-cookie"):
            pair = line.partition(";")[0].strip()
            if pair.startswith("_verboice_session="):
                self._cookie = pair


def _whole(raw: BaseHTTPResponse) -> bytes:
    """The body of a small answer. Raises urllib3's errors, and TooLong."""
    body = b"".join(limited(raw.stream(_PORTION, decode_content=True), MOST_SMALL))
    is_told = "content-length" in raw.headers or "transfer-encoding" in raw.headers
    if raw.status == 200 and not body and not is_told:
        raise urllib3.exceptions.ProtocolError("The answer is cut off in its head.")
    return body


def _bounded(receive: Receive, most: int) -> Receive:
    return lambda head, portions: receive(head, limited(portions, most))


def _checked_url(server: Server) -> tuple[str, bool]:
    """The server's URL without a slash at its end, and whether it is this machine. Raises InsecureUrl."""
    try:
        parts = urlsplit(server.url.strip())
        host, _ = parts.hostname or "", parts.port
        base = requests.Request("GET", server.url.strip()).prepare().url
        host.encode("idna")  # as it is resolved: no part of it empty or too long
    except (ValueError, requests.exceptions.RequestException):
        raise InsecureUrl("verboice.url is not a URL.", hint="Example: https://verboice.example.org") from None
    if parts.scheme not in ("http", "https") or not host or base is None:
        raise InsecureUrl("verboice.url is no address of a server.", hint="It begins with https:// and a host name.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InsecureUrl(
            "verboice.url must be the plain address of the server.",
            hint="Credentials belong into verboice.account and verboice.password.",
        )
    is_here = is_loopback(host)
    if parts.scheme == "http" and not is_here and not server.allow_insecure:
        raise InsecureUrl(
            f"http://{host} would send the password and phone numbers readable for everybody on the way.",
            hint="Use https://, or set verboice.allow_insecure: true if the network is yours.",
        )
    return base.rstrip("/"), is_here
