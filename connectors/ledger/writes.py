"""The write-ahead record: every request that changes something, planned, marked before it is sent, settled after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import bulk, schema
from connectors.ledger.leases import must_hold
from connectors.ledger.memory import scope_id
from connectors.ledger.part import Part, grouped, insert_for
from connectors.ledger.values import CHANGES, WRITES, Lease, Scope, WriteOutcome, WriteState

OPEN: tuple[WriteState, ...] = ("planned", "sending", "uncertain")
WRITTEN = pa.schema(
    [*WRITES, ("state", pa.string()), ("attempts", pa.int64()), ("reason", pa.string())]  # WRITES and how they stand
)
CHANGED = pa.schema([*CHANGES, ("row", pa.int64()), ("address", pa.string()), ("state", pa.string())])


class Writes(Part):
    def plan_writes(self, run_id: str, writes: pa.Table, changes: pa.Table) -> None:
        """Keeps a run's writes (`WRITES`) and their changes (`CHANGES`) in one transaction, before anything is sent."""
        numbered = changes.append_column("position", pa.array(range(changes.num_rows), pa.int64()))
        with self._db.writing() as connection:
            bulk.insert(
                connection, schema.writes, writes, {"run_id": run_id, "state": "planned", "attempts": 0, "reason": ""}
            )
            bulk.insert(connection, schema.changes, numbered, {"run_id": run_id})

    def mark_sending(self, run_id: str, seqs: Sequence[int], at: datetime, *, lease: Lease | None = None) -> None:
        """Says, durably, that these writes are about to be sent. Call it for a group; send only after it returns.

        Raises LeaseLost if another run took over, and ValueError for a write that is unknown or done already.
        """
        with self._db.writing() as connection:
            must_hold(connection, lease)
            for group in grouped(seqs):
                sending = _of(run_id, group).where(schema.writes.c.state.not_in(["done", "skipped"]))
                attempts = schema.writes.c.attempts + 1
                changed = connection.execute(sending.values(state="sending", attempts=attempts, sent_at=at))
                if changed.rowcount != len(group):
                    raise ValueError(f"run {run_id} has writes that are unknown or done already among {list(group)}")

    def settle_writes(
        self, run_id: str, outcomes: Sequence[WriteOutcome], at: datetime, *, scope: Scope | None = None
    ) -> None:
        """Says how writes ended. With a scope, what was written also becomes the base of the next comparison,
        in the same transaction: a crash leaves both or neither."""
        if not outcomes:
            return
        columns: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("state", "reason")}
        contact = sa.func.coalesce(sa.bindparam("new_contact_id", type_=sa.BigInteger), schema.writes.c.contact_id)
        statement = (
            sa.update(schema.writes)
            .where(schema.writes.c.run_id == run_id, schema.writes.c.seq == sa.bindparam("of_seq"))
            .values(columns | {"contact_id": contact, "settled_at": at})
        )
        told = [
            {"of_seq": o.seq, "new_state": o.state, "new_reason": o.reason, "new_contact_id": o.contact_id}
            for o in outcomes
        ]
        with self._db.writing() as connection:
            connection.execute(statement, told)
            if scope is not None:
                done = [outcome.seq for outcome in outcomes if outcome.state == "done"]
                _become_base(connection, run_id, done, scope_id(connection, scope), at)

    def writes(self, run_id: str, states: Collection[WriteState] | None = None) -> pa.Table:
        """The run's writes as in `WRITTEN`, in order."""
        query = sa.select(schema.writes).where(schema.writes.c.run_id == run_id).order_by(schema.writes.c.seq)
        if states is not None:
            query = query.where(schema.writes.c.state.in_(states))
        with self._db.reading() as connection:
            return bulk.read(connection, query, WRITTEN)

    def unsettled_writes(self, run_id: str) -> pa.Table:
        """Writes not sent yet (`planned`), caught in the air (`sending`) or of unknown outcome (`uncertain`)."""
        return self.writes(run_id, OPEN)

    def changes(self, run_id: str, states: Collection[WriteState] | None = None) -> pa.Table:
        """The changes of the run's writes as in `CHANGED`, with the contact a create turned out to be."""
        w, c = schema.writes.c, schema.changes.c
        contact = sa.func.coalesce(c.contact_id, w.contact_id).label("contact_id")
        query = (
            sa.select(c.seq, contact, c.variable, c.before, c.after, w.row, w.address, w.state)
            .join_from(schema.changes, schema.writes, sa.and_(w.run_id == c.run_id, w.seq == c.seq))
            .where(c.run_id == run_id)
            .order_by(c.seq, c.position)
        )
        if states is not None:
            query = query.where(w.state.in_(states))
        with self._db.reading() as connection:
            return bulk.read(connection, query, CHANGED)

    def count_writes(self, run_id: str) -> Counter[str]:
        """How many writes of the run are in each state."""
        query = (
            sa.select(schema.writes.c.state, sa.func.count())
            .where(schema.writes.c.run_id == run_id)
            .group_by(schema.writes.c.state)
        )
        with self._db.reading() as connection:
            return Counter({str(state): int(count) for state, count in connection.execute(query)})


def _of(run_id: str, seqs: Sequence[int]) -> sa.Update:
    return sa.update(schema.writes).where(schema.writes.c.run_id == run_id, schema.writes.c.seq.in_(seqs))


def _become_base(connection: Connection, run_id: str, seqs: Sequence[int], scope: int, at: datetime) -> None:
    w, c = schema.writes.c, schema.changes.c
    contact = sa.func.coalesce(c.contact_id, w.contact_id)
    columns = ["scope", "contact_id", "variable", "source_value", "remote_value", "seen_at", "run_id"]
    for group in grouped(seqs):
        written: sa.Select[Any] = (
            sa.select(
                sa.literal(scope),
                contact,
                c.variable,
                c.after,
                c.after,
                sa.literal(at, schema.UtcTime),
                sa.literal(run_id),
            )
            .join_from(schema.changes, schema.writes, sa.and_(w.run_id == c.run_id, w.seq == c.seq))
            .where(c.run_id == run_id, c.seq.in_(group), contact.is_not(None))
        )
        statement = insert_for(connection, schema.values).from_select(columns, written)
        replaced = {name: statement.excluded[name] for name in columns[3:]}
        key = list(schema.values.primary_key)
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced))
