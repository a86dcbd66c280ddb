"""Saved plans, each of which can be used once."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, added, fields, one
from connectors.ledger.values import SavedPlan

_PLAN = sa.select(*fields(schema.plans, SavedPlan))


class Plans(LedgerPart):
    def save_plan(self, plan: SavedPlan) -> None:
        """Keeps a plan, compressed. Saving the same plan of the same run again changes nothing."""
        body = None if plan.body is None else zlib.compress(plan.body, 1)
        with self._db.writing(again=True) as connection:
            added(connection, schema.plans, _made(plan) | {"body": body})

    def plan(self, checksum: str, made_by: str | None = None) -> SavedPlan | None:
        """The latest plan with this checksum, or the one made by a certain run; used ones too."""
        query = _PLAN.where(schema.plans.c.checksum == checksum).order_by(schema.plans.c.made_at.desc())
        if made_by is not None:
            query = query.where(schema.plans.c.made_by == made_by)
        with self._db.reading() as connection:
            plan = one(connection, query, SavedPlan)
        return plan if plan is None or plan.body is None else replace(plan, body=zlib.decompress(plan.body))

    def claim_plan(self, plan: SavedPlan, *, run_id: str, at: datetime) -> SavedPlan | None:
        """Takes the one use a plan has. None: it is yours. Otherwise the plan as used: `claimed_by`, `claimed_at`.

        A plan this ledger has never seen (its file came from elsewhere) is written down as used, without a body.
        """
        here = (schema.plans.c.checksum == plan.checksum, schema.plans.c.made_by == plan.made_by)
        with self._db.writing() as connection:
            added(connection, schema.plans, _made(plan))
            free = sa.update(schema.plans).where(*here, schema.plans.c.claimed_by.is_(None))
            if connection.execute(free.values(claimed_by=run_id, claimed_at=at)).rowcount == 1:
                return None
            used = one(connection, _PLAN.where(*here), SavedPlan)
        return used and replace(used, body=None)


def forget_bodies(connection: Connection, is_about: Callable[[bytes], bool]) -> int:
    """The content of plans that are about somebody; that a plan was made and used stays. How many there were."""
    p = schema.plans.c
    found = 0
    for checksum, made_by, body in connection.execute(sa.select(p.checksum, p.made_by, p.body)).all():
        if body is not None and is_about(zlib.decompress(body)):
            here = sa.update(schema.plans).where(p.checksum == checksum, p.made_by == made_by)
            connection.execute(here.values(body=None))
            found += 1
    return found


def _made(plan: SavedPlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in ("checksum", "made_by", "pipeline", "made_at")}
