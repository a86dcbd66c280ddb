"""Databases beyond the four that are checked fully, seen at DuckDB: tables, Parquet, folders of CSVs, what is told."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from connectors.errors import ConfigurationError
from connectors.sources.databases.database import DatabaseSource

PEOPLE = "SELECT '+85512000001' AS phone, 38.50::DECIMAL(10,2) AS price, DATE '2026-11-03' AS seen, NULL AS nothing"


@pytest.fixture
def database(tmp_path: Path) -> str:
    with duckdb.connect(tmp_path / "people.duckdb") as connection:
        connection.execute(f"CREATE TABLE people AS {PEOPLE} UNION ALL SELECT '+85512000002', 7, '2026-11-05', NULL")
    return f"duckdb:///{tmp_path / 'people.duckdb'}"


def test_a_table_is_read_as_text_and_said_to_be_less_guarded(database: str) -> None:
    source = DatabaseSource(database, table="people", address="phone")
    rows = source.read()
    assert rows.table.to_pylist() == [
        {"phone": "+85512000001", "price": "38.5", "seen": "2026-11-03", "nothing": ""},
        {"phone": "+85512000002", "price": "7", "seen": "2026-11-05", "nothing": ""},
    ]
    assert "less guarded" in rows.notes[-1]
    assert source.describe().startswith("DuckDB database")


def test_only_what_changed_is_read_by_a_cursor(database: str) -> None:
    rows = DatabaseSource(database, query="SELECT * FROM people;", cursor="seen", since="2026-11-04").read()
    assert rows.table["phone"].to_pylist() == ["+85512000002"]
    assert rows.watermark == "2026-11-05"


def test_a_file_is_opened_for_reading_alone(database: str) -> None:
    with pytest.raises(ConfigurationError, match="one SELECT"):
        DatabaseSource(database, query="DELETE FROM people")
    with pytest.raises(ConfigurationError, match="refused"):
        DatabaseSource(database, query="SELECT * FROM nowhere").read()
    assert len(DatabaseSource(database, table="people").read()) == 2


def test_parquet_and_folders_of_csvs_are_tables_of_the_project_folder(cli, clinic, pipeline, home) -> None:
    (home / "exports").mkdir()
    row = "SELECT '012345678' AS Phone, {} AS Age, 'blue' AS Colour"
    duckdb.sql(row.format(39)).write_parquet(str(home / "exports" / "people.parquet"))
    duckdb.sql(row.format(40).replace("012345678", "012999888")).write_csv(str(home / "exports" / "b.csv"))
    duckdb.sql(row.format(41).replace("012345678", "012777666")).write_csv(str(home / "exports" / "c.csv"))
    query = "FROM 'exports/*.parquet' UNION ALL FROM read_csv('exports/*.csv', all_varchar = true)"
    source = {"kind": "database", "url": "duckdb:///:memory:", "query": query, "address": "Phone", "region": "KH"}
    said = cli("sync", pipeline("", source=source), "--json")
    assert said.json["rows"]["updated"] == 3, said.err
    assert [clinic.vars(one)["age"] for one in ("85512345678", "+85512999888", "85512777666")] == ["39", "40", "41"]


def test_a_kind_without_a_driver_is_named_with_what_to_install() -> None:
    for url in ("oracle://ana:s3cret@host/db", "cobol://ana:s3cret@host/db", "mssql+pyodbc://ana:s3cret@host/db"):
        with pytest.raises(ConfigurationError, match="driver for a database of kind") as fault:
            DatabaseSource(url, table="people")
        assert "s3cret" not in str(fault.value)
        assert "install" in fault.value.hint
