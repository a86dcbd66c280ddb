"""Leases: which run may push, across processes and machines, surviving a crash by running out.

Compare-and-set on one row per name. Times come from the callers' clocks, so leases should last much longer than
clocks may differ; the token makes even a wrong clock harmless, because a late holder's writes are refused.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.errors import CouldNotBeDone
from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, every, fields, insert_for, one
from connectors.ledger.values import Lease

_LEASE = sa.select(*fields(schema.leases, Lease))


class LeaseLost(CouldNotBeDone):
    """Another run took over after this one's lease had run out: nothing more may be sent."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"This run ({lease.run_id}) no longer holds {lease.name}: another run took over after a long pause.",
            hint="Nothing more was sent; `verboice-sync runs` shows the run that goes on.",
        )


class Leases(LedgerPart):
    def acquire_lease(self, name: str, *, run_id: str, holder: str, at: datetime, ttl: timedelta) -> Lease | None:
        """The lease if nobody holds it or its holder let it run out; else None, and `lease(name)` tells who has it."""
        with self._db.writing() as connection:
            wanted = insert_for(connection.dialect, schema.leases).values(
                name=name, run_id=run_id, holder=holder, token=1, expires_at=at + ttl
            )
            taken = wanted.on_conflict_do_update(
                index_elements=[schema.leases.c.name],
                set_={
                    "run_id": wanted.excluded.run_id,
                    "holder": wanted.excluded.holder,
                    "token": schema.leases.c.token + 1,
                    "expires_at": wanted.excluded.expires_at,
                },
                where=schema.leases.c.expires_at <= sa.bindparam("now", at, schema.UtcTime),
            ).returning(*fields(schema.leases, Lease))
            row = connection.execute(taken).mappings().first()
            return None if row is None else Lease(**row)

    def lease(self, name: str) -> Lease | None:
        """The lease as it stands, run out or not; None if nobody ever held it."""
        with self._db.reading() as connection:
            return one(connection, _LEASE.where(schema.leases.c.name == name), Lease)

    def leases_of(self, run_id: str) -> list[Lease]:
        """The leases that were last taken for a run, run out or not."""
        with self._db.reading() as connection:
            return every(connection, _LEASE.where(schema.leases.c.run_id == run_id), Lease)

    def leases_like(self, prefix: str) -> list[Lease]:
        """The leases whose names begin so, run out or not."""
        with self._db.reading() as connection:
            return every(connection, _LEASE.where(schema.leases.c.name.startswith(prefix, autoescape=True)), Lease)

    def renew_lease(self, lease: Lease, *, at: datetime, ttl: timedelta) -> Lease:
        """The lease, lasting until `at + ttl`, even if it had run out. Raises LeaseLost if somebody else took it."""
        return self._until(lease, at + ttl)

    def release_lease(self, lease: Lease, *, at: datetime) -> None:
        """Gives the lease up at once; without effect if it was lost. The row stays, so that tokens go on growing."""
        with suppress(LeaseLost):
            self._until(lease, at)

    def forget_lease(self, name: str) -> None:
        """Removes a lease whose name is never used again, such as one of a single flow run."""
        with self._db.writing(again=True) as connection:
            connection.execute(sa.delete(schema.leases).where(schema.leases.c.name == name))

    def _until(self, lease: Lease, expires_at: datetime) -> Lease:
        with self._db.writing(again=True) as connection:
            mine = sa.update(schema.leases).where(_held(lease)).values(expires_at=expires_at)
            if connection.execute(mine).rowcount != 1:
                raise LeaseLost(lease)
        return replace(lease, expires_at=expires_at)


def must_hold(connection: Connection, lease: Lease | None) -> None:
    """Raises LeaseLost if somebody else has taken the lease since. Called in the transaction that records a sending."""
    if lease is None:
        return
    # FOR UPDATE: on PostgreSQL nobody can take over between this look and the commit.
    if connection.execute(sa.select(schema.leases.c.token).where(_held(lease)).with_for_update()).first() is None:
        raise LeaseLost(lease)


def _held(lease: Lease) -> sa.ColumnElement[bool]:
    return sa.and_(schema.leases.c.name == lease.name, schema.leases.c.token == lease.token)
