"""Laws: whatever a table is written with, it is read back as the same text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import openpyxl
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.sources.cell_text import cell_text, number_text, plain_floats, text_column
from connectors.sources.csv.source import CsvSource
from connectors.sources.databases.database import DatabaseSource
from connectors.sources.databases.text import value_text, values_column
from connectors.sources.workbooks.excel import ExcelSource
from connectors.values import Rows

Table: TypeAlias = list[tuple[object, ...]]

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)

OLDEST, NEWEST = (dt.datetime.fromisoformat(day) for day in ("1950-01-01", "2200-01-01"))

# What XML and CSV can carry: no control characters, and line ends as they are normalised there.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from('\n\t",;'), max_size=12).map(
    # XML readers put a line feed for other line ends; _xHHHH_ is how Excel writes a character by its number.
    lambda text: text.replace("_x", "x")
)
# A spreadsheet keeps 15 digits of a number.
numbers = st.integers(-(10**14), 10**14) | st.floats(-1e30, 1e30).map(lambda number: float(f"{number:.15g}"))
moments = st.datetimes(OLDEST, NEWEST).map(lambda moment: moment.replace(microsecond=0))
cells = texts | numbers | st.booleans() | st.dates(OLDEST.date(), NEWEST.date()) | moments


def tables(cell: st.SearchStrategy[object]) -> st.SearchStrategy[Table]:
    # The first cell keeps a row from being blank.
    return st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=12), cell, cell), max_size=8)


def read_back(rows: Rows) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows.table.to_pylist()]


def as_inline(cell: object) -> str:
    """As openpyxl's own kind of text comes back: nothing but white space is read as nothing, which it means too."""
    text = as_text(cell)
    return text if text.strip(" \t\n") else ""


def as_text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return str(cell.date()) if cell.time() == dt.time() else str(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    return number_text(float(cell)) if isinstance(cell, int | float) else str(cell)


@same_folder
@given(tables(cells))
@example([("0", " ", "\n"), ("1", " a", "b ")])
def test_a_table_written_by_openpyxl_is_read_back_as_the_same_text(tmp_path: Path, table: Table) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Phone", "One", "Two"])
    for at, row in enumerate(table, 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(at, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # also for what looks like a formula
    book.save(tmp_path / "table.xlsx")

    rows = ExcelSource(tmp_path / "table.xlsx", address="Phone").read()

    assert read_back(rows) == [tuple(map(as_inline, row)) for row in table]
    assert rows.numbers.to_pylist() == list(range(2, len(table) + 2))


@same_folder
@given(
    tables(texts),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_saved_as_csv_is_read_back_as_the_same_text(
    tmp_path: Path, table: Table, delimiter: str, line_end: str, quoting: int
) -> None:
    memory = io.StringIO(newline="")
    writer = csv.writer(memory, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("Phone", "One", "Two"), *table])
    (tmp_path / "table.csv").write_bytes(memory.getvalue().encode())

    rows = CsvSource(tmp_path / "table.csv", address="Phone").read()

    assert read_back(rows) == table
    assert rows.numbers.to_pylist() == list(range(2, len(table) + 2))


@same_folder
@given(tables(texts | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.none()))
def test_a_table_kept_in_sqlite_is_read_back_as_the_same_text(tmp_path: Path, table: Table) -> None:
    (tmp_path / "table.db").unlink(missing_ok=True)
    connection = sqlite3.connect(tmp_path / "table.db")
    connection.execute("CREATE TABLE patients (phone TEXT, one, two)")
    connection.executemany("INSERT INTO patients VALUES (?, ?, ?)", table)
    connection.commit()
    connection.close()

    rows = DatabaseSource(f"sqlite:///{tmp_path / 'table.db'}", table="patients", address="phone").read()

    assert read_back(rows) == [tuple(map(value_text, row)) for row in table]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            texts,
            st.none() | st.floats(allow_nan=False),
            st.none() | moments,
            st.none()
            | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
            st.none() | st.booleans(),
        )
    )
)
def test_a_table_kept_in_postgres_is_read_back_as_the_same_text(postgres: str, table: Table) -> None:
    engine = sa.create_engine(sa.make_url(postgres).set(drivername="postgresql+psycopg"))
    columns = "phone TEXT, score FLOAT8, seen TIMESTAMP, dose NUMERIC, active BOOLEAN"
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS laws")
        connection.exec_driver_sql(f"CREATE TABLE laws (number SERIAL, {columns})")
        for row in table:
            statement = "INSERT INTO laws (phone, score, seen, dose, active) VALUES (%s, %s, %s, %s, %s)"
            connection.exec_driver_sql(statement, row)
    engine.dispose()

    rows = DatabaseSource(postgres, query="SELECT phone, score, seen, dose, active FROM laws ORDER BY number").read()

    written = [tuple(map(value_text, row)) for row in table]
    assert read_back(rows) == [row for row in written if any(cell.strip() for cell in row)]


@given(st.lists(st.floats(), min_size=1))
def test_the_fast_way_to_write_numbers_gives_the_same_text_as_the_slow_one(values: list[float]) -> None:
    assert text_column(values, set(map(type, values))).to_pylist() == [cell_text(value) for value in values]
    assert plain_floats_or_not(values) == [number_text(value) for value in values]


def plain_floats_or_not(values: Sequence[float]) -> list[str]:
    try:
        return plain_floats(pa.array(values, pa.float64())).to_pylist()
    except pa.ArrowInvalid:
        return [number_text(value) for value in values]


@given(
    st.lists(st.none() | st.integers(), min_size=1)
    | st.lists(st.none() | st.datetimes(), min_size=1)
    | st.lists(st.none() | st.dates(), min_size=1)
    | st.lists(st.none() | st.floats(), min_size=1)
    | st.lists(st.none() | st.booleans() | st.decimals() | st.uuids(), min_size=1)
)
def test_a_column_of_a_database_has_the_texts_of_its_values(values: Sequence[object]) -> None:
    assert values_column(values, set(map(type, values))).to_pylist() == [value_text(value) for value in values]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (38.0, "38"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (1e-5, "0.00001"),
        (999_999_999_999_999.0, "999999999999999"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
    ],
)
def test_numbers_are_written_without_an_exponent_as_far_as_people_do(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal(-(10**20)), max_value=Decimal(10**20)))
def test_a_decimal_keeps_its_value_and_loses_its_trailing_zeros(value: Decimal) -> None:
    text = value_text(value)

    assert Decimal(text) == value
    assert not ("." in text and text.endswith("0"))
    assert "E" not in text
