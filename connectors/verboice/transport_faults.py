"""What an exception of the transport means for its request: it surely never left, or it may have arrived."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import urllib3.exceptions

from connectors.verboice.errors import NoAnswer, ServerUnreachable

# Alerts of a handshake, before any request could be sent; other TLS errors may come in the middle of one.
_HANDSHAKE = ("WRONG_VERSION_NUMBER", "HANDSHAKE_FAILURE", "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "HTTP_REQUEST")

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
    # ProxyError by itself proves nothing: urllib3 raises it as well when a proxy hangs up after the request.
    has_proxy = any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
    for kind, message, hint in _NOT_SENT:
        if any(isinstance(cause, kind) for cause in causes):
            where = f"{host} (through a proxy)" if has_proxy else host
            return ServerUnreachable(message.format(host=where), hint=hint)
    if any("Tunnel connection failed" in str(cause) for cause in causes):
        return ServerUnreachable(f"The proxy on the way to {host} refuses: {causes[-1]}.", again=False)
    if any("CA certificate bundle" in str(cause) for cause in causes):
        return ServerUnreachable("REQUESTS_CA_BUNDLE or SSL_CERT_FILE names a file that does not exist.", again=False)
    if any(_is_handshake(cause) for cause in causes):
        hint = "If your organisation has its own certificates, set REQUESTS_CA_BUNDLE to their file."
        message = f"No secure connection to {host}: {_tls_reason(causes)}."
        return ServerUnreachable(message, hint=hint, again=False)
    if any(isinstance(cause, urllib3.exceptions.TimeoutError) for cause in causes):
        return NoAnswer(f"Verboice at {host} did not answer in time.")
    return NoAnswer(f"The connection to {host} broke before the answer was complete.")


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
