"""The write-ahead record: every request that changes something, planned, marked before it is sent, settled after."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from connectors.ledger import bulk, schema
from connectors.ledger.documents import document_of, merged
from connectors.ledger.leases import must_hold
from connectors.ledger.memory import scope_id
from connectors.ledger.part import LedgerPart, among, grouped, insert_for, listed, theirs
from connectors.ledger.values import CHANGES, WRITES, Lease, Scope, SettledWrite, Trail, WriteState

# Not sent yet, caught in the air, or of unknown outcome.
OPEN: tuple[WriteState, ...] = ("planned", "sending", "uncertain")
WRITTEN = pa.schema(
    [*WRITES, ("state", pa.string()), ("attempts", pa.int64()), ("reason", pa.string())]  # WRITES and how they stand
)
CHANGED = pa.schema([*CHANGES, ("row", pa.int64()), ("address", pa.string()), ("state", pa.string())])


class Writes(LedgerPart):
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
        with self._db.writing(again=True) as connection:
            must_hold(connection, lease)
            told = {"at": at, "in_run": run_id, "seqs": listed(connection.dialect, seqs)}
            if connection.execute(_sending(connection.dialect), told).rowcount != len(seqs):
                raise ValueError(f"run {run_id} has writes that are unknown or done already among {list(seqs)[:20]}")

    def settle_writes(
        self, run_id: str, outcomes: Sequence[SettledWrite], at: datetime, *, scope: Scope | None = None
    ) -> None:
        """Says how writes ended. With a scope, what was written also becomes the base of the next comparison,
        in the same transaction: a crash leaves both or neither."""
        alike: dict[tuple[str, str, int | None], list[int]] = {}
        for outcome in outcomes:
            alike.setdefault((outcome.state, outcome.reason, outcome.contact_id), []).append(outcome.seq)
        with self._db.writing(durable=False, again=True) as connection:
            for (state, reason, contact_id), seqs in alike.items():
                told: dict[str, Any] = {"to_state": state, "why": reason, "new_contact": contact_id, "at": at}
                told |= {"in_run": run_id, "seqs": listed(connection.dialect, seqs)}
                connection.execute(_settling(connection.dialect), told)
            done = [outcome.seq for outcome in outcomes if outcome.state == "done"]
            if scope is not None and done:
                told = {"in_scope": scope_id(connection, scope), "in_run": run_id}
                connection.execute(
                    _becoming_base(connection.dialect), told | {"seqs": listed(connection.dialect, done)}
                )

    def note_altered(self, run_id: str, seq: int, values: Mapping[str, str]) -> None:
        """Says what Verboice has stored for variables of a write instead of what was sent, so that it can be undone."""
        c = schema.changes.c
        with self._db.writing(durable=False, again=True) as connection:
            for variable, value in values.items():
                this = sa.and_(c.run_id == run_id, c.seq == seq, c.variable == variable)
                connection.execute(sa.update(schema.changes).where(this).values(after=value))

    def writes(self, run_id: str, states: Collection[WriteState] | None = None) -> pa.Table:
        """The run's writes as in `WRITTEN`, in order."""
        query = sa.select(schema.writes).where(schema.writes.c.run_id == run_id).order_by(schema.writes.c.seq)
        if states is not None:
            query = query.where(schema.writes.c.state.in_(states))
        with self._db.reading() as connection:
            return bulk.read(connection, query, WRITTEN)

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

    def written_since(
        self, scope: Scope, since: datetime, contacts: Collection[int]
    ) -> Mapping[int, frozenset[tuple[str, str]]]:
        """What any pipeline has sent, since then, for these contacts of the scope's project: variables with values."""
        r, w, c = schema.runs.c, schema.writes.c, schema.changes.c
        contact = sa.func.coalesce(c.contact_id, w.contact_id).label("contact")
        sent = (
            sa.select(contact, c.variable, c.after)
            .join_from(schema.changes, schema.writes, sa.and_(w.run_id == c.run_id, w.seq == c.seq))
            .join(schema.runs, r.run_id == w.run_id)
            .where(r.server == scope.server, r.project_id == scope.project_id, w.sent_at >= since)
        )
        found: dict[int, set[tuple[str, str]]] = {}
        with self._db.reading() as connection:
            for group in grouped(sorted(contacts)):
                for contact_id, variable, value in connection.execute(sent.where(contact.in_(group))):
                    found.setdefault(contact_id, set()).add((variable, value))
        return {contact_id: frozenset(values) for contact_id, values in found.items()}

    def count_writes(self, run_id: str) -> Counter[str]:
        """How many writes of the run are in each state."""
        query = (
            sa.select(schema.writes.c.state, sa.func.count())
            .where(schema.writes.c.run_id == run_id)
            .group_by(schema.writes.c.state)
        )
        with self._db.reading() as connection:
            return Counter({str(state): int(count) for state, count in connection.execute(query)})


def forget_writes(connection: Connection, trail: Trail) -> int:
    """The person's requests, and what they and requests for everybody changed of theirs; how many requests."""
    w, c = schema.writes, schema.changes
    mine = sa.or_(w.c.address.in_(trail.names), theirs(w, trail, schema.runs.c.run_id))
    requests = sa.exists().where(w.c.run_id == c.c.run_id, w.c.seq == c.c.seq, mine)
    connection.execute(sa.delete(c).where(sa.or_(requests, theirs(c, trail, schema.runs.c.run_id))))
    return connection.execute(sa.delete(w).where(mine)).rowcount


# Compiled once: these run around every group of requests, and compiling takes longer than running them.
@functools.lru_cache(maxsize=4)
def _sending(dialect: Dialect) -> Any:  # noqa: ANN401 - a compiled statement, which SQLAlchemy runs as well
    is_open = schema.writes.c.state.not_in([sa.literal_column("'done'"), sa.literal_column("'skipped'")])
    sending = {"state": "sending", "attempts": schema.writes.c.attempts + 1, "sent_at": sa.bindparam("at")}
    return _these(dialect).where(is_open).values(sending).compile(dialect=dialect)


@functools.lru_cache(maxsize=4)
def _settling(dialect: Dialect) -> Any:  # noqa: ANN401 - as above
    contact = sa.func.coalesce(sa.bindparam("new_contact", type_=sa.BigInteger), schema.writes.c.contact_id)
    settled: dict[str, Any] = {
        "state": sa.bindparam("to_state"),
        "reason": sa.bindparam("why"),
        "settled_at": sa.bindparam("at"),
    }
    return _these(dialect).values(settled | {"contact_id": contact}).compile(dialect=dialect)


def _these(dialect: Dialect) -> sa.Update:
    w = schema.writes.c
    return sa.update(schema.writes).where(w.run_id == sa.bindparam("in_run"), among(dialect, w.seq, "seqs"))


@functools.lru_cache(maxsize=4)
def _becoming_base(dialect: Dialect) -> Any:  # noqa: ANN401 - as above
    w, c, base = schema.writes.c, schema.changes.c, schema.bases
    contact = sa.func.coalesce(c.contact_id, w.contact_id)
    scope = sa.bindparam("in_scope", type_=sa.Integer)
    written: sa.Select[Any] = (
        sa.select(scope, contact, document_of(dialect, c.variable, c.after))
        .join_from(schema.changes, schema.writes, sa.and_(w.run_id == c.run_id, w.seq == c.seq))
        .where(c.run_id == sa.bindparam("in_run"), among(dialect, c.seq, "seqs"), contact.is_not(None))
        .group_by(contact)
    )
    statement = insert_for(dialect, base).from_select(["scope", "contact_id", "said"], written)
    news = {"said": merged(dialect, base.c.said, statement.excluded.said)}
    return statement.on_conflict_do_update(index_elements=list(base.primary_key), set_=news).compile(dialect=dialect)
