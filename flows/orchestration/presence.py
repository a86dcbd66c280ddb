"""Who serves a pipeline: a lease for each process, so that schedules belong to whoever is alive.

The last one to leave switches them off and writes that down; whoever is there, or comes then, switches them on again.
What a person has paused in Prefect's pages is not in that note, and stays paused while somebody serves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from connectors.ledger.leases import LeaseLost
from flows.runs.lease import LEASE_LASTS, is_dead, this_process

if TYPE_CHECKING:
    from connectors.ledger import Ledger
    from connectors.ledger.values import Lease

SERVES = "serve"  # in the place of a run's id


class Presence:
    """This process among those that serve the pipeline `name`."""

    def __init__(self, name: str) -> None:
        self._all = f"serve:{name}:"
        self._off = f"schedules-off:{name}"
        self._lease: Lease | None = None

    def renew(self, ledger: Ledger) -> bool:
        """Say that this process is alive; whether this is the first time. To be called four times a minute."""
        if self._lease is not None:
            try:
                self._lease = ledger.renew_lease(self._lease, at=_now(), ttl=LEASE_LASTS)
            except LeaseLost:
                self._lease = None
            else:
                return False
        name = f"{self._all}{this_process()}"
        self._lease = ledger.acquire_lease(name, run_id=SERVES, holder=this_process(), at=_now(), ttl=LEASE_LASTS)
        return True

    def others(self, ledger: Ledger) -> list[str]:
        """Other living processes that serve it, as `host, process 1234`."""
        found = [lease.holder for lease in ledger.leases_like(self._all) if lease.expires_at > _now()]
        return [_told(holder) for holder in found if holder != this_process() and not is_dead(holder)]

    def are_off(self, ledger: Ledger) -> bool:
        """Whether the last one that left has switched the schedules off."""
        return ledger.lease(self._off) is not None

    def are_on(self, ledger: Ledger) -> None:
        """Somebody has switched them on again."""
        ledger.forget_lease(self._off)

    def leave(self, ledger: Ledger, switch_off: Callable[[], None]) -> None:
        """This process serves it no more; where it was the last one, the schedules are switched off."""
        if not self.others(ledger):
            # Written down before: one that comes at this very moment finds it, and switches them on again.
            ledger.acquire_lease(self._off, run_id=SERVES, holder=this_process(), at=_now(), ttl=timedelta(0))
            switch_off()
        ledger.forget_lease(f"{self._all}{this_process()}")


def _told(holder: str) -> str:
    host, _, process = holder.partition("/")
    return f"{host}, process {process.partition('/')[0]}"


def _now() -> datetime:
    return datetime.now(UTC)
