"""What an exception of the transport means for its request: it surely never left, or it may have arrived."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3.exceptions

from connectors.verboice.connections import NotConnected
from connectors.verboice.errors import NoAnswer, ServerUnreachable

# Alerts of a handshake, before any request could be sent; other TLS errors may come in the middle of one.
_HANDSHAKE = ("WRONG_VERSION_NUMBER", "HANDSHAKE_FAILURE", "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "HTTP_REQUEST")

_TUNNEL = "Tunnel connection failed:"  # http.client's words for a proxy's answer
_CHECK_PROXY = "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY of the environment."

# Exceptions that prove that nothing was sent, the more telling ones first.
_NOT_SENT: tuple[tuple[type[BaseException], str, str], ...] = (
    (urllib3.exceptions.NameResolutionError, "The server name {host} cannot be resolved.", "Check verboice.url."),
    (urllib3.exceptions.NewConnectionError, "Verboice at {host} cannot be reached: connection refused.", ""),
    (urllib3.exceptions.ConnectTimeoutError, "Verboice at {host} cannot be reached: no connection in time.", ""),
)


def fault_of(error: Exception, base: str) -> ServerUnreachable | NoAnswer:
    """What an exception of the transport means for the request: "not sent" only where that is sure."""
    host = urlsplit(base).netloc
    causes = list(_causes(error))
    unsent = _unsent(causes, host)
    if unsent is not None:
        return unsent
    if any(isinstance(cause, urllib3.exceptions.TimeoutError) for cause in causes):
        return NoAnswer(f"Verboice at {host} did not answer in time.")
    return NoAnswer(f"The connection to {host} broke before the answer was complete.")


def no_way(error: Exception, base: str) -> ServerUnreachable:
    """What it means that the environment's proxy or certificates cannot be used at all."""
    if "CA certificate bundle" in str(error):
        return ServerUnreachable("REQUESTS_CA_BUNDLE or SSL_CERT_FILE names a file that does not exist.", again=False)
    told, hint = "is not the URL of one", _CHECK_PROXY
    if "SOCKS" in str(error):
        told, hint = "is a SOCKS proxy, for which a part is missing", "pip install PySocks, or use an HTTP proxy."
    host = urlsplit(base).hostname
    return ServerUnreachable(f"The environment's proxy for {host} {told}.", hint=hint, again=False)


def _unsent(causes: list[BaseException], host: str) -> ServerUnreachable | None:
    """The fault where it is proved that nothing was sent."""
    unconnected = next((cause for cause in causes if isinstance(cause, NotConnected)), None)
    # ProxyError by itself proves nothing: urllib3 raises it as well when a proxy hangs up after the request.
    proxy_failed = any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
    has_proxy = proxy_failed or (unconnected is not None and unconnected.has_proxy)
    where = f"{host} (through a proxy)" if has_proxy else host
    if has_proxy and any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes):
        return ServerUnreachable(f"The name of the proxy on the way to {host} cannot be resolved.", hint=_CHECK_PROXY)
    for kind, message, hint in _NOT_SENT:
        if any(isinstance(cause, kind) for cause in causes):
            return ServerUnreachable(message.format(host=where), hint=hint)
    refusal = next((str(cause) for cause in causes if str(cause).startswith(_TUNNEL)), None)
    if refusal is not None:
        may_pass = refusal.startswith(f"{_TUNNEL} 5")  # the server is not there for the proxy either, or not yet
        hint = "Example: HTTPS_PROXY=http://user:password@proxy.example.org:3128" if " 407" in refusal else ""
        return ServerUnreachable(f"The proxy on the way to {host} refuses: {refusal}.", hint=hint, again=may_pass)
    if any(_is_handshake(cause) for cause in causes):
        hint = "If your organisation has its own certificates, set REQUESTS_CA_BUNDLE to their file."
        return ServerUnreachable(f"No secure connection to {host}: {_tls_reason(causes)}.", hint=hint, again=False)
    if unconnected is None:
        return None
    return ServerUnreachable(f"Verboice at {where} cannot be reached: {_why_unconnected(causes[-1])}.")


def _why_unconnected(cause: BaseException) -> str:
    if isinstance(cause, TimeoutError):
        return "no connection in time"
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return "the TLS handshake failed"
    return "the connection broke before anything was sent"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and everything it wraps: urllib3 keeps causes as `reason`, requests and urllib3 as arguments."""
    while error is not None:
        yield error
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((part for part in error.args if isinstance(part, BaseException)), None)
        error = inner


def _is_handshake(cause: BaseException) -> bool:
    if isinstance(cause, ssl.SSLCertVerificationError | ssl.CertificateError):
        return True
    return isinstance(cause, ssl.SSLError) and any(alert in (cause.reason or "") for alert in _HANDSHAKE)


def _tls_reason(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
    return "the TLS handshake failed"
