"""A call knows from when on it may ring, so that the calls of a day, and those of a person, can be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("ledger_calls", sa.Column("not_before", utc, nullable=True))
