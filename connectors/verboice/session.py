"""The one place that touches `requests`: a request value out, a reply value back, or how far the attempt got.

`Session` would look up proxies, netrc and redirects for every request and keep a cookie jar; here that is settled once
and the transport adapter is used directly, at half the processor time. Nothing is ever repeated below this module.
"""

from __future__ import annotations

import os
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import requests
import requests.exceptions
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from connectors.verboice.errors import InsecureUrl
from connectors.verboice.responses import Reply
from connectors.verboice.transport_faults import fault_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_POOL = 64  # connections kept; more than any pacing lets out at once
_FRESH = 2.0  # seconds of idleness after which a front end may be closing the connection we would write to
_PORTION = 256 * 1024
_LONGEST_CONNECT = 10.0
_HEADERS_READ = ("content-type", "location", "retry-after", "www-authenticate", "x-request-id")


Receive = Callable[[Reply, Iterator[bytes]], None]  # the head of a reply, and its body in portions


@dataclass(frozen=True)
class Server:
    """Where Verboice is and who asks. `timeout` is the seconds of silence allowed for a small request."""

    url: str
    account: str
    password: str = field(repr=False)
    timeout: float = 60.0
    allow_insecure: bool = False


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
        self.base, self._is_loopback = _checked_url(server)
        self._timeout = server.timeout
        self._verify = _trusted_certificates()
        # A proxy cannot reach this machine's own loopback.
        self._proxies = {} if self._is_loopback else get_environ_proxies(self.base)
        credentials = f"{server.account}:{server.password}".encode()  # UTF-8; requests would send latin-1 (1.11)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Basic {b64encode(credentials).decode('ascii')}",
            "User-Agent": "verboice-sync",
        }
        self._cookie: str | None = None
        self._lock = threading.Lock()
        self._adapter = _adapter()
        self._used = time.monotonic()

    def send(self, request: Request, *, receive: Receive | None = None, silence: float | None = None) -> Reply:
        """Send once and read the answer.

        `receive` gets the head of a 200 and its body in portions, for bodies too large to hold; the reply returned
        has no body then. `silence` is the seconds without a byte that are allowed, instead of the server's timeout.
        Raises ServerUnreachable (never got there) or NoAnswer (sent, and then nothing usable).
        """
        silence = silence or self._timeout
        cookie = self._cookie
        reply = self._exchange(request, cookie, receive, silence)
        if cookie is not None and reply.status == 401 and "www-authenticate" in reply.headers:
            # The cookie went stale (the password was changed, 1.13); the credentials themselves have the last word.
            self._cookie = None
            reply = self._exchange(request, None, receive, silence)
        return reply

    def close(self) -> None:
        self._adapter.close()

    def _exchange(self, request: Request, cookie: str | None, receive: Receive | None, silence: float) -> Reply:
        raw: BaseHTTPResponse | None = None
        try:
            response = self._connections().send(
                self._prepared(request, cookie, compressed=receive is not None),
                stream=True,
                timeout=(min(self._timeout, _LONGEST_CONNECT), silence),
                verify=self._verify,
                proxies=self._proxies,
            )
            raw = cast("BaseHTTPResponse", response.raw)
            self._keep_cookie(raw)
            found = {name: raw.headers[name] for name in _HEADERS_READ if name in raw.headers}
            if receive is None or response.status_code != 200:
                return Reply(response.status_code, raw.read(decode_content=True), found)
            head = Reply(response.status_code, headers=found)
            receive(head, raw.stream(_PORTION, decode_content=True))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            _abandon(raw)
            raise fault_of(error, self.base) from error
        except BaseException:  # an interruption, or `receive` does not want the rest
            _abandon(raw)
            raise
        else:
            return head
        finally:
            self._used = time.monotonic()

    def _prepared(self, request: Request, cookie: str | None, *, compressed: bool) -> requests.PreparedRequest:
        """Built by hand: preparing would decode `%2E` in the path (4.7)."""
        headers = dict(self._headers)
        if compressed:
            headers["Accept-Encoding"] = "gzip"
        if cookie is not None:
            headers["Cookie"] = cookie
        if request.method != "GET":
            headers["Content-Length"] = str(len(request.body))
        if request.content_type:
            headers["Content-Type"] = request.content_type
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = self.base + request.target
        prepared.headers = CaseInsensitiveDict(headers)
        prepared.body = request.body or None
        return prepared

    def _connections(self) -> HTTPAdapter:
        """The adapter to use now. After a pause its connections may be half closed, so a new one takes its place.

        Requests under way keep the old one until they are done with it.
        """
        with self._lock:
            if time.monotonic() - self._used > _FRESH:
                self._adapter = _adapter()
                self._used = time.monotonic()
            return self._adapter

    def _keep_cookie(self, raw: BaseHTTPResponse) -> None:
        for line in raw.headers.getlist("set-cookie"):
            pair = line.partition(";")[0].strip()
            if pair.startswith("_verboice_session="):
                self._cookie = pair


def _abandon(raw: BaseHTTPResponse | None) -> None:
    """Close the connection of an answer not read to its end; it can carry no other."""
    if raw is not None:
        raw.close()


def _adapter() -> HTTPAdapter:
    return HTTPAdapter(pool_connections=1, pool_maxsize=_POOL, max_retries=0)


def _checked_url(server: Server) -> tuple[str, bool]:
    """The server's URL without a slash at its end, and whether it is this machine. Raises InsecureUrl."""
    try:
        parts = urlsplit(server.url.strip())
        host, _ = parts.hostname, parts.port
        base = requests.Request("GET", server.url.strip()).prepare().url
    except (ValueError, requests.exceptions.RequestException):
        raise InsecureUrl("verboice.url is not a URL.", hint="Example: https://verboice.example.org") from None
    if parts.scheme not in ("http", "https") or not host or base is None:
        raise InsecureUrl("verboice.url must begin with https:// and a host name.")
    if parts.username or parts.query or parts.fragment:
        raise InsecureUrl(
            "verboice.url must be the plain address of the server.",
            hint="Credentials belong into verboice.account and verboice.password.",
        )
    is_loopback = _is_loopback(host)
    if parts.scheme == "http" and not is_loopback and not server.allow_insecure:
        raise InsecureUrl(
            f"http://{host} would send the password and phone numbers readable for everybody on the way.",
            hint="Use https://, or set verboice.allow_insecure: true if the network is yours.",
        )
    return base.rstrip("/"), is_loopback


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _trusted_certificates() -> bool | str:
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((os.environ[name] for name in names if os.environ.get(name)), True)
