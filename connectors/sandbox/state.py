"""What all actions share: the database, the accounts, the switches, the clock, the broker."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.api.accounts import Accounts
from connectors.sandbox.broker import Broker
from connectors.sandbox.clock import Clock
from connectors.sandbox.settings import SandboxSettings
from connectors.sandbox.storage import SandboxDatabase


@dataclass(slots=True)
class SandboxState:
    database: SandboxDatabase
    accounts: Accounts
    settings: SandboxSettings
    clock: Clock
    broker: Broker

    @property
    def strict(self) -> bool:
        return self.settings.sql_mode == "strict"
