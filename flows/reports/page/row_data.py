"""All rows of a run as the page carries them: columns of codes into lists of texts, as JSON, deflated, in base64.

A row takes a few bytes like this, and a browser unpacks 100,000 of them in a moment (`DecompressionStream`). What does
not fit is cut and said to be.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from flows.reports.buckets import IDLE
from flows.reports.call_ends import told_end
from flows.reports.page.problems import kind_of_reason
from flows.reports.page.rules import PageRules
from flows.reports.report import Report
from flows.reports.wording import is_only_planned, label

MOST_ROWS = 200_000
MOST_BYTES = 4_000_000
_CUTS = (0, 300, 120, 40)  # characters of the longer texts; 0 = all of them


class RowData(NamedTuple):
    """packed: the rows. names: their columns. number: how many rows. is_cut: whether longer texts had to be cut."""

    packed: str
    names: tuple[str, ...]
    number: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column: for each row the place of its text in `texts`; without `at` each row has its own."""

    texts: Sequence[object]
    at: Sequence[int] | None = None

    def shortened(self, most: int) -> _Coded:
        """Texts of at most so many characters."""
        if not most:
            return self
        return replace(self, texts=[f"{t[:most]}…" if isinstance(t, str) and len(t) > most else t for t in self.texts])


def row_data(report: Report, rules: PageRules, *, address: str) -> RowData:
    """The rows of the report; of very many those first that something was done or is to be done about. `address`: the
    source's column."""
    chosen = _chosen(report)
    columns = dict(_columns(report, rules, chosen, address=address))
    packed, cut = "", 0
    for cut in _CUTS:
        packed = _packed({name: column.shortened(cut) for name, column in columns.items()})
        if len(packed) <= MOST_BYTES:
            break
    return RowData(packed, tuple(columns), len(chosen), cut > 0)


def _packed(columns: dict[str, _Coded]) -> str:
    return base64.b64encode(zlib.compress(orjson.dumps(columns))).decode()


def _chosen(report: Report) -> pa.Array:
    """Positions of the rows to show, in their order."""
    status = report.outcomes["sync_status"]
    idle = pc.is_in(status, value_set=pa.array(sorted(IDLE))).to_numpy()
    return pa.array(np.sort(np.argsort(idle, kind="stable")[:MOST_ROWS]))


def _columns(report: Report, rules: PageRules, chosen: pa.Array, *, address: str) -> Iterator[tuple[str, _Coded]]:
    outcomes, numbers = report.outcomes.take(chosen), report.rows.numbers.take(chosen)
    source = report.rows.table
    yield "row", _Coded(numbers.to_pylist())
    if address in source.column_names:
        addresses, at = _encoded(source[address].take(chosen))
        yield "address", _Coded(list(map(rules.number, addresses.to_pylist())), at)
    buckets, at = _encoded(outcomes["sync_status"])
    yield "bucket", _Coded(buckets.to_pylist(), at)
    planned = is_only_planned(report.summary)
    yield "outcome", _Coded([label(bucket, is_planned=planned) for bucket in buckets.to_pylist()], at)
    if "call_state" in outcomes.column_names:
        yield from _calls(outcomes, rules)
    if report.changes.num_rows:
        changes, at = _encoded(outcomes["sync_changes"])
        yield "changes", _Coded(rules.texts(changes), at)
        yield "variables", _variables(report.changes, numbers, rules)
    reasons, at = _encoded(outcomes["sync_reason"])
    told = rules.texts(reasons)
    yield "reason", _Coded(told, at)
    yield "kind", _Coded(list(map(kind_of_reason, told)), at)
    yield "contact", _Coded(outcomes["contact_id"].to_pylist())


def _calls(outcomes: pa.Table, rules: PageRules) -> Iterator[tuple[str, _Coded]]:
    accepted = pc.equal(outcomes["sync_status"], "queued")
    states = pc.if_else(accepted, outcomes["call_state"], "-").to_pylist()
    is_told = "fail_reason" in outcomes.column_names
    reasons = outcomes["fail_reason"].to_pylist() if is_told else [""] * len(states)
    ends = ["" if s == "-" else told_end(s, reason) for s, reason in zip(states, reasons, strict=True)]
    yield "call", _of_texts(ends)
    if is_told:
        yield "time", _of_texts([rules.local(text) for text in outcomes["started_at"].to_pylist()])
    if "answers" in outcomes.column_names:
        answers, at = _encoded(outcomes["answers"])
        yield "answers", _Coded(rules.texts(answers), at)


def _variables(changes: pa.Table, numbers: pa.Array, rules: PageRules) -> _Coded:
    """Of each row the names of what changed."""
    grouped = changes.group_by("row", use_threads=False).aggregate([("variable", "list")])
    names = dict(zip(grouped["row"].to_pylist(), map(tuple, grouped["variable_list"].to_pylist()), strict=True))
    every = [names.get(number, ()) for number in numbers.to_pylist()]
    codes = {combination: code for code, combination in enumerate(dict.fromkeys(every))}
    return _Coded([[rules.text(name) for name in one] for one in codes], [codes[one] for one in every])


def _of_texts(texts: Sequence[str]) -> _Coded:
    different, at = _encoded(pa.chunked_array([pa.array(texts, pa.string())]))
    return _Coded(different.to_pylist(), at)


def _encoded(column: pa.ChunkedArray) -> tuple[pa.Array, list[int]]:
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return coded.dictionary, coded.indices.to_pylist()
