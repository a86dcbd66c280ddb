"""Nothing in these tests talks but to this machine, nor does a Python that they start: this file is on its path."""

from __future__ import annotations

import sys
from pathlib import Path

GUARD = Path(__file__)
CHILDREN = "PYTHONPATH"


class ElsewhereError(BaseException):
    """A test connects to another machine."""


def only_to_loopback(event: str, facts: tuple[object, ...]) -> None:
    """An audit hook. What connects in C, such as libpq, is not seen by it."""
    if event != "socket.connect":
        return
    address = facts[1]
    if isinstance(address, tuple) and not _is_here(str(address[0])):
        raise ElsewhereError(f"a test connects to {address[0]}, which is not this machine")


def _is_here(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


if __name__ == "sitecustomize":
    sys.addaudithook(only_to_loopback)
