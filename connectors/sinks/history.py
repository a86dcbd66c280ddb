"""Contacts as a table with history: one row per contact, variable and value, from when to when it was so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.sinks.writing import writing
from connectors.sources.databases.url import database_url
from connectors.values import RemoteContacts

_KEY = ["contact_id", "variable"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a pull changed in the table: values that are new or different, and values that ended."""

    begun: int
    ended: int


def record_history(
    url: str, table: str, remote: RemoteContacts, *, server: str, project_id: int, at: datetime
) -> Recorded:
    """Bring the table up to date with all contacts of a project, in one transaction.

    Columns: id, server, project_id, contact_id, address (the contact's first), variable, value, valid_from, valid_to
    (UTC without a zone; null = still so). A variable that is absent or null has no row; an empty one has "".
    `remote` must be complete. Raises what `connectors.sinks.writing` raises.
    """
    target = _table(table, has_serials=database_url(url).get_backend_name() != "duckdb")
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    of_project: dict[str, str | int] = {"server": server, "project_id": project_id}
    with writing(url, target) as connection:
        now, before = _present(remote), _open_rows(connection, target, of_project)
        merged = now.merge(before, on=_KEY, how="outer", suffixes=("", "_before"), indicator=True)
        differs = (merged["_merge"] != "both") | (merged["value"] != merged["value_before"])
        ended = merged.loc[differs & merged["id"].notna(), "id"].astype("int64").tolist()
        begun = merged[differs & (merged["_merge"] != "right_only")]
        _end(connection, target, ended, moment)
        begun = begun[["contact_id", "address", "variable", "value"]].assign(**of_project, valid_from=moment)
        begun.to_sql(table, connection, if_exists="append", index=False)
    return Recorded(len(begun), len(ended))


def _table(name: str, *, has_serials: bool) -> sa.Table:
    """has_serials: whether the database numbers rows by the type of a column; DuckDB does it by a sequence alone."""
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    own = sa.Column("id", kind, primary_key=True, autoincrement=True)
    if not has_serials:
        numbers = sa.Sequence(f"{name}_id")
        own = sa.Column("id", kind, numbers, server_default=numbers.next_value(), primary_key=True)
    return sa.Table(
        name,
        sa.MetaData(),
        own,
        sa.Column("server", sa.String(255), nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("variable", sa.String(255), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("valid_from", sa.DateTime, nullable=False),
        sa.Column("valid_to", sa.DateTime),
        sa.Index(f"{name}_now", "server", "project_id", "valid_to"),
    )


def _present(remote: RemoteContacts) -> pd.DataFrame:
    """contact_id, address, variable, value of every value there is."""
    first = pc.index_in(pa.array(range(len(remote)), pa.int64()), value_set=remote.address_owner)
    addresses = pc.fill_null(pc.take(remote.addresses, first), "")
    parts = []
    for name, values in remote.variables.items():
        there = pc.is_valid(values)
        columns = [remote.ids.filter(there), addresses.filter(there), values.filter(there)]
        part = pa.table(columns, names=["contact_id", "address", "value"]).to_pandas()
        parts.append(part.assign(variable=name))
    empty = pd.DataFrame({"contact_id": pd.Series(dtype="int64"), "address": "", "value": "", "variable": ""})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _open_rows(connection: Connection, table: sa.Table, of_project: Mapping[str, str | int]) -> pd.DataFrame:
    mine = [table.c[name] == value for name, value in of_project.items()]
    query = sa.select(table.c.id, table.c.contact_id, table.c.variable, table.c.value)
    rows = connection.execute(query.where(*mine, table.c.valid_to.is_(None))).all()
    frame = pd.DataFrame(rows, columns=["id", *_KEY, "value"])
    return frame.astype({"contact_id": "int64", "variable": "str", "value": "str"})


def _end(connection: Connection, table: sa.Table, ids: list[int], at: datetime) -> None:
    if ids:
        ending = sa.update(table).where(table.c.id == sa.bindparam("ended_id")).values(valid_to=at)
        connection.execute(ending, [{"ended_id": one} for one in ids])
