"""Which memories of values there are for a project: whose, of what source, of which variables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.ledger import schema
from connectors.ledger.memory import of_scope, scope_id
from connectors.ledger.part import LedgerPart, every, fields, one
from connectors.ledger.values import Counts, Scope, ScopeFacts

_S = schema.scopes.c
_FACTS = sa.select(*fields(schema.scopes, ScopeFacts))
_COPIED = (schema.bases, schema.settled, schema.watermarks)


class Scopes(LedgerPart):
    def introduce(self, scope: Scope, *, source: str, variables: Sequence[str], at: datetime) -> str | None:
        """Writes down what a pipeline states, and from where. One that is new begins with the memory of the pipeline
        that last stated from the same source to the same project: the name of that one, None where there is none."""
        told = {"source": source, "variables": list(variables)}
        with self._db.writing() as connection:
            known = one(connection, of_scope(_FACTS, scope), ScopeFacts)
            heir = scope_id(connection, scope)
            connection.execute(sa.update(schema.scopes).where(_S.scope == heir).values(told))
            if known is not None:
                return None
            return _inherited(connection, scope, heir, source, at)

    def scope_facts(self, server: str, project_id: int) -> list[ScopeFacts]:
        """All memories for a project, by the names of their pipelines."""
        query = _FACTS.where(_S.server == server, _S.project_id == project_id).order_by(_S.pipeline)
        with self._db.reading() as connection:
            return every(connection, query, ScopeFacts)

    def listed(self, server: str, project_id: int) -> int | None:
        """How many contacts the project had when they were last listed, the most that any pipeline saw; None where that
        is not known."""
        query = sa.select(sa.func.max(_S.contacts)).where(_S.server == server, _S.project_id == project_id)
        with self._db.reading() as connection:
            return connection.execute(query).scalar()


def _inherited(connection: Connection, scope: Scope, heir: int, source: str, at: datetime) -> str | None:
    alike = (_S.server == scope.server, _S.project_id == scope.project_id, _S.source == source)
    counts = fields(schema.scopes, Counts)
    left = sa.select(_S.scope, _S.pipeline, *counts)
    query = left.where(*alike, _S.scope != heir, _S.counted_at.is_not(None)).order_by(_S.counted_at.desc())
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    for table in _COPIED:
        names = [column.name for column in table.columns if column.name != "scope"]
        rows = sa.select(sa.literal(heir), *(table.c[name] for name in names)).where(table.c.scope == found["scope"])
        connection.execute(sa.insert(table).from_select(["scope", *names], rows))
    inherited = {column.name: found[column.name] for column in counts}
    inherited |= {"inherited_from": found["pipeline"], "inherited_at": at}
    connection.execute(sa.update(schema.scopes).where(_S.scope == heir).values(inherited))
    return str(found["pipeline"])
