"""The client of Verboice's API, also for those who want nothing else: `from connectors.verboice import VerboiceClient`.

What is named here is imported once it is asked for, because most of this folder is needed without requests.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.verboice.client import VerboiceClient
    from connectors.verboice.pacing import Pacer
    from connectors.verboice.session import Server

__all__ = ["Pacer", "Server", "VerboiceClient"]
_ROOMS = {"VerboiceClient": "client", "Server": "session", "Pacer": "pacing"}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
