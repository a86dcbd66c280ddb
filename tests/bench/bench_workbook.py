"""The result workbook against other writers: the same 100,000 x 16 report, side by side, each in a process of its own.

Run alone with `python -m tests.bench.bench_workbook [--quick]`; `make bench` calls `run`.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from connectors.sources.workbooks.excel import ExcelSource
from connectors.values import Rows
from flows.reports.report import Report, count_rows
from flows.reports.summary import RunFacts, summary_object
from flows.reports.workbook import NewWorkbook
from tests.bench.measuring import forget_peak, peak_memory

OWN_COLUMNS = 12
STATUSES = {"unchanged": 85, "updated": 10, "not_found": 3, "rejected": 2}


def table_of(rows: int) -> pa.Table:
    """`rows` rows x 16 columns (12 of the source and 4 outcomes), the same ones for the same number."""
    chance = random.Random(rows)
    words = ("", "yes", "no", "Phnom Penh", "1987-02-03", "38", "Sok Dara & Ly")
    source = {f"column {n}": chance.choices(words, k=rows) for n in range(1, OWN_COLUMNS)}
    source = {"Phone": [f"+855{chance.randrange(10**7, 10**8)}" for _ in range(rows)], **source}
    statuses = chance.choices(list(STATUSES), STATUSES.values(), k=rows)
    outcomes = {
        "sync_status": statuses,
        "sync_reason": ["no contact has this address" if s == "not_found" else "" for s in statuses],
        "sync_changes": ["age: 38 → 39; favorite color: red → blue" if s == "updated" else "" for s in statuses],
        "contact_id": [str(n) for n in range(rows)],
    }
    return pa.table({**source, **outcomes})


def report_of(table: pa.Table) -> Report:
    """The report whose rows and outcomes stand side by side in `table`."""
    own, outcomes = table.select(range(OWN_COLUMNS)), table.select(range(OWN_COLUMNS, table.num_columns))
    facts = RunFacts(run_id="bench", pipeline="bench", kind="sync", started_at=datetime(2026, 11, 23, tzinfo=UTC))
    summary = summary_object(facts, count_rows(outcomes, "sync"))
    return Report(Rows(own, pa.array(range(2, table.num_rows + 2)), "bench"), outcomes, summary)


def ours(path: Path, table: pa.Table) -> None:
    """All of it: three sheets, formats, filters, colours."""
    NewWorkbook().write(path, report_of(table))


def _rows_of(table: pa.Table) -> Iterator[tuple[str, ...]]:
    yield tuple(table.column_names)
    for batch in table.to_batches(max_chunksize=5_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def openpyxl_write_only(path: Path, table: pa.Table) -> None:
    """One bare sheet."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Result")
    for row in _rows_of(table):
        sheet.append(row)
    workbook.save(path)


def xlsxwriter_constant_memory(path: Path, table: pa.Table) -> None:
    """One bare sheet."""
    from xlsxwriter import Workbook

    with Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Result")
        for number, row in enumerate(_rows_of(table)):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)


def bare_writer(path: Path, table: pa.Table) -> None:
    """One bare sheet by the writer we use: the limit."""
    from rustpy_xlsxwriter import write_worksheet

    write_worksheet(table, path)


WRITERS: dict[str, Callable[[Path, pa.Table], None]] = {
    writer.__name__: writer for writer in (ours, openpyxl_write_only, xlsxwriter_constant_memory, bare_writer)
}


def measure(name: str, stored: Path) -> tuple[float, float]:
    """Seconds and additional MB of memory of one write of a stored table, in this process."""
    table = feather.read_table(stored, memory_map=False)
    with tempfile.TemporaryDirectory() as folder:
        WRITERS[name](Path(folder) / "warm.xlsx", table.slice(0, 10))
        before, start = forget_peak(), time.perf_counter()
        WRITERS[name](Path(folder) / "result.xlsx", table)
        return time.perf_counter() - start, peak_memory() - before


OWN_ROWS, OWN_SECONDS, OWN_MEGABYTES = 20_000, 12, 500  # of the analyst's own file, of 11 columns; and what it may take


def analysts_file(path: Path, rows: int) -> None:
    """A workbook of `rows` rows x 11 columns under a title, with dates and numbers, as a person's own program would."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Patients")
    sheet.append(["Clinic of Takeo"])
    sheet.append(["Phone", *(f"column {n}" for n in range(2, 12))])
    for n in range(rows):
        visit = date(2026, 1, 1 + n % 28)
        sheet.append([f"+8551{n:07d}", f"Name {n}", n % 90, visit, "x", "Takeo", "yes", n * 1.5, "a note", "A", n])
    workbook.save(path)


def measure_own(path: Path) -> tuple[float, float]:
    """Seconds and additional MB of giving the file back with the outcomes of its rows, in this process."""
    from flows.reports.own_workbook import open_own_workbook

    rows = ExcelSource(path, address="Phone").read()
    outcomes = table_of(len(rows)).select(range(OWN_COLUMNS, OWN_COLUMNS + 4))
    facts = RunFacts(run_id="bench", pipeline="bench", kind="sync", started_at=datetime(2026, 11, 23, tzinfo=UTC))
    report = Report(rows, outcomes, summary_object(facts, count_rows(outcomes, "sync")))
    before, start = forget_peak(), time.perf_counter()
    open_own_workbook(rows).write(path.with_name("result.xlsx"), report)
    return time.perf_counter() - start, peak_memory() - before


def _own_apart(rows: int) -> tuple[float, float]:
    """`measure_own` in a process of its own."""
    return _apart("own", "patients.xlsx", lambda path: analysts_file(path, rows))


def _measured_apart(name: str, rows: int) -> tuple[float, float]:
    """`measure` in a process of its own, which never saw the making of the table."""
    table = table_of(rows)
    return _apart(name, "table.arrow", lambda path: feather.write_feather(table, path, compression="uncompressed"))


def _apart(name: str, file: str, write: Callable[[Path], None]) -> tuple[float, float]:
    """Seconds and additional MB that this module says, run with a name and a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        write(path)
        command = [sys.executable, "-m", "tests.bench.bench_workbook", name, str(path)]
        seconds, megabytes = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return seconds, megabytes


def run(quick: bool) -> list[tuple[str, str]]:
    """What was measured and the figure, as lines of text. Quick: a tenth of the rows, once."""
    rows, rounds = (10_000, 1) if quick else (100_000, 3)
    measured = {name: [_measured_apart(name, rows) for _ in range(rounds)] for name in WRITERS}
    seconds = {name: statistics.median(taken for taken, _ in times) for name, times in measured.items()}
    memory = {name: statistics.median(grown for _, grown in times) for name, times in measured.items()}
    lines = [(f"workbook, {rows:,} x 16: {name}", f"{seconds[name]:.2f} s, +{memory[name]:.0f} MB") for name in WRITERS]
    lines += [
        (f"workbook: times faster than {other}", f"{seconds[other] / seconds['ours']:.1f}")
        for other in ("openpyxl_write_only", "xlsxwriter_constant_memory")
    ]
    lines.append(("workbook: times the bare writer", f"{seconds['ours'] / seconds['bare_writer']:.2f}"))
    more = _measured_apart("ours", 4 * rows)
    lines.append(("workbook: memory of four times the rows", f"+{more[1]:.0f} MB against +{memory['ours']:.0f} MB"))
    own = _own_apart(OWN_ROWS)
    lines.append((f"workbook: the analyst's own, {OWN_ROWS:,} x 11", f"{own[0]:.1f} s, +{own[1]:.0f} MB"))
    lines.append(("workbook: of what it may take", f"{own[0] / OWN_SECONDS:.2f}, {own[1] / OWN_MEGABYTES:.2f}"))
    return lines


if __name__ == "__main__":
    if len(sys.argv) == 3:
        name, path = sys.argv[1], Path(sys.argv[2])
        print(json.dumps(measure_own(path) if name == "own" else measure(name, path)))
    else:
        for what, figure in run(quick="--quick" in sys.argv):
            print(f"{what:<55} {figure}")
