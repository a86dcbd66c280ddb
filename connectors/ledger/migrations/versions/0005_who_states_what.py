"""A memory of values knows its source and variables, so that a renamed pipeline finds it and two that meet are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("ledger_scopes", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("ledger_scopes", sa.Column("variables", sa.JSON(), nullable=True))
    op.add_column("ledger_scopes", sa.Column("inherited_from", sa.Text(), nullable=True))
    op.add_column("ledger_scopes", sa.Column("inherited_at", utc, nullable=True))
