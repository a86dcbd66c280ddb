"""The ledger: what was planned, sent, answered and seen, on disk before anything leaves.

SQLite in the home folder, or PostgreSQL by URL. It decides nothing and has no clock: times are passed in, aware.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from connectors.ledger.call_times import CallTimes
from connectors.ledger.calls import AlreadyAsked, CalledLately, CallRecords
from connectors.ledger.database import connect
from connectors.ledger.forgetting import Forgetting
from connectors.ledger.inbox import Inbox
from connectors.ledger.leases import LeaseLost, Leases
from connectors.ledger.memory import Memory
from connectors.ledger.migrations import migrate
from connectors.ledger.never import NeverCalled, NeverList
from connectors.ledger.notes import Notes
from connectors.ledger.outage import waiting_for
from connectors.ledger.past import Past
from connectors.ledger.people import People
from connectors.ledger.plans import Plans
from connectors.ledger.retention import Retention
from connectors.ledger.runs import Runs
from connectors.ledger.scopes import Scopes
from connectors.ledger.upkeep import Upkeep
from connectors.ledger.writes import Writes

__all__ = ["AlreadyAsked", "CalledLately", "LeaseLost", "Ledger", "NeverCalled"]


class Ledger(
    Runs,
    Plans,
    Writes,
    Memory,
    Leases,
    CallRecords,
    CallTimes,
    Inbox,
    Notes,
    Past,
    Scopes,
    Upkeep,
    People,
    NeverList,
    Forgetting,
    Retention,
):
    """Safe to use from several threads, and to open in several processes. Values and schemas are in `ledger.values`.

    Every method is one transaction and raises LedgerAway if the database fails; a lost connection is waited for, a
    minute at most. What it wrote is on disk when it returns; outcomes (`settle_…`) in SQLite survive the death of the
    process at once, and a power cut some moments later.
    """

    @classmethod
    def open(cls, url: str | None, home: Path) -> Self:
        """The ledger at `url` (SQLAlchemy: an SQLite file or PostgreSQL), or `home`/ledger.db; made if it is not there.

        Raises ConfigurationError for another kind of database, or one written by a newer version of this program.
        """
        database = connect(url, home)
        try:
            waiting_for(database.outage, lambda: migrate(database))
        except BaseException:
            database.engine.dispose()
            raise
        return cls(database)

    @property
    def place(self) -> str:
        """Where it is kept, for people: the file, or the server and database; without credentials."""
        return self._db.place

    def tell_waits(self, tell: Callable[[float], None]) -> None:
        """From now on `tell` is given the seconds, at most, that a ledger which has gone away is waited for."""
        self._db.outage.tell = tell

    def close(self) -> None:
        self._db.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
