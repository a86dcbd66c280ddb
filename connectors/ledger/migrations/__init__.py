"""Brings a ledger's tables up to date when it is opened. Steps are in `versions`, run by alembic."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.errors import ConfigurationError
from connectors.ledger.database import Database

HEAD = "0010"
VERSION_TABLE = "ledger_version"
_LOCK = 7_314_018_821  # an arbitrary number of our own among PostgreSQL's advisory locks


def migrate(database: Database) -> None:
    """Safe when several processes open a new ledger at once: one migrates, the others wait and find it done.

    Raises ConfigurationError if the ledger was written by a newer version.
    """
    with database.reading() as connection:
        if _version(connection) == HEAD:
            return
    with database.writing(again=True) as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        version = _version(connection)
        if version == HEAD:
            return
        _upgrade(connection, version, database.place)


def _upgrade(connection: Connection, version: str | None, place: str) -> None:
    from alembic import command  # a fifth of a second that only a ledger to be migrated costs
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise ConfigurationError(
            f"The ledger {place} was written by a newer version of verboice-sync (its tables are {version}).",
            hint="Update verboice-sync, or use another ledger.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our constant
