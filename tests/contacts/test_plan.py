"""A plan as a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flows.contacts.plan import CHANGES, group_starts
from tests.worlds import HEADER, SOK, written


def test_the_checksum_names_what_would_be_sent_and_nothing_else(rows_of, rules_of, plan_of):
    one = plan_of(rows_of(HEADER, ("012345678", "39", "")), [SOK], rules_of())
    with_bad_row = plan_of(rows_of(HEADER, ("bad", "1", ""), ("012345678", "39", "")), [SOK], rules_of())
    other = plan_of(rows_of(HEADER, ("012345678", "40", "")), [SOK], rules_of())
    assert one.checksum == with_bad_row.checksum
    assert one.checksum != other.checksum


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [("38", "39", (1, 0)), ("38", "", (0, 1)), ("", "39", (0, 0)), (None, "39", (0, 0)), (None, "", (0, 0))],
)
def test_a_value_is_replaced_or_emptied_only_where_there_is_one(rows_of, rules_of, plan_of, before, after, counts):
    rules = rules_of(clear_marker="-")
    sok = replace(SOK, vars={} if before is None else {"age": before})
    plan = plan_of(rows_of(HEADER, ("012345678", after or "-", "")), [sok], rules)
    assert plan.size == 1
    assert (plan.overwrites(), plan.clears()) == counts


def test_the_changes_of_a_contact_stand_together():
    lines = [(2, 7, "a", "age", "1", "2"), (2, 7, "a", "color", "x", "y"), (3, 9, "b", "age", None, "2")]
    lines += [(3, 9, "b", "color", None, "y"), (4, 8, "c", "age", "1", "2")]
    assert group_starts(written(*lines)).tolist() == [0, 2, 4, 5]
    assert group_starts(written(lines[0])).tolist() == [0, 1]
    nothing = group_starts(CHANGES.empty_table())
    assert (nothing.tolist(), nothing.dtype) == ([0], np.int64)
