"""Run by alembic: uses the connection and the transaction of whoever opened the ledger."""

from __future__ import annotations

from alembic import context

from connectors.ledger import schema
from connectors.ledger.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite's is too, once the driver leaves transactions alone
)
with context.begin_transaction():
    context.run_migrations()
