"""One transaction on somebody else's database, with errors that a person understands and no credentials in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.masking import mask_text
from connectors.sources.database_url import database_url, named, without_secrets


@contextmanager
def writing(url: str, table: sa.Table) -> Iterator[Connection]:
    """A connection in one transaction, with `table` made if it was not there; all of it is kept or nothing.

    Raises ConfigurationError for a URL that cannot be meant or a table of another shape, CouldNotBeDone where the
    database cannot be reached or refuses.
    """
    target = database_url(url)
    engine = sa.create_engine(target, poolclass=sa.pool.NullPool)
    try:
        with engine.begin() as connection:
            _make(connection, table)
            yield connection
    except SQLAlchemyError as error:
        told = without_secrets(str(getattr(error, "orig", None) or error), target)
        raise CouldNotBeDone(f"{named(target)}, table {table.name}: {mask_text(told)}") from None
    finally:
        engine.dispose()


def _make(connection: Connection, table: sa.Table) -> None:
    """Make the table, or see that the one that is there has all the columns."""
    table.create(connection, checkfirst=True)
    present = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    missing = [column.name for column in table.columns if column.name not in present]
    if missing:
        raise ConfigurationError(
            f"The table {table.name} exists but has no column {', '.join(missing)}.",
            hint="Name another table; verboice-sync makes it itself.",
        )
