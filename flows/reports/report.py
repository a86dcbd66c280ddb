"""A finished run as one value, ready to be rendered as a workbook, a page or a few lines on a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import ROW_COLUMN, Rows
from flows.reports.buckets import BUCKETS, buckets_of
from flows.reports.summary import Summary
from flows.reports.wording import PLANNED_ONLY, is_only_planned

CHANGED = pa.schema([("row", pa.int64()), ("variable", pa.string()), ("before", pa.string()), ("after", pa.string())])
"""Values that were changed, or would be: one line each, by row; `before` null where there was none."""


@dataclass(frozen=True, slots=True)
class Report:
    """A finished run, ready to be rendered.

    rows: the source's own rows.
    outcomes: one line per row of `rows`, in the same order; string columns `sync_status`, `sync_reason`,
        `sync_changes`, `contact_id` (an integer's text or ""), for calls also `call_id`, `call_state` and, once
        tracked, `fail_reason`, `started_at`, `finished_at` and, where anybody may have answered, `answers`.
    summary: the object that `--json` prints (`flows.reports.summary.summary_object`).
    changes: schema CHANGED; calls have none.
    """

    rows: Rows
    outcomes: pa.Table
    summary: Summary
    changes: pa.Table = field(default_factory=CHANGED.empty_table)

    def __post_init__(self) -> None:
        if len(self.rows) != self.outcomes.num_rows:
            raise ValueError(f"{len(self.rows)} rows, but outcomes for {self.outcomes.num_rows}")


def count_rows(outcomes: pa.Table, kind: str) -> dict[str, int]:
    """`read` and then every bucket of the kind, zero where there is none.

    Rows of a run that was cut off have no status yet and count as read only; `check_buckets` tells.
    """
    tally = {found["values"]: found["counts"] for found in pc.value_counts(outcomes["sync_status"]).to_pylist()}
    return {"read": outcomes.num_rows} | {bucket: int(tally.get(bucket, 0)) for bucket in buckets_of(kind)}


def told_outcomes(report: Report) -> pa.Table:
    """The outcomes for a person: where nothing was sent, `sync_status` says `to update` and the like, and `sync_reason`
    says first that nothing was sent. They are `report.outcomes` otherwise."""
    outcomes = report.outcomes
    if not is_only_planned(report.summary):
        return outcomes
    status, reason = outcomes["sync_status"], pc.fill_null(outcomes["sync_reason"], "")
    for bucket in BUCKETS.values():
        if bucket.planned_label:
            status = pc.if_else(pc.equal(status, bucket.name), bucket.planned_label, status)
    told = pc.if_else(pc.equal(reason, ""), "", pc.binary_join_element_wise(". ", reason, ""))
    told = pc.binary_join_element_wise(PLANNED_ONLY, told, "")
    for name, column in (("sync_status", status), ("sync_reason", told)):
        outcomes = outcomes.set_column(outcomes.column_names.index(name), name, column)
    return outcomes


def result_columns(report: Report) -> pa.Table:
    """What a workbook shows beside the source's own columns: the outcomes, and the number of the row in the source."""
    outcomes = told_outcomes(report)
    numbers = pa.chunked_array([pc.cast(report.rows.numbers, pa.string())])
    return outcomes.add_column(outcomes.column_names.index("contact_id") + 1, ROW_COLUMN, numbers)


def to_do(report: Report) -> pa.ChunkedArray:
    """For each row what is wrong with it and what to do about it, "" where nobody can correct anything."""
    status, reason = report.outcomes["sync_status"], pc.fill_null(report.outcomes["sync_reason"], "")
    told = pa.chunked_array([pa.repeat(pa.scalar(""), len(status))])
    for bucket in BUCKETS.values():
        if bucket.to_fix:
            told = pc.if_else(pc.equal(status, bucket.name), _joined(reason, bucket.to_do), told)
    return told


def _joined(reasons: pa.ChunkedArray, cure: str) -> pa.ChunkedArray:
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(reasons, cure, " "))
