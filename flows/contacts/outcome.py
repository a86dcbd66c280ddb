"""What became of each row: the plan's buckets, corrected by what really happened to each request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from flows.contacts.plan import Create, Plan, group_starts

NOT_SENT = "Not sent: the run ended before this row's turn."
_BUCKET_OF = {"failed": "failed", "unsent": "failed", "uncertain": "uncertain"}


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the request for one row (the leader of equal rows)."""

    state: Literal["done", "failed", "uncertain", "unsent"]
    reason: str = ""
    contact_id: int | None = None


def conclude(plan: Plan, results: Mapping[int, RowResult]) -> pa.Table:
    """`plan.outcomes` with a column `changes` and the buckets as they turned out.

    `results` are keyed by the row that acted. A row that was to be sent and has no result was not sent.
    """
    texts = _texts(plan)
    table = plan.outcomes
    leaders = table["leader"].to_numpy()
    status, reason = _objects(table["status"]), _objects(table["reason"])
    ids: npt.NDArray[np.object_] = _objects(table["contact_id"])
    changes = np.full(len(leaders), "", dtype=object)
    acting = np.flatnonzero(np.isin(leaders, np.fromiter(texts, dtype=np.int64, count=len(texts))))
    for position in acting.tolist():
        lead = int(leaders[position])
        result = results.get(lead, RowResult("unsent", NOT_SENT))
        if result.state == "done":
            changes[position] = texts[lead]
            ids[position] = ids[position] if result.contact_id is None else result.contact_id
        else:
            status[position] = _BUCKET_OF[result.state]
        if result.reason:
            reason[position] = f"{result.reason} {reason[position] or ''}".strip()
    return (
        table.set_column(table.column_names.index("status"), "status", pa.array(status, pa.string()))
        .set_column(table.column_names.index("reason"), "reason", pa.array(reason, pa.string()))
        .set_column(table.column_names.index("contact_id"), "contact_id", pa.array(ids, pa.int64()))
        .append_column("changes", pa.array(changes, pa.string()))
    )


def as_planned(plan: Plan) -> pa.Table:
    """The outcomes as they would be if everything succeeded, with the changes that would be made."""
    return conclude(plan, dict.fromkeys(_texts(plan), RowResult("done")))


def _objects(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    objects: npt.NDArray[np.object_] = np.array(column.to_pylist(), dtype=object)
    return objects


def _texts(plan: Plan) -> dict[int, str]:
    """The changes of each acting row in words: `age: 38 → 39; village: (absent) → Takeo`."""
    texts = {create.row: describe_create(create) for create in plan.creates}
    starts = group_starts(plan.changes)
    rows = plan.changes["row"].to_pylist()
    parts = [
        describe(variable, before, after)
        for variable, before, after in zip(
            plan.changes["variable"].to_pylist(),
            plan.changes["before"].to_pylist(),
            plan.changes["after"].to_pylist(),
            strict=True,
        )
    ]
    for start, end in pairwise(starts.tolist()):
        texts[rows[start]] = "; ".join(parts[start:end])
    return texts


def describe(variable: str, before: str | None, after: str) -> str:
    """One change in words."""
    return f"{variable}: {_shown(before)} → {_shown(after)}"


def describe_create(create: Create) -> str:
    """A new contact's variables in words."""
    return "; ".join(describe(name, None, value) for name, value in create.vars.items()) or "(no variables)"


def _shown(value: str | None) -> str:
    if value is None:
        return "(absent)"
    return value or "(empty)"


def count(outcomes: pa.Table, buckets: Sequence[str]) -> dict[str, int]:
    """Rows per bucket, every bucket named."""
    found = {item["values"]: int(item["counts"]) for item in pc.value_counts(outcomes["status"]).to_pylist()}
    return {"read": outcomes.num_rows} | {bucket: found.get(bucket, 0) for bucket in buckets}
