"""Changes by variable, the commonest first."""

from __future__ import annotations

import pyarrow as pa

from flows.reports.page.changes import Pair, by_variable
from flows.reports.page.rules import PageRules
from flows.reports.report import CHANGED


def table(*changes):
    lines = [dict(zip(CHANGED.names, (row, *change), strict=True)) for row, change in enumerate(changes, start=2)]
    return pa.Table.from_pylist(lines, schema=CHANGED)


def test_the_variable_with_most_changes_and_its_commonest_values_come_first():
    ages = [("age", "38", "39")] * 3 + [("age", None, "39")] * 2 + [("age", str(n), "1") for n in range(4)]
    found = by_variable(table(("colour", "blue", ""), *ages), PageRules())
    assert [(one.variable, one.count) for one in found] == [("age", 9), ("colour", 1)]
    assert found[0].commonest[:2] == (Pair("38", "39", 3), Pair(None, "39", 2))
    assert found[0].others == 3


def test_values_are_masked_and_cut():
    (found,) = by_variable(table(("phone", "85512345678", "x" * 100)), PageRules())
    (pair,) = found.commonest
    assert pair.before == "••••5678"
    assert pair.after == "x" * 59 + "…"


def test_no_changes_are_none():
    assert by_variable(CHANGED.empty_table(), PageRules()) == []
