"""A call is known by server and identity, whatever pipeline asks for it; calls know their project.

The pipeline's name was part of an identity before, and a digest cannot be taken apart: identities of that time are
marked, and are looked for by what they were made of (`connectors.ledger.calls.FORMER`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("UPDATE ledger_calls SET identity = '1:' || identity")
    with op.batch_alter_table("ledger_calls") as calls:
        calls.add_column(sa.Column("project_id", sa.BigInteger(), nullable=True))
        calls.drop_constraint("ledger_calls_once", type_="unique")
        calls.create_unique_constraint("ledger_calls_once", ["server", "identity", "nth"])
        calls.drop_index("ledger_calls_by_time")
        calls.create_index("ledger_calls_by_time", ["server", "asked_at"])
    op.execute(
        "UPDATE ledger_calls SET project_id = "
        "(SELECT project_id FROM ledger_runs WHERE ledger_runs.run_id = ledger_calls.run_id)"
    )
