"""A finished run as one value, ready to be rendered as a workbook, a page or a few lines on a terminal."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.values import Rows
from flows.reports.buckets import buckets_of
from flows.reports.summary import Summary


@dataclass(frozen=True, slots=True)
class Report:
    """A finished run, ready to be rendered.

    rows: the source's own rows.
    outcomes: one line per row of `rows`, in the same order; string columns `sync_status`, `sync_reason`,
        `sync_changes`, `contact_id` (an integer's text or ""), for calls also `call_id`, `call_state` and, once
        tracked, `fail_reason`, `started_at`, `finished_at`.
    summary: the object that `--json` prints (`flows.reports.summary.summary_object`).
    """

    rows: Rows
    outcomes: pa.Table
    summary: Summary

    def __post_init__(self) -> None:
        if len(self.rows) != self.outcomes.num_rows:
            raise ValueError(f"{len(self.rows)} rows, but outcomes for {self.outcomes.num_rows}")


def count_rows(outcomes: pa.Table, kind: str) -> dict[str, int]:
    """`read` and then every bucket of the kind, zero where there is none.

    Rows of a run that was cut off have no status yet and count as read only; `check_buckets` tells.
    """
    tally = {found["values"]: found["counts"] for found in pc.value_counts(outcomes["sync_status"]).to_pylist()}
    return {"read": outcomes.num_rows} | {bucket: int(tally.get(bucket, 0)) for bucket in buckets_of(kind)}
