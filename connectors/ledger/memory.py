"""What is remembered from run to run: the three-way base, settled rows, how large both sides were, watermarks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import bulk, schema
from connectors.ledger.documents import DOCUMENTS, folded, merged, unfolded
from connectors.ledger.part import LedgerPart, added, among, fields, given, listed, one, put, theirs
from connectors.ledger.values import SETTLED, Counts, Scope, Trail, Watermark


class Memory(LedgerPart):
    def remember_values(self, scope: Scope, values: pa.Table) -> None:
        """Keeps values (`VALUES`) as the base of the next comparison."""
        with self._db.writing(again=True) as connection:
            fixed = {"scope": scope_id(connection, scope)}
            for documents in folded(values):
                bulk.upsert(connection, schema.bases, documents, fixed, replacing=partial(merged, connection.dialect))

    def values(self, scope: Scope, contacts: Sequence[int] | None = None) -> pa.Table:
        """The three-way base (`VALUES`), ordered by contact, of all contacts or just these; empty for a scope never
        seen."""
        base = schema.bases.c
        query = sa.select(base.contact_id, sa.cast(base.said, sa.Text).label("said")).where(base.scope == _found(scope))
        with self._db.reading() as connection:
            if contacts is not None:
                these = among(connection.dialect, base.contact_id, "contacts")
                query = query.where(these).params(contacts=listed(connection.dialect, contacts))
            return unfolded(bulk.read(connection, query, DOCUMENTS))

    def settle_rows(self, scope: Scope, rows: pa.Table, *, at: datetime) -> None:
        """Keeps rows (`SETTLED`) whose content is known to have arrived."""
        with self._db.writing(again=True) as connection:
            bulk.upsert(connection, schema.settled, rows, {"scope": scope_id(connection, scope), "settled_at": at})

    def settled_rows(self, scope: Scope) -> pa.Table:
        """The settled rows (`SETTLED`), in no certain order."""
        query = sa.select(schema.settled).where(schema.settled.c.scope == _found(scope))
        with self._db.reading() as connection:
            return bulk.read(connection, query, SETTLED)

    def record_counts(self, scope: Scope, counts: Counts) -> None:
        """Keeps how large both sides were. What is None in `counts` stays as it was."""
        known = {name: value for name, value in given(counts).items() if value is not None}
        with self._db.writing(again=True) as connection:
            here = schema.scopes.c.scope == scope_id(connection, scope)
            if known:
                connection.execute(sa.update(schema.scopes).where(here).values(known))

    def counts(self, scope: Scope) -> Counts:
        with self._db.reading() as connection:
            return one(connection, of_scope(sa.select(*fields(schema.scopes, Counts)), scope), Counts) or Counts()

    def set_watermark(self, scope: Scope, cursor: str, watermark: Watermark) -> None:
        """Moves how far the source was read by a cursor column; call it once the rows are settled."""
        with self._db.writing(again=True) as connection:
            key = {"scope": scope_id(connection, scope), "cursor": cursor}
            put(connection, schema.watermarks, key | given(watermark))

    def watermark(self, scope: Scope, cursor: str) -> Watermark | None:
        query = sa.select(*fields(schema.watermarks, Watermark)).where(
            schema.watermarks.c.scope == _found(scope), schema.watermarks.c.cursor == cursor
        )
        with self._db.reading() as connection:
            return one(connection, query, Watermark)


def forget_memory(connection: Connection, trail: Trail) -> tuple[int, int]:
    """The person's settled rows, and what both sides said of them; how many of each."""
    s, b = schema.settled, schema.bases
    named = sa.or_(s.c.address_key.in_(trail.names), s.c.address.in_(trail.names))
    rows = connection.execute(sa.delete(s).where(sa.or_(named, theirs(s, trail, schema.scopes.c.scope)))).rowcount
    return rows, connection.execute(sa.delete(b).where(theirs(b, trail, schema.scopes.c.scope))).rowcount


def scope_id(connection: Connection, scope: Scope) -> int:
    """The scope's number, given out at first use. Numbers never change, so a connection asks for one only once; one
    that it has given out itself is not kept, because the transaction may be undone."""
    kept: dict[Scope, int] = connection.info.setdefault("scopes", {})
    if scope in kept:
        return kept[scope]
    known = of_scope(sa.select(schema.scopes.c.scope), scope)
    found = connection.execute(known).scalar()
    if found is None:
        added(connection, schema.scopes, given(scope))
        return int(connection.execute(known).scalar_one())
    kept[scope] = int(found)
    return kept[scope]


def _found(scope: Scope) -> sa.ScalarSelect[int]:
    return of_scope(sa.select(schema.scopes.c.scope), scope).scalar_subquery()


def of_scope(query: sa.Select[Any], scope: Scope) -> sa.Select[Any]:
    """The query of `schema.scopes`, of this scope alone."""
    return query.where(*(schema.scopes.c[name] == value for name, value in given(scope).items()))
