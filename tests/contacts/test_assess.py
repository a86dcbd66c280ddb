"""Every row gets its bucket, and only what differs becomes a change."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from connectors.values import Contact, RemoteContacts
from flows.contacts.assess import Known, assess
from flows.contacts.base import Others
from flows.contacts.normalise import normalise
from flows.contacts.plan import CHANGES, OUTCOMES, SEEN, Create
from flows.contacts.rules import VariableRule
from tests.worlds import DARA, HEADER, SOK, TARGET, buckets, changes


def test_a_changed_value_is_put_under_the_stored_spelling(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("012 999 888", "41", "")), [SOK, DARA], rules_of())
    assert buckets(plan) == ["updated"]
    assert changes(plan) == [(2, "+855 12 999 888", "age", "40", "41")]


def test_equal_values_are_unchanged_and_numbers_compare_as_text(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("012345678", "38", "blue"), ("097000001", "040", "")), [SOK, DARA], rules_of())
    assert buckets(plan) == ["unchanged", "updated"]
    assert changes(plan) == [(3, "85597000001", "age", "40", "040")]


def test_an_absent_variable_is_written_and_its_before_is_null(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("85597000001", "40", "red")), [SOK, DARA], rules_of())
    assert changes(plan) == [(2, "85597000001", "favorite color", None, "red")]


def test_unknown_and_unusable_addresses_are_told_apart(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("011222333", "1", ""), ("8.55E+11", "1", ""), ("", "1", ""))
    plan = plan_of(rows, [SOK], rules_of())
    assert buckets(plan) == ["not_found", "rejected", "rejected"]
    assert plan.outcomes["column"].to_pylist() == ["Phone", "Phone", "Phone"]


def test_a_contact_is_created_as_digits_and_a_near_miss_is_held(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("011 222 333", "5", "--"), ("0012345678", "5", ""))
    no_region = rules_of(missing="create", region=None)
    plan = plan_of(rows, [SOK], no_region)
    assert buckets(plan) == ["created", "held"]
    assert [(c.row, c.address, dict(c.vars)) for c in plan.creates] == [
        (2, "011222333", {"age": "5", "favorite color": ""})
    ]
    with_region = plan_of(rows_of(HEADER, ("011 222 333", "5", "red")), [SOK], rules_of(missing="create"))
    assert with_region.creates[0].address == "85511222333"


def test_fill_only_never_replaces_a_value(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012345678", "39", "red"), ("012999888", "39", "red"))
    plan = plan_of(rows, [SOK, DARA], rules_of(fill_only=True))
    assert changes(plan) == [(3, "+855 12 999 888", "favorite color", None, "red")]


def lines(plan):
    return [tuple(line.values()) for line in plan.outcomes.to_pylist()]


def test_every_row_is_told_with_its_leader_its_column_and_whom_it_is_about(rows_of, rules_of, plan_of):
    rows = rows_of(
        HEADER,
        ("012345678", "39", ""),
        ("+85512345678", "39", ""),
        ("011222333", "1", ""),
        ("", "1", ""),
        ("012999888", "40", "x" * 300),
        ("012999888", "41", ""),
        ("012999888", "42", ""),
    )
    plan = plan_of(rows, [SOK, DARA], rules_of())
    clash = "name the same contact with different values (Age, Colour). None of them was applied; keep one."
    long = "The value has 300 characters; Verboice stores at most 255."
    dara = (8, "+855 12 999 888")
    told = lines(plan)
    empty = told.pop(3)
    assert (empty[:3], empty[4:]) == ((5, 5, "rejected"), ("Phone", None, ""))
    assert told == [
        (2, 2, "updated", None, None, 7, "85512345678"),
        (3, 2, "updated", "Same as row 2.", None, 7, "85512345678"),
        (4, 4, "not_found", "No contact of the project has this address.", "Phone", None, "011222333"),
        (6, 6, "rejected", long, "Colour", *dara),
        (7, 7, "duplicate", f"Rows 6, 8 {clash}", "Phone", *dara),
        (8, 8, "duplicate", f"Rows 6, 7 {clash}", "Phone", *dara),
    ]
    assert (plan.server, plan.project_id, plan.project_name) == (TARGET.server, TARGET.project_id, TARGET.project_name)
    assert (plan.matched, plan.rows, plan.drifted, plan.two_way, plan.unsure) == (2, 7, 0, True, frozenset())
    assert (plan.changes.schema, plan.outcomes.schema, plan.seen.schema) == (CHANGES, OUTCOMES, SEEN)


TWINS = [Contact(7, ("85512345678",), {"age": "38"}), Contact(8, ("+85512345678",), {"age": "38"})]
TWIN = "Another contact of the project has the same number in another spelling; it was left alone."
FOLDED = "Matched by an address that differs only in capitals, accents, invisible characters or “sip:” before it."
AS_STORED = "Not a number by itself; it was taken because Verboice has the address just like this."
AS_KNOWN = "The number may mean more than one, or is not in its country's plan; it was taken for the one Verboice has."
AMBIGUOUS = (
    "Several contacts of the project have this number in different spellings, none of them like this row. "
    "Write the address exactly as the right one is stored, or merge them in Verboice."
)


@pytest.mark.parametrize(
    ("typed", "people", "region", "told"),
    [
        ("85512345678", TWINS, "KH", ("updated", TWIN, None, 7, "85512345678")),
        ("012 345 678", TWINS, "KH", ("held", AMBIGUOUS, "Phone", None, "012 345 678")),
        ("SIP:Ana@X.org", [Contact(7, ("sip:ana@x.org",), {})], "KH", ("updated", FOLDED, None, 7, "sip:ana@x.org")),
        ("none", [Contact(7, ("none",), {})], "KH", ("updated", AS_STORED, None, 7, "none")),
        ("62812345678", [Contact(7, ("+62812345678",), {})], "ID", ("updated", AS_KNOWN, None, 7, "+62812345678")),
    ],
)
def test_how_a_row_found_its_contact_is_said_where_it_is_no_matter_of_course(
    rows_of, rules_of, plan_of, typed, people, region, told
):
    plan = plan_of(rows_of(HEADER, (typed, "39", "")), people, rules_of(region=region))
    assert lines(plan) == [(2, 2, *told)]
    assert plan.unsure == (frozenset({2}) if TWIN in told else frozenset())
    assert plan.matched == (0 if told[0] == "held" else 1)


def test_a_new_contact_needs_nothing_to_be_said_and_a_near_miss_says_whom_it_is_near(rows_of, rules_of, plan_of):
    rows = rows_of(
        HEADER,
        ("85512345678", "39", ""),
        ("0012345678", "5", ""),
        ("011222333", "5", ""),
        ("011 222 333", "5", ""),
        ("85512345679", "39", "x" * 256),
    )
    plan = plan_of(rows, [SOK], rules_of(missing="create", region=None))
    near = (
        "Not created: a contact has a very similar address (ending in 5678, 11 characters). Write it exactly as "
        "stored, or create the contact in Verboice."
    )
    long = "The value has 256 characters; Verboice stores at most 255."
    assert lines(plan) == [
        (2, 2, "updated", None, None, 7, "85512345678"),
        (3, 3, "held", near, "Phone", None, "0012345678"),
        (4, 4, "created", None, None, None, "011222333"),
        (5, 4, "created", "Same as row 4.", None, None, "011 222 333"),
        (6, 6, "rejected", long, "Colour", None, "85512345679"),
    ]
    assert plan.creates == (Create(4, "011222333", {"age": "5"}),)


def test_what_only_looking_up_single_addresses_can_say_of_one_that_nobody_has(rows_of, rules_of):
    rules = rules_of()
    known = Known(RemoteContacts.of([SOK], rules.names, complete=False))
    statements = normalise(rows_of(HEADER, ("011222333", "1", ""), ("012345678", "39", "blue")), rules)
    plan = assess(statements, known, rules, target=TARGET)
    assert plan.outcomes["reason"][0].as_py() == (
        "Verboice knows no contact by this address in any usual spelling (asked one by one; `pull: all` compares every "
        "stored spelling)."
    )
    assert [tuple(line.values()) for line in plan.seen.to_pylist()] == [(7, "favorite color", "blue", "blue")]
    second = assess(statements, known, rules, target=TARGET, selected=np.array([False, True]))
    assert lines(second) == [(3, 3, "updated", None, None, 7, "85512345678")]
    assert (second.matched, second.rows) == (1, 1)
    first = assess(statements, known, rules, target=TARGET, selected=np.array([True, False]))
    assert (first.matched, first.rows, first.changes.num_rows, first.seen.num_rows) == (0, 1, 0, 0)


def test_a_row_outside_the_selection_still_contradicts_and_is_not_told(rows_of, rules_of):
    rules = rules_of()
    rows = rows_of(HEADER, ("012345678", "1", ""), ("012345678", "2", ""), ("nobody at all", "2", ""))
    chosen = np.array([True, False, False])
    plan = assess(
        normalise(rows, rules), Known(RemoteContacts.of([SOK], rules.names)), rules, target=TARGET, selected=chosen
    )
    (only,) = lines(plan)
    assert only[:3] == (2, 2, "duplicate")
    assert plan.is_empty


def test_changes_stand_by_row_and_then_in_the_order_of_the_variables(rows_of, rules_of, plan_of):
    rows = rows_of(HEADER, ("012999888", "1", "red"), ("012345678", "2", "red"))
    assert changes(plan_of(rows, [SOK, DARA], rules_of())) == [
        (2, "+855 12 999 888", "age", "40", "1"),
        (2, "+855 12 999 888", "favorite color", None, "red"),
        (3, "85512345678", "age", "38", "2"),
        (3, "85512345678", "favorite color", "blue", "red"),
    ]


def test_a_value_that_must_not_be_replaced_says_so(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("012345678", "39", "red")), [SOK], rules_of(fill_only=True))
    assert lines(plan) == [
        (2, 2, "unchanged", "age: has a value already, kept. favorite color: has a value already, kept.", None, 7,
         "85512345678"),
    ]  # fmt: skip
    assert plan.seen.num_rows == 0


def test_what_was_left_out_of_an_address_is_said_of_each_row_that_is_used(rows_of, rules_of, plan_of):
    quoted, unseen = '"012345678"', "012\u200b999\u200b888"
    rows = rows_of(
        HEADER, ("012 345 678", "38", ""), (quoted, "38", ""), (unseen, "40", ""), (f"{unseen}9", "", "x" * 256)
    )
    told = plan_of(rows, [SOK, DARA], rules_of()).outcomes["reason"].to_pylist()
    assert told[:3] == [None, "Same as row 2.", "Invisible characters in the address were left out."]
    assert told[3] == "The value has 256 characters; Verboice stores at most 255."
    first = plan_of(rows_of(HEADER, (quoted, "38", ""), (unseen, "40", "")), [SOK, DARA], rules_of())
    assert first.outcomes["reason"].to_pylist() == [
        "The signs that keep a spreadsheet program from changing the number were left out.",
        "Invisible characters in the address were left out.",
    ]
    stored = Contact(9, (quoted,), {})
    exact = plan_of(rows_of(HEADER, (quoted, "38", "")), [stored], rules_of())
    assert lines(exact) == [(2, 2, "updated", None, None, 9, quoted)]


def test_addresses_are_stored_in_the_spelling_of_the_region_too(rows_of, rules_of, plan_of):
    plan = plan_of(rows_of(HEADER, ("+85512345678", "39", "")), [Contact(7, ("012345678",), {})], rules_of())
    assert lines(plan) == [(2, 2, "updated", None, None, 7, "012345678")]


BASE = pa.table([[7, 8, 7], ["age", "age", "favorite color"], ["39", "41", "red"], ["38", "40", "pink"]], schema=SEEN)
STATED = pa.table([[7], ["age"], ["50"], ["50"]], schema=SEEN)  # by another pipeline


@pytest.mark.parametrize(
    ("base", "others", "reason", "ages", "drifted", "seen"),
    [
        (
            BASE,
            {},
            "age: changed in Verboice only since the last run, kept.",
            ["42"],
            1,
            [(7, "age", "39", "50")],
        ),
        (BASE, {"two": STATED}, "age: stated by another pipeline, kept: “two”.", ["42"], 0, [(7, "age", "39", "50")]),
        (None, {"two": STATED}, "age: stated by another pipeline, replaced: “two”.", ["39", "42"], 0, []),
    ],
)
def test_what_is_remembered_decides_where_both_sides_differ(
    rows_of, rules_of, base, others, reason, ages, drifted, seen
):
    rows, rules = rows_of(HEADER, ("012345678", "39", "green"), ("012999888", "42", "")), rules_of()
    people = [Contact(7, ("85512345678",), {"age": "50", "favorite color": "blue"}), DARA]
    known = Known(RemoteContacts.of(people, rules.names), base, others=Others(others))
    plan = assess(normalise(rows, rules), known, rules, target=TARGET)
    assert [line[2:4] for line in lines(plan)] == [("updated", reason), ("updated", None)]
    assert [change[4] for change in changes(plan) if change[2] == "age"] == ages
    assert (plan.drifted, plan.two_way) == (drifted, False)
    assert [tuple(line.values()) for line in plan.seen.to_pylist()] == seen


ANOTHER = pa.table([[8], ["age"], ["1"], ["1"]], schema=SEEN)


@pytest.mark.parametrize(
    ("base", "others", "policies", "reason"),
    [
        (
            pa.table([[7], ["age"], ["39"], ["40"]], schema=SEEN),
            {"one": STATED, "two": ANOTHER},
            {"on_drift": "revert"},
            "age: stated by another pipeline, held for a person to decide: “one”.",
        ),
        (
            pa.table([[7], ["age"], ["38"], ["40"]], schema=SEEN),
            {"one": ANOTHER, "two": STATED},
            {"on_conflict": "hold"},
            "age: stated by another pipeline, held for a person to decide: “two”.",
        ),
        (
            pa.table([[7], ["age"], ["38"], ["40"]], schema=SEEN),
            {},
            {"on_conflict": "hold"},
            "age: changed on both sides since the last run, held for a person to decide.",
        ),
    ],
)
def test_what_a_person_must_decide_is_held_and_said(rows_of, rules_of, base, others, policies, reason):
    rules = rules_of(variables=(VariableRule("age", "Age", **policies),))
    rows = rows_of(HEADER, ("012345678", "39", ""))
    known = Known(
        RemoteContacts.of([Contact(7, ("85512345678",), {"age": "50"})], rules.names), base, others=Others(others)
    )
    plan = assess(normalise(rows, rules), known, rules, target=TARGET)
    assert lines(plan) == [(2, 2, "held", reason, None, 7, "85512345678")]
    assert (plan.changes.num_rows, plan.seen.num_rows, plan.drifted) == (0, 0, 0)


def test_a_value_that_another_pipeline_settled_is_remembered_by_its_variable(rows_of, rules_of):
    rules, rows = rules_of(), rows_of(HEADER, ("012345678", "39", "red"))
    remembered = pa.table([[7], ["age"], ["39"], ["38"]], schema=SEEN)
    known = Known(RemoteContacts.of([Contact(7, ("85512345678",), {"age": "50"})], rules.names), None)
    (line,) = lines(assess(normalise(rows, rules), known, rules, target=TARGET))
    assert line[2:4] == ("updated", None)
    known = Known(known.remote, None, others=Others({"two": remembered}))
    (line,) = lines(assess(normalise(rows, rules), known, rules, target=TARGET))
    assert line[2:4] == ("updated", "age: changed in Verboice only since the last run, kept.")


def test_only_what_the_base_does_not_say_yet_is_seen(rows_of, rules_of):
    rules = rules_of()
    rows = rows_of(HEADER, ("012345678", "38", "blue"), ("012999888", "40", ""))
    base = pa.table([[7], ["age"], ["38"], ["38"]], schema=SEEN)
    plan = assess(
        normalise(rows, rules), Known(RemoteContacts.of([SOK, DARA], rules.names), base), rules, target=TARGET
    )
    assert [tuple(line.values()) for line in plan.seen.to_pylist()] == [
        (8, "age", "40", "40"),
        (7, "favorite color", "blue", "blue"),
    ]
