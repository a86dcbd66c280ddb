"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

utc = sa.String(27).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ledger_runs",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", utc, nullable=False),
        sa.Column("finished_at", utc, nullable=True),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("project_name", sa.Text(), nullable=True),
        sa.Column("plan_checksum", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("resumes", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
    )
    op.create_index("ledger_runs_by_pipeline", "ledger_runs", ["pipeline", "started_at"])
    op.create_table(
        "ledger_plans",
        sa.Column("checksum", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("made_by", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("made_at", utc, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", utc, nullable=True),
    )
    op.create_table(
        "ledger_rows",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_writes",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sent_at", utc, nullable=True),
        sa.Column("settled_at", utc, nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_changes",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_scopes",
        sa.Column("scope", sa.Integer(), primary_key=True),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", utc, nullable=True),
        sa.Column("full_check_at", utc, nullable=True),
        sa.UniqueConstraint("server", "project_id", "pipeline", name="ledger_scopes_once"),
    )
    op.create_table(
        "ledger_values",
        sa.Column("scope", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("contact_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("variable", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("source_value", sa.Text(), nullable=True),
        sa.Column("remote_value", sa.Text(), nullable=True),
        sa.Column("seen_at", utc, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_settled",
        sa.Column("scope", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("address_key", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("settled_at", utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_watermarks",
        sa.Column("scope", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("cursor", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("settled_at", utc, nullable=False),
    )
    op.create_table(
        "ledger_leases",
        sa.Column("name", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", utc, nullable=False),
    )
    op.create_table(
        "ledger_calls",
        sa.Column("run_id", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", utc, nullable=False),
        sa.Column("settled_at", utc, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("again_reason", sa.Text(), nullable=False),
        sa.Column("call_state", sa.Text(), nullable=False),
        sa.Column("fail_reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.Column("started_at", utc, nullable=True),
        sa.Column("finished_at", utc, nullable=True),
        sa.Column("tracked_at", utc, nullable=True),
        sa.UniqueConstraint("server", "pipeline", "identity", "nth", name="ledger_calls_once"),
    )
    op.create_index("ledger_calls_by_time", "ledger_calls", ["pipeline", "asked_at"])
    op.create_table(
        "ledger_server_costs",
        sa.Column("server", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("measure", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", utc, nullable=False),
    )
    op.create_table(
        "ledger_inbox_files",
        sa.Column("pipeline", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("content_hash", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("claimed_at", utc, nullable=False),
        sa.Column("finished_at", utc, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "ledger_notices",
        sa.Column("pipeline", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", utc, nullable=False),
    )
