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

from flows.contacts.plan import Plan, group_starts

_NOT_SENT = "Not sent: the run ended before this row's turn."
ResultState = Literal["done", "unchanged", "held", "unsent", "uncertain", "failed"]
_GRAVITY: Sequence[ResultState] = ("unchanged", "done", "held", "unsent", "uncertain", "failed")


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the requests for one row (the leader of equal rows).

    state: the bucket, unless it is `done`: then the planned one stands.
    unchanged: nothing had to be sent after all. unsent: provably not sent. stored: the variables that Verboice has
    now; None = all that were sent if `done`, otherwise none.
    """

    state: ResultState
    reason: str = ""
    contact_id: int | None = None
    stored: frozenset[str] | None = None

    def and_also(self, other: RowResult) -> RowResult:
        """Both results of one row: the graver one decides. Both must name what they stored."""
        graver, lighter = sorted((self, other), key=lambda result: _GRAVITY.index(result.state), reverse=True)
        return RowResult(
            graver.state,
            graver.reason or lighter.reason,
            self.contact_id or other.contact_id,
            (self.stored or frozenset()) | (other.stored or frozenset()),
        )


def conclude(plan: Plan, results: Mapping[int, RowResult], *, why: str = "") -> pa.Table:
    """`plan.outcomes` with the buckets as they turned out and two more columns: `changes` in words, and `changed`, how
    many values the row really changed (0 for a row that shares another's outcome).

    `results` are keyed by the row that acted. A row that was to be sent and has no result was not sent; `why` the run
    ended before its turn is told in its reason.
    """
    texts = _texts(plan)
    table = plan.outcomes
    leaders, rows = table["leader"].to_numpy(), table["row"].to_numpy()
    status, reason = _objects(table["status"]), _objects(table["reason"])
    ids: npt.NDArray[np.object_] = _objects(table["contact_id"])
    changes = np.full(len(leaders), "", dtype=object)
    changed = np.zeros(len(leaders), dtype=np.int64)
    acting = np.flatnonzero(np.isin(leaders, list(texts)))
    for position in acting.tolist():
        lead = int(leaders[position])
        result = results.get(lead, _NO_TURN)
        told = texts[lead].of(result)
        changes[position] = "; ".join(told) or (texts[lead].otherwise if result.state == "done" else "")
        changed[position] = len(told) if rows[position] == lead else 0
        if result.contact_id is not None:
            ids[position] = result.contact_id
        if result.state != "done":
            status[position] = result.state
        told_first = result.reason or (_not_sent(why) if result.state == "unsent" else "")
        if told_first:
            reason[position] = f"{told_first} {reason[position] or ''}".strip()
    return (
        table.set_column(table.column_names.index("status"), "status", pa.array(status, pa.string()))
        .set_column(table.column_names.index("reason"), "reason", pa.array(reason, pa.string()))
        .set_column(table.column_names.index("contact_id"), "contact_id", pa.array(ids, pa.int64()))
        .append_column("changes", pa.array(changes, pa.string()))
        .append_column("changed", pa.array(changed, pa.int64()))
    )


def made_changes(plan: Plan, results: Mapping[int, RowResult]) -> pa.Table:
    """What Verboice has now of the plan's changes and of its new contacts: row, variable, before (null where there was
    no value), after; by row. `results` as for `conclude`."""
    changes = _with_creates(plan)
    whole = [row for row, result in results.items() if result.state == "done" and result.stored is None]
    made = np.isin(changes["row"].to_numpy(), whole)
    parts = {row: result.stored for row, result in results.items() if result.stored}
    some = np.flatnonzero(np.isin(changes["row"].to_numpy(), list(parts)))
    rows, names = (changes[name].take(pa.array(some)).to_pylist() for name in ("row", "variable"))
    made[some] = [name in parts[row] for row, name in zip(rows, names, strict=True)]
    return changes.filter(pa.array(made))


def planned_changes(plan: Plan) -> pa.Table:
    """The same as if everything succeeded."""
    return made_changes(plan, _all_done(plan))


def _with_creates(plan: Plan) -> pa.Table:
    table = plan.changes.select(["row", "variable", "before", "after"])
    created = [
        {"row": create.row, "variable": name, "after": value}
        for create in plan.creates
        for name, value in create.vars.items()
    ]
    both = pa.concat_tables([table, pa.Table.from_pylist(created, schema=table.schema)]) if created else table
    return both.sort_by("row") if created else both


_NO_TURN = RowResult("unsent")


def _not_sent(why: str) -> str:
    return f"{_NOT_SENT} {why}".strip()


def as_planned(plan: Plan) -> pa.Table:
    """The outcomes as they would be if everything succeeded, with the changes that would be made."""
    return conclude(plan, _all_done(plan))


def _all_done(plan: Plan) -> dict[int, RowResult]:
    acting = {*plan.changes["row"].to_pylist(), *(create.row for create in plan.creates)}
    return dict.fromkeys(acting, RowResult("done"))


def _objects(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    objects: npt.NDArray[np.object_] = np.array(column.to_pylist(), dtype=object)
    return objects


@dataclass(frozen=True, slots=True)
class _Texts:
    """The changes of one row in words, by variable; `otherwise` is what is said when there are none."""

    parts: Mapping[str, str]
    otherwise: str = ""

    def of(self, result: RowResult) -> list[str]:
        """Those that Verboice has now."""
        if result.stored is None:
            return list(self.parts.values()) if result.state == "done" else []
        return [text for name, text in self.parts.items() if name in result.stored]


def _texts(plan: Plan) -> dict[int, _Texts]:
    """Of each acting row: `age: 38 → 39`, `village: (absent) → Takeo`."""
    texts = {
        create.row: _Texts(
            {name: describe(name, None, value) for name, value in create.vars.items()}, "(created without variables)"
        )
        for create in plan.creates
    }
    starts = group_starts(plan.changes)
    rows, names = plan.changes["row"].to_pylist(), plan.changes["variable"].to_pylist()
    before, after = plan.changes["before"].to_pylist(), plan.changes["after"].to_pylist()
    parts = [describe(*change) for change in zip(names, before, after, strict=True)]
    for start, end in pairwise(starts.tolist()):
        texts[rows[start]] = _Texts(dict(zip(names[start:end], parts[start:end], strict=True)))
    return texts


def describe(variable: str, before: str | None, after: str) -> str:
    """One change in words."""
    return f"{variable}: {_shown(before)} → {_shown(after)}"


def _shown(value: str | None) -> str:
    if value is None:
        return "(absent)"
    return value or "(empty)"


def count(outcomes: pa.Table, buckets: Sequence[str]) -> dict[str, int]:
    """Rows per bucket, every bucket named."""
    found = {item["values"]: int(item["counts"]) for item in pc.value_counts(outcomes["status"]).to_pylist()}
    return {"read": outcomes.num_rows} | {bucket: found.get(bucket, 0) for bucket in buckets}
