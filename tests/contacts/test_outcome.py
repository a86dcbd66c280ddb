"""What became of each row, from its plan and what happened to its requests."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.values import Contact
from flows.contacts.outcome import RowResult, as_planned, conclude, count, describe, made_changes, planned_changes
from flows.contacts.plan import OUTCOMES
from tests.worlds import HEADER

SOK = Contact(7, ("85512345678",), {"age": "38"})


@pytest.fixture
def plan(rows_of, rules_of, plan_of):
    """Row 2 changes both variables, row 3 says the same, row 4 is about nobody."""
    same = ("012345678", "39", "red")
    return plan_of(rows_of(HEADER, same, same, ("011222333", "1", "")), [SOK], rules_of())


def told(outcomes, *columns):
    return list(zip(*(outcomes[column].to_pylist() for column in columns), strict=True))


def test_a_plan_is_told_as_if_everything_succeeded(plan):
    assert told(as_planned(plan), "status", "reason", "changes", "changed") == [
        ("updated", None, "age: 38 → 39; favorite color: (absent) → red", 2),
        ("updated", "Same as row 2.", "age: 38 → 39; favorite color: (absent) → red", 0),
        ("not_found", "No contact of the project has this address.", "", 0),
    ]


@pytest.mark.parametrize(
    ("result", "status", "changes"),
    [
        (RowResult("done", "read back"), "updated", "age: 38 → 39; favorite color: (absent) → red"),
        (RowResult("failed", "refused", stored=frozenset({"age"})), "failed", "age: 38 → 39"),
        (RowResult("uncertain", "lost"), "uncertain", ""),
        (RowResult("held", "moved"), "held", ""),
        (RowResult("unchanged", "already"), "unchanged", ""),
        (RowResult("unsent", "stopped"), "unsent", ""),
    ],
)
def test_a_row_ends_where_its_request_ended_with_what_verboice_has_now(plan, result, status, changes):
    leader, follower, _ = told(conclude(plan, {2: result}), "status", "changes", "reason")
    assert leader[:2] == follower[:2] == (status, changes)
    assert result.reason in leader[2]


@pytest.mark.parametrize("lines", [[], [("012345678", "39", "")]])
def test_columns_keep_their_types_and_statuses_their_length(rows_of, rules_of, plan_of, lines):
    outcomes = conclude(plan_of(rows_of(HEADER, *lines), [SOK], rules_of()), {2: RowResult("uncertain", "lost")})
    assert outcomes.schema == OUTCOMES.append(pa.field("changes", pa.string())).append(pa.field("changed", pa.int64()))
    assert told(outcomes, "status", "reason") == [("uncertain", "lost")] * len(lines)


def test_a_row_without_a_result_was_not_sent(plan):
    status, reason = told(conclude(plan, {}, why="Its password was refused."), "status", "reason")[0]
    assert (status, reason) == (
        "unsent",
        "Not sent: the run ended before this row's turn. Its password was refused.",
    )


def test_nothing_is_added_where_nothing_is_known_of_why(plan):
    (reason,) = told(conclude(plan, {}), "reason")[0]
    assert reason == "Not sent: the run ended before this row's turn."


def test_a_contact_may_be_created_with_no_variable_at_all(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("011222333", "", "")), [SOK], rules_of(missing="create"))
    assert told(conclude(plan, {2: RowResult("done", contact_id=9)}), "status", "changes", "changed", "contact_id") == [
        ("created", "(created without variables)", 0, 9)
    ]
    assert told(conclude(plan, {2: RowResult("failed", "no")}), "status", "changes", "reason") == [("failed", "", "no")]


def test_of_two_requests_the_graver_result_decides_and_what_both_stored_counts():
    done = RowResult("done", contact_id=7, stored=frozenset({"age"}))
    failed = RowResult("failed", "refused", stored=frozenset({"color"}))
    both = RowResult("failed", "refused", 7, frozenset({"age", "color"}))
    assert done.and_also(failed) == failed.and_also(done) == both


def test_rows_are_counted_by_bucket_and_every_bucket_is_named(plan):
    outcomes = conclude(plan, {2: RowResult("done")})
    assert count(outcomes, ("updated", "not_found", "held")) == {"read": 3, "updated": 2, "not_found": 1, "held": 0}


def test_absent_and_empty_are_different_words():
    assert [describe("a", before, "") for before in (None, "")] == ["a: (absent) → (empty)", "a: (empty) → (empty)"]


BOTH = [(2, "age", "38", "39"), (2, "favorite color", None, "red")]


@pytest.mark.parametrize(
    ("result", "made"),
    [
        (RowResult("done"), BOTH),
        (RowResult("done", stored=frozenset({"age", "favorite color"})), BOTH),
        (RowResult("failed", stored=frozenset({"age"})), BOTH[:1]),
        (RowResult("uncertain"), []),
    ],
)
def test_changes_that_were_made_are_those_that_verboice_has_now(plan, result, made):
    found = made_changes(plan, {2: result})
    assert [tuple(line.values()) for line in found.to_pylist()] == made


def test_a_new_contact_counts_with_all_its_variables(rows_of, rules_of, plan_of):
    line = ("011222333", "5", "red")
    plan = plan_of(rows_of(HEADER, line, ("012345678", "39", "")), [SOK], rules_of(missing="create"))
    assert told(as_planned(plan), "changes", "changed") == [
        ("age: (absent) → 5; favorite color: (absent) → red", 2),
        ("age: 38 → 39", 1),
    ]
    found = planned_changes(plan).to_pylist()
    assert [tuple(line.values()) for line in found] == [
        (2, "age", None, "5"),
        (2, "favorite color", None, "red"),
        (3, "age", "38", "39"),
    ]
