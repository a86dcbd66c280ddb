"""A run the other way round."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.contacts.plan import SEEN
from flows.contacts.undoing import in_row_order, restored_base, undo_plan
from tests.worlds import AGE, TARGET, now, written


@pytest.mark.parametrize(
    ("present", "status", "sent"),
    [
        ({"age": "39"}, "updated", [("39", "38")]),
        ({"age": "38"}, "unchanged", []),
        ({"age": "50"}, "held", []),
        ({}, "held", []),
    ],
)
def test_a_value_goes_back_only_where_it_is_still_the_runs(present, status, sent):
    plan = undo_plan(written(AGE), now(c7=present), target=TARGET)
    assert plan.outcomes["status"].to_pylist() == [status]
    assert [(c["before"], c["after"]) for c in plan.changes.to_pylist()] == sent


def test_a_contact_that_is_gone_is_not_found():
    assert undo_plan(written(AGE), now(), target=TARGET).outcomes["status"].to_pylist() == ["not_found"]


def test_what_was_absent_becomes_empty_and_is_said_to():
    new = (2, 7, "8557", "age", None, "39")
    plan = undo_plan(written(new), now(c7={"age": "39"}), target=TARGET)
    assert plan.changes["after"].to_pylist() == [""]
    assert "was absent and becomes empty" in plan.outcomes["reason"][0].as_py()
    again = undo_plan(written(new), now(c7={"age": ""}), target=TARGET)
    assert again.is_empty
    assert again.outcomes["status"].to_pylist() == ["unchanged"]


def test_a_row_with_one_value_that_waits_is_held_though_the_other_goes_back():
    lines = [AGE, (2, 7, "8557", "color", "blue", "red")]
    plan = undo_plan(written(*lines), now(c7={"age": "39", "color": "green"}), target=TARGET)
    assert plan.outcomes["status"].to_pylist() == ["held"]
    assert plan.changes["variable"].to_pylist() == ["age"]


def test_a_value_written_twice_goes_back_to_what_it_was_first():
    twice = written((3, 8, "8558", "age", "1", "2"), AGE, (2, 7, "8557", "age", "39", "40"))
    ordered = in_row_order(twice)
    assert [(c["row"], c["before"]) for c in ordered.to_pylist()] == [(2, "38"), (3, "1")]


def test_the_base_is_what_it_was_before_the_run():
    earlier = pa.table([[7, 8], ["age", "age"], ["38", "1"], ["45", None]], schema=SEEN)
    put_back = pa.table({"contact_id": [7, 8, 9], "variable": ["age"] * 3, "after": ["45", "", "5"]})
    assert [tuple(line.values()) for line in restored_base(earlier, put_back).to_pylist()] == [
        (7, "age", "38", "45"),
        (8, "age", "1", ""),  # it was absent, and is empty now
        (9, "age", "5", "5"),  # nothing was known: both sides count as having said what is there
    ]
