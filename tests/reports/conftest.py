"""Finished runs to render: synthetic people, one row per line of a small table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from connectors.values import Rows
from flows.reports.report import Report, count_rows
from flows.reports.summary import RunFacts, summary_object

MakeReport = Callable[..., Report]


def _make_report(
    cells: dict[str, Sequence[str]],
    statuses: Sequence[str],
    *,
    kind: str = "sync",
    status: str = "",
    sheet: str = "",
    reason: str = "needs a look",
    extra: dict[str, Sequence[str]] | None = None,
) -> Report:
    fine = {"updated", "created", "unchanged", "queued", "skipped"}
    outcomes = {
        "sync_status": list(statuses),
        "sync_reason": ["" if s in fine else reason for s in statuses],
        "sync_changes": ["age: 38 → 39" if s == "updated" else "" for s in statuses],
        "contact_id": [str(100 + n) if s in fine else "" for n, s in enumerate(statuses)],
    }
    table = pa.table({name: pa.array(column, pa.string()) for name, column in {**outcomes, **(extra or {})}.items()})
    column = next(iter(cells))
    problems = [
        {"row": row, "column": column, "status": s, "reason": reason}
        for row, s in enumerate(statuses, start=2)
        if s not in fine
    ]
    refused = {
        "checksum": "c0ffee",
        "changes": 3,
        "violations": [{"guard": "max_overwrites", "limit": "30%", "found": "62%"}],
    }
    facts = RunFacts(
        run_id="r1",
        pipeline="clinic",
        kind=kind,
        started_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        finished_at=datetime(2026, 11, 23, 8, 1, tzinfo=UTC),
        project_id=12,
        project_name="Health & Co",
        requests={"get": 2},
    )
    summary = summary_object(
        facts,
        count_rows(table, kind),
        status=status,
        plan=refused if status == "refused" else {"checksum": "c0ffee", "changes": 3, "violations": []},
        problems=problems,
        reports={"workbook": "home/runs/r1/patients 1.result.xlsx"},
    )
    source = pa.table([pa.array(column, pa.string()) for column in cells.values()], names=list(cells))
    numbers = pa.array(range(2, len(statuses) + 2), pa.int64())
    return Report(Rows(source, numbers, "patients 1", notes=("Read as UTF-8.",), sheet=sheet), table, summary)


@pytest.fixture
def make_report() -> MakeReport:
    """`make_report({"Phone": [...]}, ["updated", ...], kind=, status=, sheet=, reason=, extra=)`."""
    return _make_report
