"""A ledger has an id of its own, and knows of which calls it has been said that they may be forgotten."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    facts = op.create_table(
        "ledger_facts",
        sa.Column("name", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.bulk_insert(facts, [{"name": "id", "value": uuid.uuid4().hex}])
    op.create_table(
        "ledger_lost_runs",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", utc, nullable=False),
    )
