"""A memory of values that is older than 0005 knows its variables too: those it has values of."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

_NAMES = {
    "postgresql": "SELECT json_agg(DISTINCT name) FROM ledger_bases, jsonb_object_keys(said) AS name",
    "sqlite": "SELECT json_group_array(DISTINCT key) FROM ledger_bases, json_each(said)",
}


def upgrade() -> None:
    names = _NAMES[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE ledger_scopes SET variables = ({names} WHERE ledger_bases.scope = ledger_scopes.scope) "  # noqa: S608
        "WHERE variables IS NULL"
    )
