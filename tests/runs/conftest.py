"""An empty place for a ledger on PostgreSQL."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

_NUMBERS = itertools.count()


@pytest.fixture
def shared_ledger(postgres: str) -> str:
    """The URL of an empty schema of its own."""
    server = sa.make_url(postgres).set(drivername="postgresql+psycopg")
    schema = f"shared_{next(_NUMBERS)}"
    with sa.create_engine(server, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    return server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
