"""A run at work can be asked to stop, by whoever can reach the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("ledger_runs", sa.Column("stop_asked_at", utc, nullable=True))
