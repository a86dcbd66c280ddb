"""A run the other way round."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.contacts.plan import CHANGES, OUTCOMES, SEEN
from flows.contacts.undoing import held_base, in_row_order, restored_base, undo_plan
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


def said(plan):
    return [(line["status"], line["reason"]) for line in plan.outcomes.to_pylist()]


def test_a_contact_that_is_gone_is_not_found():
    gone = [("not_found", "The contact is gone from Verboice.")]
    assert said(undo_plan(written(AGE), now(), target=TARGET)) == gone
    assert said(undo_plan(written(AGE), now(), target=TARGET, created=[7])) == gone


def test_each_row_says_what_becomes_of_it():
    lines = [AGE, (3, 8, "8558", "age", None, "1"), (3, 8, "8558", "color", None, "red"), (4, 9, "8559", "a", "1", "2")]
    lines += [(4, 9, "8559", "b", "1", "2"), (5, 10, "8550", "age", "1", "2")]
    there = now(c7={"age": "39"}, c8={"age": "1", "color": "red"}, c9={"a": "x", "b": "y"}, c10={"age": "1"})
    plan = undo_plan(written(*lines), there, target=TARGET, created=[8])
    assert said(plan) == [
        ("updated", None),
        (
            "updated",
            (
                "age, color: was absent and becomes empty, because nothing can be deleted. The contact itself stays, "
                "because Verboice's API cannot delete one."
            ),
        ),
        ("held", "a, b: changed by somebody since the run, left alone."),
        ("unchanged", "It is as it was before the run already."),
    ]
    assert [tuple(line.values())[:2] for line in plan.outcomes.select(["row", "contact_id"]).to_pylist()] == [
        (2, 7),
        (3, 8),
        (4, 9),
        (5, 10),
    ]
    assert plan.outcomes["address"].to_pylist() == ["8557", "8558", "8559", "8550"]
    assert plan.outcomes["leader"].to_pylist() == [2, 3, 4, 5]
    assert (plan.matched, plan.rows, plan.two_way, plan.purpose) == (4, 4, False, "undo")
    assert (plan.server, plan.project_id, plan.project_name) == (TARGET.server, TARGET.project_id, TARGET.project_name)
    assert (plan.seen.num_rows, plan.seen.schema) == (0, SEEN)
    assert (plan.changes.schema, plan.outcomes.schema) == (CHANGES, OUTCOMES)
    nothing = undo_plan(written(AGE), now(c7={"age": "38"}), target=TARGET)
    assert (nothing.changes.schema, nothing.outcomes.schema, nothing.seen.num_rows) == (CHANGES, OUTCOMES, 0)


def test_a_value_that_is_back_already_can_be_remembered_as_kept_from_the_source():
    plan = undo_plan(written(AGE), now(c7={"age": "38"}), target=TARGET, hold=True)
    assert [tuple(line.values()) for line in plan.seen.to_pylist()] == [(7, "age", "39", "38")]
    same = undo_plan(written((2, 7, "8557", "age", "39", "39")), now(c7={"age": "39"}), target=TARGET, hold=True)
    assert same.seen.num_rows == 0


def test_values_that_are_held_count_as_seen_on_both_sides():
    put_back = pa.table({"contact_id": [7], "variable": ["age"], "before": ["39"], "after": ["38"], "row": [2]})
    held = held_base(put_back)
    assert held.schema == SEEN
    assert [tuple(line.values()) for line in held.to_pylist()] == [(7, "age", "39", "38")]


def test_where_no_base_is_known_both_sides_said_what_is_there():
    put_back = pa.table({"contact_id": [7, 7], "variable": ["age", "color"], "after": ["45", ""]})
    restored = restored_base(None, put_back)
    assert restored.schema == SEEN
    assert [tuple(line.values()) for line in restored.to_pylist()] == [(7, "age", "45", "45"), (7, "color", "", "")]
    assert restored_base(None, put_back.slice(0, 0)).schema == SEEN


def test_of_one_contact_each_variable_is_kept_once_and_rows_stay_in_order():
    lines = [(3, 8, "8558", "b", "1", "2"), (3, 8, "8558", "a", "1", "2"), AGE, (2, 7, "8557", "age", "39", "40")]
    found = in_row_order(written(*lines)).to_pylist()
    assert [(line["row"], line["variable"]) for line in found] == [(2, "age"), (3, "b"), (3, "a")]
    assert in_row_order(written()).num_rows == 0


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
    earlier = pa.table([[7, 8], ["age", "age"], ["38", "1"], ["44", None]], schema=SEEN)
    put_back = pa.table({"contact_id": [7, 8, 9], "variable": ["age"] * 3, "after": ["45", "", "5"]})
    assert [tuple(line.values()) for line in restored_base(earlier, put_back).to_pylist()] == [
        (7, "age", "38", "44"),
        (8, "age", "1", ""),  # it was absent, and is empty now
        (9, "age", "5", "5"),  # nothing was known: both sides count as having said what is there
    ]
