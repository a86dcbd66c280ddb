"""What every connection of this program goes by: which hosts are this machine, and which certificates are trusted."""

from __future__ import annotations

import os
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address surely means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def trusted_certificates() -> bool | str:
    """The file that the environment names, as `requests` takes it; True for the usual ones."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    return next((os.environ[name] for name in names if os.environ.get(name)), True)
