"""Which texts are one statement that only reads, by the grammar of each kind of database."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError
from connectors.sources.databases.sql_statement import one_select

ALL = ("sqlite", "postgresql", "mysql", "mariadb", "duckdb", "mssql", "oracle", "a kind that nobody knows")


@pytest.mark.parametrize("database", ALL)
@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  select ';' AS x -- ; \n FROM t ; ",
        "WITH a AS (SELECT 1 AS one) SELECT * FROM a",
        "/* first */ SELECT 'INTO' /* INTO ; */ AS x FROM t",
        "(SELECT a FROM t) UNION (SELECT b FROM u)",
        "SELECT 'it''s /*! no comment */' AS x FROM t;;\n-- done",
    ],
)
def test_one_select_may_hold_anything_in_quotes_and_comments(query: str, database: str) -> None:
    kept = one_select(query, database)
    assert query.strip().startswith(kept)
    assert query.strip()[len(kept) :].strip("; \n").removeprefix("-- done") == ""


@pytest.mark.parametrize(
    ("database", "query"),
    [
        ("postgresql", "SELECT $$;$$, $x$ ; $x$, E'Jos\\xe9', '{1,2}'::int[], timestamptz '2026-11-03 14:30+07'"),
        (
            "postgresql",
            "SELECT DISTINCT ON (phone) a->>'b' FROM t WHERE b ~* 'x' ORDER BY phone, changed DESC NULLS LAST",
        ),
        ("mysql", r"SELECT 'it''s; \'; x', `into` FROM t # INTO"),
        ("mysql", "SELECT /*+ MAX_EXECUTION_TIME(1000) */ GROUP_CONCAT(a SEPARATOR '; ') FROM t USE INDEX (x)"),
        ("sqlite", "SELECT printf('%05d', x) FROM t WHERE y GLOB 'a*' AND z LIKE '50%'"),
        ("mssql", "SELECT TOP 5 [the phone] FROM dbo.people"),
        ("oracle", "SELECT a FROM people WHERE ROWNUM < 5"),
        ("duckdb", "FROM 'exports/*.parquet'"),
    ],
)
def test_each_kind_is_read_by_its_own_grammar(database: str, query: str) -> None:
    assert one_select(query, database) == query


@pytest.mark.parametrize("database", ALL)
@pytest.mark.parametrize(
    "query",
    [
        "", ";", "-- nothing", "DELETE FROM t", "UPDATE t SET a = 1", "SELECT 1; SELECT 2",
        "SELECT 1; -- x\n DROP TABLE t",
        "WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone", "SELECT a INTO copy FROM t", "EXPLAIN SELECT 1",
        "CALL empty_everything()", "COPY t TO 'x.csv'", "SET a = 1", "SELECT FROM WHERE",
    ],
)  # fmt: skip
def test_anything_but_one_select_is_refused(query: str, database: str) -> None:
    with pytest.raises(ConfigurationError, match="one SELECT"):
        one_select(query, database)


@pytest.mark.parametrize("database", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 INTO OUTFILE 'x'",
        "SELECT 1 into\n\tOutfile 'x'",
        "SELECT * FROM t INTO DUMPFILE 'x'",
        "SELECT a FROM t INTO @kept",
        "SELECT 1 /*! INTO OUTFILE 'x' */",
        "SELECT 1 /* /* */ INTO OUTFILE 'x' -- */",
        "SELECT 1 /*!50000 INTO*/ /*!OUTFILE*/ 'x'",
        "SELECT 1 /*M!100000 INTO OUTFILE 'x' */",
        "/*! DELETE FROM t */",
        "SELECT 1 /*! STRAIGHT_JOIN */ FROM t",
        "SELECT 1 /*!99999 INTO OUTFILE 'x'",
        "SELECT 'a' 'b' INTO/**/OUTFILE 'x'",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "SELECT 1 FROM t PROCEDURE ANALYSE()",
    ],
)
def test_what_mysql_would_write_or_carry_out_is_refused(query: str, database: str) -> None:
    with pytest.raises(ConfigurationError, match="one SELECT"):
        one_select(query, database)


def test_where_it_is_not_understood_is_said_and_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as fault:
        one_select("SELECT a\nFROM t WHERE )", "postgresql")
    assert "(line 2, column" in fault.value.message
    assert "make a view of it" in fault.value.hint
