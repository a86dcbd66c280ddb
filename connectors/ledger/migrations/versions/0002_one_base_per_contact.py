"""What both sides said about a contact is one document instead of a row per value."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_GATHERED = {
    "postgresql": "jsonb_object_agg(variable, jsonb_build_array(source_value, remote_value))",
    "sqlite": "json_group_object(variable, json_array(source_value, remote_value))",
}


def upgrade() -> None:
    op.create_table(
        "ledger_bases",
        sa.Column("scope", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("contact_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("said", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sqlite_with_rowid=False,
    )
    said = _GATHERED[op.get_bind().dialect.name]
    op.execute(
        f"INSERT INTO ledger_bases (scope, contact_id, said) SELECT scope, contact_id, {said} "
        "FROM ledger_values GROUP BY scope, contact_id"
    )
    op.drop_table("ledger_values")
