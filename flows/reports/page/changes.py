"""The changes of a run by variable: how many values, and which of them are the commonest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from flows.reports.page.rules import PageRules

MOST_PAIRS = 3
_LONGEST_VALUE = 60
_PAIR = ["variable", "before", "after"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One value that became another, `count` times; `before` None where there was none."""

    before: str | None
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class VariableChanges:
    """All changes of one variable: the commonest first, and how many others there are."""

    variable: str
    count: int
    commonest: tuple[Pair, ...]

    @property
    def others(self) -> int:
        return self.count - sum(pair.count for pair in self.commonest)


def by_variable(changes: pa.Table, rules: PageRules) -> list[VariableChanges]:
    """The variable with most changes first. `changes`: schema CHANGED of `flows.reports.report`."""
    pairs = changes.group_by(_PAIR).aggregate([("row", "count")]).rename_columns([*_PAIR, "count"])
    return sorted(_each(pairs, rules), key=lambda one: (-one.count, one.variable))


def _each(pairs: pa.Table, rules: PageRules) -> Iterator[VariableChanges]:
    for name in pc.unique(pairs["variable"]).to_pylist():
        own = pairs.filter(pc.equal(pairs["variable"], name))
        first = own.sort_by([("count", "descending"), ("after", "ascending")]).slice(0, MOST_PAIRS)
        commonest = tuple(_pair(line, rules) for line in first.to_pylist())
        yield VariableChanges(rules.text(name), pc.sum(own["count"]).as_py(), commonest)


def _pair(line: dict[str, str | int | None], rules: PageRules) -> Pair:
    before = None if line["before"] is None else _short(str(line["before"]), rules)
    return Pair(before, _short(str(line["after"]), rules), int(line["count"] or 0))


def _short(value: str, rules: PageRules) -> str:
    shown = rules.text(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[: _LONGEST_VALUE - 1]}…"
