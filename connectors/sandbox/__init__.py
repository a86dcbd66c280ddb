"""A Verboice server to practise on and to test against: the API of a real one, its quirks included, on SQLite.

Written from the observed behaviour of the server (the "API sheet" the numbers in this package refer to).
"""

from connectors.sandbox.api.accounts import Account
from connectors.sandbox.clinic import DemoClinic, demo_clinic
from connectors.sandbox.faults import Fault
from connectors.sandbox.request_log import LoggedRequest
from connectors.sandbox.sandbox import Item, Sandbox
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.wire.server import SandboxServer, serve

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
