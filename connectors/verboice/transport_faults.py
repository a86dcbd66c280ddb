"""What an exception of the transport means for its request: it surely never left, or it may have arrived."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import urllib3.exceptions

from connectors.verboice.deadline import TooLong
from connectors.verboice.errors import NoAnswer, ServerUnreachable

_TUNNEL = "Tunnel connection failed:"  # http.client's words for a proxy's answer
_CHECK_PROXY = "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY of the environment."

_PLAIN_SIGNS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")  # OpenSSL's, over plain text

# Why there was no connection, the more telling kinds first.
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (urllib3.exceptions.NewConnectionError, "connection refused"),
    ((urllib3.exceptions.ConnectTimeoutError, TimeoutError), "no connection in time"),
    (urllib3.exceptions.SSLError, "the file of trusted certificates cannot be read"),
    (ssl.SSLEOFError, "the connection broke before anything was sent"),
    (ssl.SSLError, "the TLS handshake failed"),
    (Exception, "the connection broke before anything was sent"),
)


class NotConnected(urllib3.exceptions.HTTPError):
    """There was no connection (yet), through whatever proxy and TLS: nothing of the request was sent."""

    def __init__(self, reason: Exception, *, has_proxy: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.has_proxy = has_proxy


def fault_of(error: Exception, base: str, *, named: str) -> ServerUnreachable | NoAnswer:
    """What an exception of the transport means for the request: "not sent" only where that is sure. `named`: the
    setting that holds the server's URL."""
    host = urlsplit(base).netloc
    if isinstance(error, NotConnected):
        return _refusal(error.reason, host) or _unconnected(error, host, named)
    if isinstance(error, TooLong):
        return NoAnswer(
            f"{host} answered with {error}, which no Verboice does here; it was not read to its end.",
            hint="Check verboice.url and what stands in front of the server.",
        )
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return NoAnswer(f"Verboice at {host} did not answer in time.")
    return NoAnswer(f"The connection to {host} broke before the answer was complete.")


def no_way(error: Exception, base: str) -> ServerUnreachable:
    """What it means that the environment's proxy or certificates cannot be used at all."""
    if "CA certificate bundle" in str(error):
        return ServerUnreachable(
            "REQUESTS_CA_BUNDLE or SSL_CERT_FILE names a file that does not exist.", hint="Correct it.", again=False
        )
    told, hint = "is not the URL of one", _CHECK_PROXY
    if "SOCKS" in str(error):
        told, hint = "is a SOCKS proxy, for which a part is missing", "pip install PySocks, or use an HTTP proxy."
    host = urlsplit(base).hostname
    return ServerUnreachable(f"The environment's proxy for {host} {told}.", hint=hint, again=False)


def _refusal(reason: Exception, host: str) -> ServerUnreachable | None:
    """The fault where somebody said no: a proxy, or we to a certificate."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        told = f"No secure connection to {host}: its certificate is not trusted ({reason.verify_message})."
        hint = "If your organisation has its own certificates, set REQUESTS_CA_BUNDLE to their file."
        return ServerUnreachable(told, hint=hint, again=False)
    if not str(reason).startswith(_TUNNEL):
        return None
    may_pass = str(reason).startswith(f"{_TUNNEL} 5")  # the server is not there for the proxy either, or not yet
    hint = "Example: HTTPS_PROXY=http://user:password@proxy.example.org:3128" if " 407" in str(reason) else ""
    return ServerUnreachable(f"The proxy on the way to {host} refuses: {reason}.", hint=hint, again=may_pass)


def _unconnected(error: NotConnected, host: str, named: str) -> ServerUnreachable:
    if isinstance(error.reason, urllib3.exceptions.NameResolutionError):
        if error.has_proxy:
            told = f"The name of the proxy on the way to {host} cannot be resolved."
            return ServerUnreachable(told, hint=_CHECK_PROXY)
        return ServerUnreachable(f"The server name {host} cannot be resolved.", hint=f"Check {named}.")
    where = f"{host} (through a proxy)" if error.has_proxy else host
    why = next(why for kind, why in _REASONS if isinstance(error.reason, kind))
    if _speaks_http(error.reason):
        told = f"Verboice at {where} cannot be reached: what answers there does not speak https, perhaps http."
        return ServerUnreachable(told, hint=f"Check {named}: its port, or http:// in place of https://.", again=False)
    hint = f"See that the server is up and that {named} names it, then try again."
    return ServerUnreachable(f"Verboice at {where} cannot be reached: {why}.", hint=hint)


def _speaks_http(reason: Exception) -> bool:
    return any(sign in str(reason) for sign in _PLAIN_SIGNS)
