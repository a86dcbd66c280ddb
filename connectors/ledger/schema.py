"""The ledger's tables. Their history is in `migrations`; a test holds the two together.

Names begin with `ledger_` because on PostgreSQL the database may be shared. Big tables are clustered by their key on
SQLite (no row ids), which halves their size and their writing time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC date-time: `timestamptz` on PostgreSQL, sortable ISO text on SQLite, which has no such type."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the base class has it
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes aware date-times only")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - as the base class has it
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any] | sa.Index | sa.UniqueConstraint, clustered: bool = False) -> sa.Table:
    return sa.Table(f"ledger_{name}", metadata, *columns, sqlite_with_rowid=not clustered)


def _key(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _must(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


runs = _table(
    "runs",
    _key("run_id"),
    _must("pipeline"),
    _must("kind"),
    _must("status"),
    _must("started_at", UtcTime),
    _may("finished_at", UtcTime),
    _may("server"),
    _may("project_id", sa.BigInteger),
    _may("project_name"),
    _may("plan_checksum"),
    _may("approved_by"),
    _may("resumes"),
    _must("options", sa.JSON),
    _must("counts", sa.JSON),
    _must("requests", sa.JSON),
    _must("summary", sa.JSON),
    _must("error"),
    _may("stop_asked_at", UtcTime),
    sa.Index("ledger_runs_by_pipeline", "pipeline", "started_at"),
)

plans = _table(
    "plans",
    _key("checksum"),
    _key("made_by"),  # the run that made it: the same plan may be made, and used, again another day
    _must("pipeline"),
    _must("made_at", UtcTime),
    _may("body", sa.LargeBinary),
    _may("claimed_by"),
    _may("claimed_at", UtcTime),
)

rows = _table(
    "rows",
    _key("run_id"),
    _key("row", sa.BigInteger),
    _must("address_key"),
    _must("address"),
    _must("status"),
    _must("reason"),
    _may("contact_id", sa.BigInteger),
    clustered=True,
)

writes = _table(
    "writes",
    _key("run_id"),
    _key("seq", sa.BigInteger),
    _must("kind"),
    _may("contact_id", sa.BigInteger),
    _must("address"),
    _may("row", sa.BigInteger),
    _must("state"),
    _must("attempts", sa.Integer),
    _must("reason"),
    _may("sent_at", UtcTime),
    _may("settled_at", UtcTime),
    clustered=True,
)

changes = _table(
    "changes",
    _key("run_id"),
    _key("seq", sa.BigInteger),
    _key("position", sa.BigInteger),  # a bulk write changes one variable of many contacts
    _may("contact_id", sa.BigInteger),
    _must("variable"),
    _may("before"),
    _may("after"),
    clustered=True,
)

scopes = _table(
    "scopes",
    sa.Column("scope", sa.Integer, primary_key=True),
    _must("server"),
    _must("project_id", sa.BigInteger),
    _must("pipeline"),
    _may("contacts", sa.BigInteger),
    _may("rows", sa.BigInteger),
    _may("counted_at", UtcTime),
    _may("full_check_at", UtcTime),
    _may("source"),
    _may("variables", sa.JSON),
    _may("inherited_from"),
    _may("inherited_at", UtcTime),
    sa.UniqueConstraint("server", "project_id", "pipeline", name="ledger_scopes_once"),
)

bases = _table(
    "bases",
    _key("scope", sa.Integer),
    _key("contact_id", sa.BigInteger),
    sa.Column("said", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    clustered=True,
)

settled = _table(
    "settled",
    _key("scope", sa.Integer),
    _key("address_key"),
    _must("content_hash"),
    _may("contact_id", sa.BigInteger),
    _must("address"),
    _must("settled_at", UtcTime),
    clustered=True,
)

watermarks = _table(
    "watermarks",
    _key("scope", sa.Integer),
    _key("cursor"),
    _must("value"),
    _must("run_id"),
    _must("settled_at", UtcTime),
)

leases = _table(
    "leases",
    _key("name"),
    _must("run_id"),
    _must("holder"),
    _must("token", sa.BigInteger),
    _must("expires_at", UtcTime),
)

calls = _table(
    "calls",
    _key("run_id"),
    _key("row", sa.BigInteger),
    _must("server"),
    _must("pipeline"),
    _must("identity"),
    _must("nth", sa.Integer),  # 0 for the first call of an identity; the unique key lets only one process be nth
    _must("campaign"),
    _must("address_key"),
    _must("address"),
    _must("state"),
    _must("attempts", sa.Integer),
    _may("call_id", sa.BigInteger),
    _must("asked_at", UtcTime),
    _may("settled_at", UtcTime),
    _must("reason"),
    _must("again_reason"),
    _must("call_state"),
    _must("fail_reason"),
    _may("details", sa.JSON),
    _may("started_at", UtcTime),
    _may("finished_at", UtcTime),
    _may("tracked_at", UtcTime),
    _may("project_id", sa.BigInteger),  # null: of a run before 0003 that ended before its project was written down
    _may("not_before", UtcTime),
    sa.UniqueConstraint("server", "identity", "nth", name="ledger_calls_once"),
    sa.Index("ledger_calls_by_time", "server", "asked_at"),
    sa.Index("ledger_calls_by_person", "server", "address_key", "asked_at"),
)

server_costs = _table(
    "server_costs",
    _key("server"),
    _key("measure"),
    _must("value", sa.Double),
    _must("samples", sa.BigInteger),
    _must("seen_at", UtcTime),
)

inbox_files = _table(
    "inbox_files",
    _key("pipeline"),
    _key("content_hash"),
    _must("name"),
    _must("state"),
    _must("run_id"),
    _must("claimed_at", UtcTime),
    _may("finished_at", UtcTime),
    _must("reason"),
)

notices = _table(
    "notices",
    _key("pipeline"),
    _must("state"),
    _must("since", UtcTime),
)

facts = _table(
    "facts",  # of the ledger as a whole
    _key("name"),
    _must("value"),
)

never = _table(
    "never",
    _key("person"),  # keyed hash of an address key; somebody with several addresses has several
    _must("reason"),
    _must("listed_by"),
    _must("listed_at", UtcTime),
)

lost_runs = _table(
    "lost_runs",  # runs that asked for calls, which this ledger does not know and, as somebody has said, need not
    _key("run_id"),
    _must("reason"),
    _must("accepted_by"),
    _must("accepted_at", UtcTime),
)
