"""Reading of sources beside the bare readers they rest on: processor seconds and peak memory, each in its own process.

Run alone with `python -m tests.bench.bench_sources [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import importlib.util
import resource
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.bench.measuring import peak_memory

HEADER = ("Phone", "Name", "Age", "Visited", "Colour", "Score", "Village", "Active", "Note", "Visits", "Code")
TABLE = """CREATE TABLE patients AS SELECT '+8551' || lpad(i::text, 7, '0') AS phone, 'Person ' || i AS name,
    mod(i, 90)::int AS age, date '2026-11-01' + mod(i, 28) AS visited, (array['red', 'blue'])[1 + mod(i, 2)] AS colour,
    i * 0.25::float8 AS score, 'V' || mod(i, 300) AS village, mod(i, 2) = 0 AS active, NULL::text AS note,
    mod(i, 17)::int AS visits, timestamp '2026-11-01' + i * interval '1 second' AS updated
    FROM generate_series(1, {rows}) i"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of the reading alone, and the most memory of its process in megabytes."""

    seconds: float
    megabytes: int


def run(quick: bool) -> list[tuple[str, str]]:
    """One line per kind of source: our cost, its ratio to the bare reader's, and the limit."""
    times = 1 if quick else 3
    scale = 10 if quick else 1
    with tempfile.TemporaryDirectory() as folder:
        return [
            *_xlsx(Path(folder), 100_000 // scale, times),
            *_csv(Path(folder), 1_000_000 // scale, times),
            *_postgres(1_000_000 // scale, times),
        ]


def _xlsx(folder: Path, rows: int, times: int) -> Iterator[tuple[str, str]]:
    path = _written_xlsx(folder / "patients.xlsx", rows)
    ours, bare = _side_by_side(read_excel, read_by_fastexcel, str(path), times)
    slow = _cost(read_by_pandas_and_openpyxl, str(path))
    yield (
        f"xlsx {rows:,} × 11 to rows of text",
        (
            f"{ours.seconds:.2f} s CPU, {ours.seconds / bare.seconds:.1f} × fastexcel (limit 3), "
            f"{slow.seconds / ours.seconds:.1f} × better than pandas with openpyxl (wanted 7)"
        ),
    )


def _csv(folder: Path, rows: int, times: int) -> Iterator[tuple[str, str]]:
    path = _written_csv(folder / "patients.csv", rows)
    ours, bare = _side_by_side(read_csv, read_by_pandas_and_pyarrow, str(path), times)
    yield (
        f"CSV {rows:,} × 11 to rows of text",
        (
            f"{ours.seconds:.2f} s CPU, {ours.seconds / bare.seconds:.1f} × pandas with pyarrow (limit 3), "
            f"{ours.megabytes} MB (limit 1,200)"
        ),
    )


def _postgres(rows: int, times: int) -> Iterator[tuple[str, str]]:
    name = f"PostgreSQL {rows:,} × 11 to rows of text"
    if importlib.util.find_spec("pgserver") is None:
        yield name, "not measured: the pgserver wheel is not installed"
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # pgserver remarks on a missing XDG_RUNTIME_DIR
        import pgserver

        server = pgserver.get_server(folder, cleanup_mode="stop")
        server.psql(TABLE.format(rows=rows))
        ours, bare = _side_by_side(read_database, read_by_sqlalchemy, server.get_uri(), times)
        server.cleanup()
    yield (
        name,
        (
            f"{ours.seconds:.2f} s CPU, {ours.seconds / bare.seconds:.1f} × streamed SQLAlchemy (limit 2), "
            f"{ours.megabytes} MB (limit 400)"
        ),
    )


def _side_by_side(
    ours: Callable[[str], None], bare: Callable[[str], None], place: str, times: int
) -> tuple[Cost, Cost]:
    """The medians of both, taken in turns."""
    costs = [(_cost(ours, place), _cost(bare, place)) for _ in range(times)]
    return _median([ours for ours, _ in costs]), _median([bare for _, bare in costs])


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(c.seconds for c in costs), int(statistics.median(c.megabytes for c in costs)))


def _cost(read: Callable[[str], None], place: str) -> Cost:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measured, read, place).result()


def _measured(read: Callable[[str], None], place: str) -> Cost:
    for module in _NEEDS[read.__name__]:  # before the clock starts
        importlib.import_module(module)
    before = _processor_seconds()
    read(place)
    return Cost(_processor_seconds() - before, int(peak_memory()))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def read_excel(path: str) -> None:
    from connectors.sources.workbooks.excel import ExcelSource

    ExcelSource(path, address="Phone").read()


def read_by_fastexcel(path: str) -> None:
    import fastexcel

    fastexcel.read_excel(path).load_sheet(0).to_arrow()


def read_by_pandas_and_openpyxl(path: str) -> None:
    import pandas as pd

    pd.read_excel(path, engine="openpyxl", dtype=str, keep_default_na=False)


def read_csv(path: str) -> None:
    from connectors.sources.csv.source import CsvSource

    CsvSource(path, address="Phone").read()


def read_by_pandas_and_pyarrow(path: str) -> None:
    import pandas as pd

    pd.read_csv(path, engine="pyarrow", dtype=str, keep_default_na=False)


def read_database(url: str) -> None:
    from connectors.sources.databases.database import DatabaseSource

    DatabaseSource(url, table="patients", address="phone", cursor="updated").read()


def read_by_sqlalchemy(url: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(stream_results=True) as connection:
        result = connection.execute(sa.text("SELECT * FROM patients"))
        while result.fetchmany(10_000):
            pass


# Ours with pandas, because pyarrow loads it on the first list it is given, and the commands use it anyway.
_NEEDS = {
    "read_excel": ("connectors.sources.workbooks.excel", "pandas"),
    "read_by_fastexcel": ("fastexcel", "pyarrow"),
    "read_by_pandas_and_openpyxl": ("pandas", "openpyxl"),
    "read_csv": ("connectors.sources.csv.source", "pandas"),
    "read_by_pandas_and_pyarrow": ("pandas", "pyarrow.csv"),
    "read_database": ("connectors.sources.databases.database", "psycopg", "pandas"),
    "read_by_sqlalchemy": ("sqlalchemy", "psycopg"),
}


def _people(rows: int) -> Iterator[tuple[str | float | dt.date, ...]]:
    for n in range(1, rows + 1):
        day = dt.date(2026, 11, 1 + n % 28)
        colour = ("red", "blue", "green")[n % 3]
        yield (
            f"+8551{n:07d}",
            f"Person {n}",
            n % 90,
            day,
            colour,
            n * 0.25,
            f"V{n % 300}",
            "yes",
            "",
            n % 17,
            f"{n:06d}",
        )


def _written_xlsx(path: Path, rows: int) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Patients")
        sheet.write_row(0, 0, HEADER)
        for at, person in enumerate(_people(rows), 1):
            sheet.write_row(at, 0, person)
    return path


def _written_csv(path: Path, rows: int) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_people(rows))
    return path


if __name__ == "__main__":
    for what, measured in run("--quick" in sys.argv):
        print(f"{what}: {measured}")
