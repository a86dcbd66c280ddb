"""A Verboice server to practise on and to test against: the API of a real one, its quirks included, on SQLite.

Written from the observed behaviour of the server (the "API sheet" the numbers in this package refer to).
"""

from connectors.verboice.sandbox.accounts import Account
from connectors.verboice.sandbox.clinic import DemoClinic, demo_clinic
from connectors.verboice.sandbox.faults import Fault
from connectors.verboice.sandbox.request_log import LoggedRequest
from connectors.verboice.sandbox.sandbox import Item, Sandbox
from connectors.verboice.sandbox.server import SandboxServer, serve
from connectors.verboice.sandbox.settings import SandboxSettings

__all__ = [
    "Account",
    "DemoClinic",
    "Fault",
    "Item",
    "LoggedRequest",
    "Sandbox",
    "SandboxServer",
    "SandboxSettings",
    "demo_clinic",
    "serve",
]
