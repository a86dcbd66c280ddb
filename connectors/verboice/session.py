"""The one place that touches `requests`: a request value out, a reply value back, or how far the attempt got.

`requests` decides how the server is reached (proxy, certificates), once; then its connection pool is used directly. For
every single request it would look up proxies, netrc and redirects, parse the URL several times and keep a cookie jar,
at three times the processor time. Nothing is ever repeated below this module.
"""

from __future__ import annotations

import os
import queue
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests
import requests.exceptions
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from connectors.verboice.connections import BRIEF
from connectors.verboice.errors import InsecureUrl
from connectors.verboice.responses import Reply
from connectors.verboice.transport_faults import fault_of, no_way

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

_POOL = 64  # connections kept; more than any pacing lets out at once
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


@dataclass(frozen=True, slots=True)
class _Way:
    """How the server is reached: the connections, and what stands before the path (its URL, for a plain proxy)."""

    adapter: HTTPAdapter
    pool: HTTPConnectionPool
    prefix: str

    @classmethod
    def to(cls, base: str, *, verify: bool | str, proxies: Mapping[str, str]) -> Self:
        """Raises ServerUnreachable for certificates or a proxy that cannot be used as the environment names them."""
        try:
            return cls._found(base, verify=verify, proxies=proxies)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise no_way(error, base) from error

    @classmethod
    def _found(cls, base: str, *, verify: bool | str, proxies: Mapping[str, str]) -> Self:
        adapter: Any = HTTPAdapter(pool_connections=1, pool_maxsize=_POOL, max_retries=0)  # its types are half known
        request = requests.Request("GET", base).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify, proxies=proxies)
        adapter.cert_verify(pool, f"{pool.scheme}:", verify, None)  # of a proxy over TLS too
        pool.ConnectionCls = BRIEF.get(pool.ConnectionCls, pool.ConnectionCls)  # a SOCKS proxy has its own
        needs_whole_url = adapter.request_url(request, proxies) == request.url
        return cls(adapter, pool, base if needs_whole_url else urlsplit(base).path)

    def close_kept(self) -> None:
        """Close the connections that wait for the next request. After a failure they may be of no use either, or be
        what the server waits for instead of serving us."""
        kept = self.pool.pool
        with suppress(queue.Empty):
            while kept is not None:
                connection = kept.get_nowait()
                if connection is not None:
                    connection.close()


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
            "Host": _host(self.base),
            "Authorization": f"Basic {b64encode(credentials).decode('ascii')}",
            "User-Agent": "verboice-sync",
        }
        self._cookie: str | None = None
        self._lock = threading.Lock()
        self._open: _Way | None = None

    def send(self, request: Request, *, receive: Receive | None = None, silence: float | None = None) -> Reply:
        """Send once and read the answer.

        `receive` gets the head of a 200 and its body in portions, for bodies too large to hold; the reply returned
        has no body then. `silence` is the seconds without a byte that are allowed, instead of the server's timeout.
        Raises ServerUnreachable (never got there) or NoAnswer (sent, and then nothing usable).
        """
        silence = silence or self._timeout
        cookie = self._cookie
        reply = self._exchange(request, cookie, receive, silence)
        is_stale = cookie is not None and reply.status == 401 and "www-authenticate" in reply.headers
        if is_stale and request.kind != "call":  # asked for once, whatever the answer
            # The cookie went stale (the password was changed, 1.13); the credentials themselves have the last word.
            self._cookie = None
            reply = self._exchange(request, None, receive, silence)
        return reply

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.adapter.close()

    def _exchange(self, request: Request, cookie: str | None, receive: Receive | None, silence: float) -> Reply:
        raw: BaseHTTPResponse | None = None
        way = self._way()
        try:
            raw = way.pool.urlopen(
                request.method,
                way.prefix + request.target,
                body=request.body or None,
                headers=self._headers_of(request, cookie, compressed=receive is not None),
                timeout=urllib3.Timeout(connect=min(self._timeout, _LONGEST_CONNECT), read=silence),
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=receive is None,
            )
            self._keep_cookie(raw)
            found = {name: raw.headers[name] for name in _HEADERS_READ if name in raw.headers}
            if receive is None or raw.status != 200:
                return Reply(raw.status, raw.data, found)
            head = Reply(raw.status, headers=found)
            receive(head, raw.stream(_PORTION, decode_content=True))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            _abandon(raw)
            way.close_kept()
            raise fault_of(error, self.base) from error
        except BaseException:  # an interruption, or `receive` does not want the rest
            _abandon(raw)
            raise
        else:
            return head

    def _headers_of(self, request: Request, cookie: str | None, *, compressed: bool) -> dict[str, str]:
        headers = dict(self._headers)
        if compressed:
            headers["Accept-Encoding"] = "gzip"
        if cookie is not None:
            headers["Cookie"] = cookie
        if request.method != "GET":
            headers["Content-Length"] = str(len(request.body))
        if request.content_type:
            headers["Content-Type"] = request.content_type
        return headers

    def _way(self) -> _Way:
        with self._lock:
            if self._open is None:
                self._open = _Way.to(self.base, verify=self._verify, proxies=self._proxies)
            return self._open

    def _keep_cookie(self, raw: BaseHTTPResponse) -> None:
        for line in raw.headers.getlist("set-cookie"):
            pair = line.partition(";")[0].strip()
            if pair.startswith("_verboice_session="):
                self._cookie = pair


def _abandon(raw: BaseHTTPResponse | None) -> None:
    """Close the connection of an answer not read to its end; it can carry no other."""
    if raw is not None:
        raw.close()


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
        raise InsecureUrl("verboice.url must begin with https:// and a host name.")
    if "@" in parts.netloc or parts.query or parts.fragment:
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


def _host(base: str) -> str:
    """What the Host header says: the port only where it is not the scheme's own."""
    parts = urlsplit(base)
    return parts.netloc.removesuffix({"http": ":80", "https": ":443"}[parts.scheme])


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
