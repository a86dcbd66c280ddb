"""The truth table, a row per real-world event."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from flows.contacts.diff import Base, Decision, decide, same
from flows.contacts.rules import VariableRule

NOTHING, PUSH = Decision.NOTHING, Decision.PUSH
UNKNOWN = object()
STRICT = {"on_conflict": "verboice", "on_drift": "revert"}


def text(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def decided(source, remote, base=UNKNOWN, **policy):
    known = None
    if base is not UNKNOWN:
        known = Base(np.array([True]), text(base[0]), text(base[1]))
    rule = VariableRule("age", "Age", **policy)
    return Decision(int(decide(text(source), text(source), text(remote), rule, known)[0]))


@pytest.mark.parametrize(
    ("source", "remote", "base", "policy", "expected"),
    [
        (None, "38", UNKNOWN, {}, NOTHING),  # a blank cell keeps
        ("38", "38", UNKNOWN, {}, NOTHING),  # agreed
        ("39", "38", UNKNOWN, {}, PUSH),  # first run
        ("39", None, UNKNOWN, {}, PUSH),  # first run, absent
        ("", None, UNKNOWN, {}, PUSH),  # clearing what is absent stores ""
        ("39", "38", ("38", "38"), {}, PUSH),  # the clinic corrected its sheet
        ("38", "40", ("38", "38"), {}, Decision.KEPT_DRIFT),  # a caller answered
        ("38", "40", ("38", "38"), {"on_drift": "revert"}, PUSH),
        ("38", "40", ("38", "40"), {}, Decision.KEPT_DRIFT),  # the same, seen and kept before
        ("38", None, ("38", "38"), {}, Decision.KEPT_DRIFT),  # somebody removed it
        ("39", "40", ("38", "38"), {}, PUSH),  # both changed
        ("39", "40", ("38", "38"), {"on_conflict": "verboice"}, Decision.KEPT_CONFLICT),
        ("39", "40", ("39", "40"), STRICT, Decision.KEPT_CONFLICT),  # the same in the next run: it stands
        ("39", "41", ("39", "40"), STRICT, PUSH),  # and then a caller answered once more
        ("38", "40", ("38", "40"), {"on_drift": "revert"}, PUSH),  # kept before, and the policy was changed
        ("39", "40", ("38", "38"), {"on_conflict": "hold"}, Decision.HELD),
        ("39", "39", ("38", "38"), {"on_conflict": "hold"}, NOTHING),  # both changed to the same
        ("39", "40", ("38", "40"), {"on_conflict": "hold"}, PUSH),  # drift was settled; now only the source moved
    ],
)
def test_the_decision_follows_the_table(source, remote, base, policy, expected):
    assert decided(source, remote, base, **policy) == expected


def test_a_contact_without_a_base_is_decided_two_way_beside_one_that_has_one():
    base = Base(np.array([True, False]), text("38", None), text("38", None))
    rule = VariableRule("age", "Age")
    sides = text("38", "38"), text("40", "40")
    assert decide(sides[0], sides[0], sides[1], rule, base).tolist() == [Decision.KEPT_DRIFT, PUSH]


def test_a_value_stored_with_the_sources_own_blanks_is_the_same_value():
    rule = VariableRule("age", "Age")
    assert decide(text("38"), text(" 38"), text(" 38"), rule, None).tolist() == [NOTHING]
    assert decide(text(None, "39"), text(None, " 39"), text("38", "38"), rule, None).tolist() == [NOTHING, PUSH]


def test_what_is_absent_is_the_same_as_what_is_absent_only():
    assert same(text(None, None, "", "1"), text(None, "", None, "1")).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("source", "base", "policy", "expected"),
    [
        ("38", ("38", "38"), {}, Decision.KEPT_DRIFT),
        ("38", ("38", "40"), {}, Decision.KEPT_DRIFT),
        ("38", ("38", "38"), {"on_drift": "revert"}, Decision.HELD),  # or two sources would take turns
        ("39", ("38", "38"), {"on_drift": "revert"}, PUSH),  # this one was changed last
        ("39", ("38", "40"), {"on_drift": "revert"}, PUSH),
        ("39", ("38", "38"), {"on_conflict": "hold"}, Decision.HELD),
    ],
)
def test_what_another_pipeline_states_is_kept_or_held_but_never_reverted(source, base, policy, expected):
    rule = VariableRule("age", "Age", **policy)
    known = Base(np.array([True]), text(base[0]), text(base[1]))
    stated = np.array([True])
    assert decide(text(source), text(source), text("40"), rule, known, stated=stated).tolist() == [expected]
