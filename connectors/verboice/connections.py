"""How the server is reached: `requests` decides once (proxy, certificates), then its connection pool is used directly.

For every single request it would look up proxies, netrc and redirects, parse the URL several times and keep a cookie
jar. The connections are urllib3's own, which tell here whether anything was sent, and do not trust what has rested.
"""

from __future__ import annotations

import http.client
import queue
import time
from contextlib import suppress
from dataclasses import dataclass
from logging import ERROR, getLogger
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection

from connectors.network import trusted_certificates
from connectors.verboice.deadline import HurriedResponse
from connectors.verboice.transport_faults import NotConnected, no_way

_POOL = 64  # connections kept; more than any pacing lets out at once
_FRESH = 2.0  # seconds of idleness after which a front end may be closing the connection we would write to

getLogger("urllib3").setLevel(ERROR)  # its warnings show the address, which is somebody's number, and a traceback


class Connection(HTTPConnection):
    """urllib3's connection with what it does not tell. Mixed into its kinds for TLS and for SOCKS proxies."""

    _used = 0.0
    response_class = HurriedResponse

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use it again. Each counts its own pause: the last ones of a pool rest longest.

        A proxy that passes on each request by itself may close after each, without a word (tinyproxy).
        """
        has_rested = time.monotonic() - self._used >= _FRESH
        return not has_rested and not self.proxy_is_forwarding and super().is_connected

    def connect(self) -> None:
        """Raises NotConnected."""
        try:
            super().connect()
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            raise NotConnected(error, has_proxy=self.proxy is not None) from error

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3's
        """Raises http.client.HTTPException or OSError for an answer that does not come, or is none."""
        answer = super().getresponse()
        self._used = time.monotonic()
        if flaw := _flaw(answer):
            answer.close()
            raise http.client.HTTPException(flaw)
        return answer


def _flaw(answer: HTTPResponse) -> str:
    """Why this is not the whole answer although http.client takes it for one; "" where it is."""
    if answer.status < 200:
        return "Another answer is still to come."
    if answer.length_remaining is not None or answer.chunked:
        return ""
    return "The answer's length is not a number." if "content-length" in answer.headers else ""


@dataclass(frozen=True, slots=True)
class ServerRoute:
    """The connections to the server, and what stands before the path (its URL, for a plain proxy)."""

    pool: HTTPConnectionPool
    prefix: str

    @classmethod
    def to(cls, base: str, *, is_loopback: bool) -> Self:
        """Raises ServerUnreachable for certificates or a proxy that cannot be used as the environment names them."""
        try:
            # A proxy cannot reach this machine's own loopback.
            return cls._found(base, trusted_certificates(), {} if is_loopback else get_environ_proxies(base))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise no_way(error, base) from error

    @classmethod
    def _found(cls, base: str, verify: bool | str, proxies: dict[str, str]) -> Self:
        adapter: Any = HTTPAdapter(pool_connections=1, pool_maxsize=_POOL, max_retries=0)  # its types are half known
        request = requests.Request("GET", base).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify, proxies=proxies)
        adapter.cert_verify(pool, f"{pool.scheme}:", verify, None)  # of a proxy over TLS too
        pool.ConnectionCls = type("_Connection", (Connection, pool.ConnectionCls), {})
        needs_whole_url = adapter.request_url(request, proxies) == request.url
        return cls(pool, base if needs_whole_url else urlsplit(base).path)

    def close_kept(self) -> None:
        """Close the connections that wait for the next request. After a failure they may be of no use either, or be
        what the server waits for instead of serving us."""
        kept = self.pool.pool
        with suppress(queue.Empty):
            while kept is not None:
                connection = kept.get_nowait()
                if connection is not None:
                    connection.close()
