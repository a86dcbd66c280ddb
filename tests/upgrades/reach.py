"""`python reach.py PORT WORD…` runs the program of the tree on PYTHONPATH, for which HOST is a port of this machine.

HOST stands in files that are kept, because their seals and checksums are about it; no name server knows it.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

HOST = "verboice.test"


def at_port(port: int) -> Callable[..., list]:
    """In the place of `socket.getaddrinfo`: HOST is this machine's port, everything else is where it is."""
    look_up = socket.getaddrinfo

    def found(host: object, service: object, *rest: object, **more: object) -> list:
        return look_up("127.0.0.1", port, *rest, **more) if host == HOST else look_up(host, service, *rest, **more)

    return found


if __name__ == "__main__":
    socket.getaddrinfo = at_port(int(sys.argv.pop(1)))
    from flows.__main__ import main

    main()
