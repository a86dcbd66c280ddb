"""The calls of one person are found at once, because each call is checked against them as it begins."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ledger_calls_by_person", "ledger_calls", ["server", "address_key", "asked_at"])
