"""The ledger has a list of its own of people who are never to be called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ledger_never",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listed_by", sa.Text(), nullable=False),
        sa.Column("listed_at", utc, nullable=False),
    )
