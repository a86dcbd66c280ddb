"""Small things worth knowing next time: what a server's requests cost, and which state was last announced."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from connectors.ledger import schema
from connectors.ledger.part import LedgerPart, added, given, put
from connectors.ledger.values import Cost


class Notes(LedgerPart):
    def record_cost(self, server: str, measure: str, cost: Cost) -> None:
        """Keeps a measured cost, such as `seconds_per_contact`, in place of the former."""
        with self._db.writing(again=True) as connection:
            put(connection, schema.server_costs, {"server": server, "measure": measure} | given(cost))

    def costs(self, server: str) -> dict[str, Cost]:
        table = schema.server_costs
        query = sa.select(table.c.measure, table.c.value, table.c.samples, table.c.seen_at)
        with self._db.reading() as connection:
            rows = connection.execute(query.where(table.c.server == server))
            return {measure: Cost(value, samples, seen_at) for measure, value, samples, seen_at in rows}

    def change_notice(self, pipeline: str, state: str, at: datetime) -> str | None:
        """Keeps the state a notice tells of, and gives the one told before: None the first time.

        Of several processes that see one change, only one gets an answer that differs from `state`.
        """
        table = schema.notices
        with self._db.writing() as connection:
            if added(connection, table, {"pipeline": pipeline, "state": state, "since": at}):
                return None
            here = table.c.pipeline == pipeline
            before = connection.execute(sa.select(table.c.state).where(here).with_for_update()).scalar_one()
            if before != state:
                connection.execute(sa.update(table).where(here).values(state=state, since=at))
            return str(before)
