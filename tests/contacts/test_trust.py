"""Rows that are left unseen, and those that must not be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest

from connectors.values import Contact, RemoteContacts
from flows.contacts.assess import Known, assess
from flows.contacts.normalise import normalise
from flows.contacts.rules import ContactRules, VariableRule
from flows.contacts.trust import CHANGED, Contents, Trust, absent, contents, trusted
from tests.worlds import HEADER, TARGET

SOK = Contact(7, ("85512345678", "85597000001"), {"age": "38", "favorite color": "blue"})
DARA = Contact(8, ("+855 12 999 888",), {"age": "40"})
LINES = (("012345678", "38", "blue"), ("012999888", "40", ""))
NOTHING = pa.schema(
    [
        ("address_key", pa.string()),
        ("content_hash", pa.string()),
        ("contact_id", pa.int64()),
        ("address", pa.string()),
    ]
).empty_table()  # is remembered


def planned(rows, rules, settled, people):
    """The plan of these rows when only `people` were read, and what would be remembered of them."""
    statements, digests = normalise(rows, rules), contents(rows, rules)
    trust = trusted(statements.keys, digests, settled)
    known = Known(RemoteContacts.of(people, rules.names, complete=False), None, trust)
    plan = assess(statements, known, rules, target=TARGET)
    return plan, Contents(statements.keys, digests, trust.known, trust.rows)


@pytest.fixture
def settled(rows_of, rules_of):
    """What is remembered after both rows of LINES have arrived."""
    plan, remembered = planned(rows_of(HEADER, *LINES), rules_of(), NOTHING, [SOK, DARA])
    return remembered.arrived(plan.outcomes, unsure=plan.unsure)


def statuses(plan):
    return plan.outcomes["status"].to_pylist()


def test_rows_as_they_were_settled_are_unchanged_without_their_contacts(rows_of, rules_of, settled):
    plan, _ = planned(rows_of(HEADER, *LINES), rules_of(), settled, [])
    assert statuses(plan) == ["unchanged", "unchanged"]
    assert plan.outcomes["contact_id"].to_pylist() == [7, 8]
    assert plan.outcomes["address"].to_pylist() == ["85512345678", "+855 12 999 888"]
    assert plan.matched == 2
    assert plan.seen.num_rows == 0


def test_a_changed_row_is_compared_beside_one_that_is_left_unseen(rows_of, rules_of, settled):
    plan, remembered = planned(rows_of(HEADER, ("012345678", "39", "blue"), LINES[1]), rules_of(), settled, [SOK])
    assert statuses(plan) == ["updated", "unchanged"]
    assert [change["after"] for change in plan.changes.to_pylist()] == ["39"]
    doubtful = remembered.doubtful(plan.outcomes, unsure=plan.unsure).to_pylist()
    assert [(row["address_key"], row["content_hash"]) for row in doubtful] == [("85512345678", CHANGED)]
    arrived = remembered.arrived(plan.outcomes, unsure=plan.unsure)
    assert arrived["address_key"].to_pylist() == ["85512345678"]


@pytest.mark.parametrize(
    "changed",
    [
        {"region": None},
        {"clear_marker": "-"},
        {"missing": "create"},
        {"variables": (VariableRule("age", "Age"),)},
        {"variables": (VariableRule("age", "Colour"), VariableRule("favorite color", "Age"))},
        {"variables": (VariableRule("age", "Age", on_drift="revert"), VariableRule("favorite color", "Colour"))},
    ],
)
def test_a_pipeline_that_means_something_else_trusts_nothing(rows_of, rules_of, changed):
    rows = rows_of(HEADER, *LINES)
    before, after = contents(rows, rules_of()).to_pylist(), contents(rows, rules_of(**changed)).to_pylist()
    assert not set(before) & set(after)


@dataclass(frozen=True, slots=True)
class MoreOfAVariable(VariableRule):
    format: str = "as it stands"


@dataclass(frozen=True, slots=True)
class MoreRules(ContactRules):
    several: str = "reject"


def more_rules(*, variable="as it stands", several="reject"):
    """The usual rules, of a version that knows one more of both kinds."""
    age, colour = MoreOfAVariable("age", "Age", format=variable), MoreOfAVariable("favorite color", "Colour")
    return MoreRules("Phone", (age, colour), "KH", several=several)


def test_rows_that_earlier_versions_settled_stay_trusted(rows_of, rules_of):
    """Digests as ledgers hold them: whoever changes them makes every row of everybody be compared again."""
    rows = rows_of(HEADER, *LINES)
    usual = ["3c9144e82ff3fc137a0b43e4", "28efa538da982eaca9375c8a"]
    other = ["fedc4ae94fdf48de31199c6a", "4d1aa7188be19789d2954b4c"]
    of_its_own = VariableRule("age", "Age", blank="clear", on_conflict="hold", on_drift="revert")
    rules = rules_of(
        variables=(of_its_own, VariableRule("favorite color", constant="green")),
        region=None,
        clear_marker="-",
        missing="create",
        fill_only=True,
    )
    assert contents(rows, rules_of()).to_pylist() == usual
    assert contents(rows, rules).to_pylist() == other


def test_a_new_rule_un_trusts_rows_only_where_a_pipeline_uses_it(rows_of, rules_of):
    rows = rows_of(HEADER, *LINES)
    before = contents(rows, rules_of())
    assert contents(rows, more_rules()).equals(before)
    for used in (more_rules(several="first"), more_rules(variable="date")):
        assert not set(before.to_pylist()) & set(contents(rows, used).to_pylist())


def test_rules_that_are_understood_otherwise_than_before_trust_nothing(rows_of, rules_of, monkeypatch):
    rows = rows_of(HEADER, *LINES)
    before = contents(rows, rules_of()).to_pylist()
    monkeypatch.setattr("flows.contacts.rules.MEANING_VERSION", {"version": 2})
    assert not set(before) & set(contents(rows, rules_of()).to_pylist())


def test_the_spelling_of_the_address_is_content_too(rows_of, rules_of):
    one, other = contents(rows_of(HEADER, LINES[0], ("+85512345678", "38", "blue")), rules_of()).to_pylist()
    assert one != other


def test_a_row_is_compared_when_another_one_names_its_contact_by_another_address(rows_of, rules_of, settled):
    rows = rows_of(HEADER, *LINES, ("097000001", "50", ""))
    plan, _ = planned(rows, rules_of(), settled, [SOK])
    assert statuses(plan) == ["duplicate", "unchanged", "duplicate"]


def test_a_row_is_compared_when_a_changed_one_has_the_same_number(rows_of, rules_of, settled):
    rows = rows_of(HEADER, *LINES, ("+855 12 345 678", "38", "blue"))
    plan, _ = planned(rows, rules_of(), settled, [])  # Verboice does not know the number any more
    assert statuses(plan) == ["not_found", "unchanged", "not_found"]


@pytest.mark.parametrize("line", [("012345678", "x" * 300, ""), ("011222333", "1", "")])
def test_rejected_and_unknown_rows_are_never_remembered(rows_of, rules_of, line):
    plan, remembered = planned(rows_of(HEADER, line), rules_of(), NOTHING, [SOK])
    assert remembered.arrived(plan.outcomes, unsure=plan.unsure).num_rows == 0


def test_a_row_that_turns_out_to_be_unknown_is_forgotten(rows_of, rules_of, settled):
    rows, rules = rows_of(HEADER, LINES[0]), rules_of()
    statements, digests = normalise(rows, rules), contents(rows, rules)
    trust = trusted(statements.keys, digests, settled)
    plan = assess(statements, Known(RemoteContacts.of([DARA], rules.names)), rules, target=TARGET)  # a full comparison
    doubtful = Contents(statements.keys, digests, trust.known, np.array([False])).doubtful(plan.outcomes, unsure=())
    assert doubtful.to_pylist() == [
        {"address_key": "85512345678", "content_hash": CHANGED, "contact_id": None, "address": "012345678"}
    ]
    assert trusted(statements.keys, digests, doubtful).rows.tolist() == [False]


def test_a_row_whose_number_has_two_spellings_in_verboice_is_compared_every_time(rows_of, rules_of):
    twin = Contact(9, ("+85512345678",), {})
    rows = rows_of(HEADER, ("85512345678", "38", "blue"))
    plan, remembered = planned(rows, rules_of(), NOTHING, [replace(SOK, addresses=("85512345678",)), twin])
    assert statuses(plan) == ["unchanged"]
    assert remembered.arrived(plan.outcomes, unsure=plan.unsure).num_rows == 0
    earlier = replace(remembered, known=np.array([True]))
    assert [earlier.doubtful(plan.outcomes, unsure=rows).num_rows for rows in (plan.unsure, ())] == [1, 0]


def test_only_rows_whose_contact_was_not_read_are_left_unseen_and_none_beside_a_changed_one():
    rows = np.array([True, True, True, True, False, True])
    nothing = pa.nulls(6, pa.string())
    trust = Trust(rows, rows, np.full(6, -1), nothing)
    matched, group = np.array([-1, 0, 1, -1, -1, -1]), np.array([0, 1, 2, 3, 3, -1])
    assert trust.alone(matched, group).tolist() == [True, False, False, False, False, False]
    none = np.array([], dtype=np.int64)
    assert Trust(none.astype(bool), none.astype(bool), none, nothing.slice(0, 0)).alone(none, none).tolist() == []


def test_a_row_is_known_by_its_key_and_trusted_by_its_content(settled):
    keys, hashes = settled["address_key"].to_pylist(), settled["content_hash"].to_pylist()
    lost = settled.set_column(2, "contact_id", pa.array([7, None], pa.int64()))
    trust = trusted(
        pa.array([keys[0], keys[0], "85500000000", None, keys[1]]), pa.array([*hashes, "x", "y", hashes[1]]), lost
    )
    assert trust.rows.tolist() == [True, False, False, False, False]
    assert trust.known.tolist() == [True, True, False, False, True]
    assert trust.contact.tolist() == [7, 7, -1, -1, -1]
    assert trust.address.to_pylist() == ["85512345678", "85512345678", None, None, None]
    assert trust.address.type == pa.string()


def test_of_rows_with_one_key_the_first_is_kept_beside_all_others(rows_of, rules_of):
    lines = (LINES[0], LINES[0], LINES[1], ("011222333", "1", ""))
    plan, remembered = planned(rows_of(HEADER, *lines), rules_of(), NOTHING, [SOK, DARA])
    kept = remembered.arrived(plan.outcomes, unsure=plan.unsure)
    assert kept["contact_id"].to_pylist() == [7, 8]
    assert kept["content_hash"].to_pylist() == [remembered.digests[0].as_py(), remembered.digests[2].as_py()]


def test_settled_rows_that_the_source_has_no_more_are_known_but_not_arrived(settled):
    keys = settled["address_key"].to_pylist()
    (gone,) = absent(pa.array([keys[0], None, "85500000000"]), settled).to_pylist()
    assert gone == {"address_key": keys[1], "content_hash": CHANGED, "contact_id": 8, "address": "+855 12 999 888"}
    assert absent(pa.array(keys), settled).num_rows == 0
    told = absent(pa.array([], pa.string()), settled)
    assert absent(pa.array([], pa.string()), told).num_rows == 0  # it is known already
    assert told.schema == settled.schema


def test_equal_rows_of_one_number_are_remembered_once(rows_of, rules_of):
    plan, remembered = planned(rows_of(HEADER, LINES[0], LINES[0]), rules_of(), NOTHING, [SOK])
    assert remembered.arrived(plan.outcomes, unsure=plan.unsure).num_rows == 1
