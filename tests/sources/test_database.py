"""Tables and queries of real databases, of every kind that can be read."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.errors import ConfigurationError, CouldNotBeDone
from connectors.sources.databases.database import DatabaseSource

Sql = Callable[..., None]

PATIENTS = (
    "CREATE TABLE patients (phone VARCHAR(40), name VARCHAR(40), age INT, changed INT)",
    "INSERT INTO patients VALUES ('+85512000001', 'Dara', 38, 1), ('+85512000002', NULL, NULL, 2)",
    "INSERT INTO patients VALUES ('007', ' x ', 0, 3)",
)


def records(source: DatabaseSource) -> list[tuple[object, ...]]:
    rows = source.read()
    return [
        (number, *row.values()) for number, row in zip(rows.numbers.to_pylist(), rows.table.to_pylist(), strict=True)
    ]


def test_a_table_is_read_as_text_with_the_rows_numbered_from_two(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)

    assert records(DatabaseSource(database, table="patients", address="phone")) == [
        (2, "+85512000001", "Dara", "38", "1"),
        (3, "+85512000002", "", "", "2"),
        (4, "007", " x ", "0", "3"),
    ]


def test_a_query_may_hold_colons_percent_signs_question_marks_and_a_closing_comment(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)
    query = "SELECT phone, 'a:1 50% ? %s; x' AS note FROM patients WHERE name LIKE 'D%' -- the end?"

    assert records(DatabaseSource(database, query=query)) == [(2, "+85512000001", "a:1 50% ? %s; x")]
    again = DatabaseSource(database, query=query.replace("note", "note, changed"), cursor="changed", since="1")
    assert records(again) == [(2, "+85512000001", "a:1 50% ? %s; x", "1")]


def test_only_rows_at_or_after_the_watermark_are_read_and_those_without_a_cursor_value(database: str, sql: Sql) -> None:
    sql(
        database,
        *PATIENTS,
        "INSERT INTO patients VALUES ('+85512000004', 'Nary', 5, NULL), ('+85512000010', 'Tep', 5, 10)",
    )

    first = DatabaseSource(database, table="patients", cursor="changed").read()
    later = DatabaseSource(database, table="patients", cursor="changed", since="3").read()
    nothing_new = DatabaseSource(
        database, query="SELECT * FROM patients WHERE changed < 3", cursor="changed", since="7"
    ).read()

    assert (len(first), first.watermark) == (5, "10")
    assert sorted(later.table["changed"].to_pylist()) == ["", "10", "3"]
    assert (len(nothing_new), nothing_new.watermark) == (0, "7")
    assert DatabaseSource(database, table="patients").read().watermark is None


def test_a_date_time_serves_as_watermark(database: str, sql: Sql) -> None:
    kind = "DATETIME" if database.startswith("mysql") else "TIMESTAMP"
    sql(
        database,
        f"CREATE TABLE visits (phone VARCHAR(40), changed {kind})",
        "INSERT INTO visits VALUES ('1', '2026-11-03 14:30:00'), ('2', '2026-11-04 00:00:00')",
    )

    watermark = DatabaseSource(database, table="visits", cursor="changed").read().watermark
    rows = DatabaseSource(database, table="visits", cursor="changed", since=watermark).read()

    assert watermark == "2026-11-04 00:00:00"
    assert rows.table["phone"].to_pylist() == ["2"]


def test_nothing_can_be_changed_through_a_source(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)
    for statement in ("DELETE FROM patients", "SELECT 1; DELETE FROM patients", "SELECT * INTO copy FROM patients", ""):
        with pytest.raises(ConfigurationError, match="one SELECT"):
            DatabaseSource(database, query=statement)

    assert len(DatabaseSource(database, table="patients").read()) == 3


@pytest.mark.parametrize(
    "spelled",
    [
        "SELECT 1 INTO OUTFILE '{file}'",
        "SELECT 1 INTO DUMPFILE '{file}'",
        "SELECT 1 INTO/**/OUTFILE '{file}'",
        "SELECT 1 /*!50000 INTO */ OUTFILE '{file}'",
        "SELECT 1 /*!50000 INTO OUTFILE*/ '{file}'",
        "SELECT 1 /*M! INTO OUTFILE*/ '{file}'",
        "SELECT 1 INTO\n-- x\nOUTFILE '{file}'",
        "SELECT 1 # '\n INTO OUTFILE '{file}' # '",
        "SELECT 5--1 INTO OUTFILE '{file}'",
        "SELECT 1 -- '\n INTO OUTFILE '{file}' -- '",
        'SELECT "\\"" INTO OUTFILE \'{file}\' -- "',
        "SELECT 1 AS $$ INTO OUTFILE '{file}' # $$",
    ],
)
def test_no_spelling_writes_a_file_of_the_server(mariadb: str, sql: Sql, tmp_path: Path, spelled: str) -> None:
    tmp_path.chmod(0o777)
    file = tmp_path / "written"
    statement = spelled.replace("{file}", str(file))
    sql(mariadb, statement)
    assert file.is_file()  # so it is one
    file.unlink()
    with pytest.raises(ConfigurationError, match="one SELECT"):
        DatabaseSource(mariadb, query=statement).read()
    assert not file.exists()


def test_what_a_select_could_change_is_refused_by_mariadb(mariadb: str, sql: Sql) -> None:
    sql(
        mariadb,
        "CREATE TABLE visits (n INT)",
        "CREATE FUNCTION visit() RETURNS INT BEGIN INSERT INTO visits VALUES (1); RETURN 1; END",
    )
    for query in ("SELECT visit() AS phone", "SELECT 1 AS phone FROM (SELECT visit() AS n) x"):
        with pytest.raises(ConfigurationError, match="READ ONLY transaction"):
            DatabaseSource(mariadb, query=query).read()
    assert len(DatabaseSource(mariadb, table="visits").read()) == 0
    sql(mariadb, "DROP FUNCTION visit", "DROP TABLE visits")


def test_what_a_select_could_change_is_refused_by_the_database(postgres: str, sql: Sql) -> None:
    sql(postgres, "CREATE SEQUENCE visit_numbers")
    with pytest.raises(ConfigurationError, match="read-only transaction"):
        DatabaseSource(postgres, query="SELECT setval('visit_numbers', 5)").read()


def test_no_transaction_stays_open_after_reading_or_failing(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)
    DatabaseSource(database, table="patients").read()
    with pytest.raises(ConfigurationError):
        DatabaseSource(database, query="SELECT nothing_such FROM patients").read()

    # A reader left behind would hold a lock that stops this for ever.
    sql(database, "ALTER TABLE patients ADD COLUMN added INT")


def test_postgres_types_become_text_as_in_a_spreadsheet(postgres: str) -> None:
    query = """SELECT 38.00::numeric(10,2) AS whole, 12.50::numeric AS price, 1e25::numeric AS huge,
        0.1::float8 AS share, 'NaN'::float8 AS nan, 9007199254740993::bigint AS big,
        12345678901234567890::numeric AS longer, true AS yes,
        date '2026-11-03' AS day, timestamp '2026-11-03 14:30:00.120' AS moment, timestamp '2026-11-03' AS midnight,
        timestamptz '2026-11-03 14:30+00' AT TIME ZONE 'UTC' AS utc, time '14:30' AS clock, interval '26:30:00' AS span,
        '{"a": [1, null]}'::jsonb AS object, array[1, 2] AS list, '{"x":1.50}'::json AS raw,
        '6e8bc430-9c3a-11d9-9669-0800200c9a66'::uuid AS id, '10.0.0.1'::inet AS host, NULL AS nothing, 'NA' AS na"""

    (row,) = DatabaseSource(postgres, query=query).read().table.to_pylist()

    assert row == {
        "whole": "38",
        "price": "12.5",
        "huge": "10000000000000000000000000",
        "share": "0.1",
        "nan": "nan",
        "big": "9007199254740993",
        "longer": "12345678901234567890",
        "yes": "true",
        "day": "2026-11-03",
        "moment": "2026-11-03 14:30:00.12",
        "midnight": "2026-11-03 00:00:00",
        "utc": "2026-11-03 14:30:00",
        "clock": "14:30:00",
        "span": "26:30:00",
        "object": '{"a":[1,null]}',
        "list": "[1,2]",
        "raw": '{"x":1.5}',
        "id": "6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "host": "10.0.0.1",
        "nothing": "",
        "na": "NA",
    }


def test_a_date_time_with_a_zone_keeps_its_offset(postgres: str) -> None:
    rows = DatabaseSource(postgres, query="SELECT timestamptz '2026-11-03 14:30:00+07' AS t").read()

    assert rows.table["t"].to_pylist() == ["2026-11-03 07:30:00+00:00"]


def test_mariadb_types_become_text_as_in_a_spreadsheet(mariadb: str, sql: Sql) -> None:
    sql(
        mariadb,
        "CREATE OR REPLACE TABLE kinds (a DECIMAL(10,2), b DATETIME, c TIME, d DATE, e TINYINT(1))",
        "ALTER TABLE kinds ADD COLUMN f DOUBLE, ADD COLUMN g JSON, ADD COLUMN h TEXT",
        """INSERT INTO kinds VALUES (38.00, '2026-11-03 14:30', '26:30', '2026-11-03', 1, 0.1, '{"a": 1}', 'ភ្នំពេញ')""",
    )

    (row,) = DatabaseSource(mariadb, table="kinds").read().table.to_pylist()

    assert list(row.values()) == [
        "38", "2026-11-03 14:30:00", "26:30:00", "2026-11-03", "1", "0.1", '{"a": 1}', "ភ្នំពេញ",
    ]  # fmt: skip


def test_bytes_are_a_problem_of_their_cell(postgres: str) -> None:
    rows = DatabaseSource(
        postgres, query=r"SELECT '1' AS phone, '\x00ff'::bytea AS photo UNION ALL SELECT '2', NULL"
    ).read()

    assert rows.table["photo"].to_pylist() == ["", ""]
    assert [(p.row, p.column) for p in rows.problems] == [(2, "photo")]


def test_phone_numbers_kept_as_floats_or_dates_are_damaged(postgres: str) -> None:
    query = """SELECT 85512000001.5::float8 AS phone, date '2026-11-03' AS other UNION ALL SELECT 85512000001, NULL"""

    as_float = DatabaseSource(postgres, query=query, address="phone").read()
    as_date = DatabaseSource(postgres, query=query, address="other").read()
    as_text = DatabaseSource(postgres, query="SELECT '8.55E+11' AS phone", address="phone").read()

    assert [p.row for p in as_float.problems] == [2]
    assert as_float.table["phone"].to_pylist()[1] == "85512000001"
    assert [(p.row, "date" in p.reason) for p in as_date.problems] == [(2, True)]
    assert "exponent" in as_text.problems[0].reason


def test_a_column_that_is_missing_or_twice_there_is_named(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)

    with pytest.raises(ConfigurationError, match=r'has no column "Phones".*Did you mean "phone"'):
        DatabaseSource(database, table="patients", address="Phones").read()
    with pytest.raises(ConfigurationError, match=r'"name" \(columns B, C'):
        DatabaseSource(database, query="SELECT phone, name, name FROM patients").read()
    with pytest.raises(ConfigurationError, match='has no column "updated"'):
        DatabaseSource(database, table="patients", cursor="updated").read()


def test_a_table_that_is_not_there_is_named(database: str) -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        DatabaseSource(database, table="nobody").read()


def test_a_table_without_rows_has_its_columns(database: str, sql: Sql) -> None:
    sql(database, PATIENTS[0])

    rows = DatabaseSource(database, table="patients", address="phone").read()

    assert (len(rows), rows.columns) == (0, ("phone", "name", "age", "changed"))


@pytest.mark.parametrize(
    ("kind", "endless"),
    [
        ("sqlite", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"),
        ("postgres", "SELECT pg_sleep(60)"),
        ("mariadb", "SELECT count(*) FROM seq_1_to_100000000 a JOIN seq_1_to_100000000 b"),
    ],
)
def test_a_statement_that_takes_too_long_is_stopped(kind: str, endless: str, request: pytest.FixtureRequest) -> None:
    source = DatabaseSource(request.getfixturevalue(kind), query=endless, statement_timeout=0.2)

    with pytest.raises(CouldNotBeDone, match=r"more than 0\.2 seconds"):
        source.read()


def test_no_message_shows_the_password(mariadb: str, postgres: str) -> None:
    right = sa.make_url(mariadb)
    wrong = right.set(password="wr0ng/pass w@rd")
    unreachable = right.set(port=1)
    sources = [
        DatabaseSource(url.render_as_string(hide_password=False), query="SELECT 's3cret/w@rd' FROM nowhere")
        for url in (right, wrong, unreachable)
    ]
    sources.append(DatabaseSource("postgresql://sync:s3cret@127.0.0.1:1/clinic?sslpassword=hush", table="patients"))

    messages = []
    for source in sources:
        with pytest.raises((ConfigurationError, CouldNotBeDone)) as caught:
            source.read()
        messages.append(f"{caught.value} {source.describe()} {source.stem}")

    assert not [m for m in messages if any(secret in m for secret in ("s3cret", "wr0ng", "hush", "sync:"))]
    assert isinstance(caught.value, CouldNotBeDone)


def test_a_wrong_password_is_told_from_a_server_that_is_down(mariadb: str) -> None:
    url = sa.make_url(mariadb)

    with pytest.raises(ConfigurationError, match="Access denied"):
        DatabaseSource(url.set(password="wrong").render_as_string(hide_password=False), table="t").read()
    with pytest.raises(CouldNotBeDone, match="cannot be opened"):
        DatabaseSource(url.set(port=1).render_as_string(hide_password=False), table="t").read()


@pytest.mark.parametrize("url", ["", "nonsense", "oracle://u:s3cret@h/x", "postgresql://u:s3cret@h", "sqlite://"])
def test_a_url_that_cannot_be_meant_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DatabaseSource(url, table="t")

    assert "s3cret" not in str(caught.value)


def test_a_missing_sqlite_file_is_an_error_and_not_a_new_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        DatabaseSource(f"sqlite:///{tmp_path / 'no.db'}", table="t").read()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Phone,Name\n" * 500)

    with pytest.raises(ConfigurationError, match="not a database"):
        DatabaseSource(f"sqlite:///{tmp_path / 'notes.db'}", table="t").read()


def test_an_sqlite_file_locked_by_a_writer_may_be_free_later(sqlite: str, sql: Sql) -> None:
    sql(sqlite, *PATIENTS)
    writer = sqlite3.connect(sa.make_url(sqlite).database or "", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")

    with pytest.raises(CouldNotBeDone, match="locked"):
        DatabaseSource(sqlite, table="patients", statement_timeout=0.3).read()
    writer.close()


def test_numbers_in_an_sqlite_column_without_a_type_are_compared_as_numbers(sqlite: str, sql: Sql) -> None:
    sql(sqlite, "CREATE TABLE t (phone, changed)", "INSERT INTO t VALUES ('a', 9), ('b', 10), ('c', 11.5)")

    rows = DatabaseSource(
        sqlite, query="SELECT phone, changed + 0 AS changed FROM t", cursor="changed", since="10"
    ).read()

    assert rows.table["phone"].to_pylist() == ["b", "c"]
    assert rows.watermark == "11.5"


def test_a_text_that_only_looks_like_a_number_is_compared_as_text(sqlite: str, sql: Sql) -> None:
    sql(sqlite, "CREATE TABLE t (phone TEXT, changed TEXT)", "INSERT INTO t VALUES ('a', '0012'), ('b', '0013')")

    rows = DatabaseSource(sqlite, table="t", cursor="changed", since="0013").read()

    assert rows.table["phone"].to_pylist() == ["b"]


def test_a_cursor_column_of_several_kinds_is_refused(sqlite: str, sql: Sql) -> None:
    sql(sqlite, "CREATE TABLE t (phone, changed)", "INSERT INTO t VALUES ('a', 9), ('b', 'yesterday')")

    with pytest.raises(ConfigurationError, match="several kinds"):
        DatabaseSource(sqlite, table="t", cursor="changed").read()


def test_the_source_names_itself_without_the_account(mariadb: str) -> None:
    assert (
        DatabaseSource(mariadb, table="patients").describe() == 'MySQL database "clinic" on 127.0.0.1, table patients'
    )
    assert DatabaseSource(mariadb, query="SELECT 1").stem == "clinic"
    assert DatabaseSource(mariadb, table="shop.patients").stem == "shop.patients"
    gc.collect()


def test_either_a_table_or_a_query_is_needed(sqlite: str) -> None:
    for given in ({}, {"table": "t", "query": "SELECT 1"}):
        with pytest.raises(ConfigurationError, match="either"):
            DatabaseSource(sqlite, **given)


INFINITE = (
    "CREATE TABLE inf (phone text, a text, until date)",
    "INSERT INTO inf VALUES ('85512345602', 'v', 'infinity'), ('85512345603', 'w', '2026-12-01')",
)
ODD_VALUES = (
    "'-infinity'::date", "'0044-03-15 BC'::date", "'12026-01-01'::date", "'infinity'::timestamp",
    "'12026-01-01 10:00'::timestamp", "'infinity'::timestamptz", "'24:00:00'::time", "'24:00:00+02'::timetz",
    "'2000000000 days'::interval", "'NaN'::float8", "'-Infinity'::float4", "'NaN'::numeric", "'\\xff'::bytea",
)  # fmt: skip


def test_a_date_at_infinity_is_its_rows_problem(postgres: str, sql: Sql) -> None:
    sql(postgres, *INFINITE)
    rows = DatabaseSource(postgres, table="inf", address="phone", columns=["until"]).read()
    unused = DatabaseSource(postgres, table="inf", address="phone", columns=["a"]).read()
    sql(postgres, "DROP TABLE inf")

    assert rows.table["until"].to_pylist() == ["infinity", "2026-12-01"]
    assert [(p.row, p.column) for p in rows.problems] == [(2, "until")]
    assert "infinity" in rows.problems[0].reason
    assert (unused.problems, unused.table["a"].to_pylist()) == ((), ["v", "w"])


@pytest.mark.parametrize("value", ODD_VALUES)
def test_a_value_that_python_has_no_place_for_is_its_rows_problem(postgres: str, value: str) -> None:
    kind = value.partition("::")[2]
    query = f"SELECT '1' AS phone, {value} AS v UNION ALL SELECT '2', NULL::{kind}"

    rows = DatabaseSource(postgres, query=query, address="phone").read()

    assert [(p.row, p.column) for p in rows.problems] == [(2, "v")]
    assert rows.table["phone"].to_pylist() == ["1", "2"]
    assert rows.table["v"][1].as_py() == ""


def test_a_cursor_passes_over_infinity(postgres: str) -> None:
    query = "SELECT '1' AS phone, 'infinity'::date AS changed UNION ALL SELECT '2', date '2026-11-03'"

    assert DatabaseSource(postgres, query=query, cursor="changed").read().watermark == "2026-11-03"


def test_a_statement_the_database_itself_refuses_is_not_tried_again(postgres: str) -> None:
    with pytest.raises(ConfigurationError, match="division by zero"):
        DatabaseSource(postgres, query="SELECT 1 / 0 AS phone").read()


def test_a_database_without_an_encoding_gives_texts_and_names_what_is_none(postgres: str, sql: Sql) -> None:
    engine = sa.create_engine(
        sa.make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE undeclared ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    url = sa.make_url(postgres).set(database="undeclared").render_as_string(hide_password=False)
    rows = DatabaseSource(
        url, query=r"SELECT '1' AS phone, 'Sok'::text AS name UNION ALL SELECT '2', E'Jos\xe9'", address="phone"
    ).read()
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE undeclared")
    engine.dispose()

    assert rows.table["name"].to_pylist() == ["Sok", "Jos\ufffd"]
    assert [(p.row, p.column) for p in rows.problems] == [(3, "name")]


def test_a_zero_date_of_mariadb_is_its_rows_problem(mariadb: str, sql: Sql) -> None:
    sql(
        mariadb,
        "CREATE TABLE zero (phone TEXT, born DATE, seen DATETIME, name TEXT)",
        "SET sql_mode = ''",
        "INSERT INTO zero VALUES ('1', '0000-00-00', '2026-00-03', 'Sok'), ('2', '1990-01-02', NULL, '0000-00-00')",
    )
    rows = DatabaseSource(mariadb, table="zero", address="phone", cursor="born").read()
    sql(mariadb, "DROP TABLE zero")

    assert [(p.row, p.column) for p in rows.problems] == [(2, "born"), (2, "seen")]
    assert rows.table["born"].to_pylist() == ["0000-00-00", "1990-01-02"]
    assert rows.watermark == "1990-01-02"


def test_a_text_of_sqlite_that_is_none_is_its_rows_problem(sqlite: str, sql: Sql) -> None:
    sql(
        sqlite,
        "CREATE TABLE t (phone, name)",
        "INSERT INTO t VALUES ('1', CAST(x'4a6f73e9' AS TEXT)), ('2', 'សុខា'), ('3', x'4a6f73')",
    )
    rows = DatabaseSource(sqlite, table="t", address="phone").read()

    assert rows.table["name"].to_pylist() == ["Jos\ufffd", "សុខា", ""]
    assert [(p.row, p.column) for p in rows.problems] == [(2, "name"), (4, "name")]


def test_columns_are_found_whatever_case_the_database_gives_them(database: str, sql: Sql) -> None:
    sql(database, *PATIENTS)
    rows = DatabaseSource(database, table="patients", address="Phone", columns=["NAME", "Born"]).read()

    assert rows.columns == ("Phone", "NAME", "age", "changed")
    assert sum("capitals differ" in note for note in rows.notes) == 2
    assert [missing.name for missing in rows.missing] == ["Born"]
