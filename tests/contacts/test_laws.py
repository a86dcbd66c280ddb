"""What must hold for any source and any project."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.values import Contact
from flows.contacts.outcome import as_planned, conclude
from tests.worlds import HEADER

VALUES = st.sampled_from(["", "--", "38", "39", " 39", "blue", "x" * 300, "\U0001f600"])
ADDRESSES = st.sampled_from(
    ["012345678", "+85512345678", "85512345678", "012 345 679", "012345670", "8.55E+11", "", "sip:a@b", "011222333"]
)
LINES = st.lists(st.tuples(ADDRESSES, VALUES, VALUES), max_size=8)
STORED = st.sampled_from([None, "", "38", "39", " 39", "blue"])


@st.composite
def contacts(draw):
    spellings = ["85512345678", "+85512345678", "85512345679", "012345670", "sip:a@b", "85577000000"]
    chosen = draw(st.lists(st.sampled_from(spellings), unique=True, max_size=6))
    owners = draw(st.lists(st.integers(1, 4), min_size=len(chosen), max_size=len(chosen)))
    people = {}
    for address, owner in zip(chosen, owners, strict=True):
        people.setdefault(owner, []).append(address)
    values = {owner: draw(st.fixed_dictionaries({"age": STORED, "favorite color": STORED})) for owner in people}
    return [Contact(owner, tuple(addresses), values[owner]) for owner, addresses in people.items()]


def applied(plan, people):
    """The project after the plan was pushed contact by contact."""
    after = {contact.id: dict(contact.vars) for contact in people}
    for change in plan.changes.to_pylist():
        assert after[change["contact_id"]].get(change["variable"]) == change["before"]
        after[change["contact_id"]][change["variable"]] = change["after"]
    return [Contact(contact.id, contact.addresses, after[contact.id]) for contact in people]


@given(LINES, contacts())
def test_every_row_ends_in_one_bucket_and_a_second_sync_plans_nothing(rows_of, rules_of, plan_of, lines, people):
    rows, rules = rows_of(HEADER, *lines), rules_of()
    plan = plan_of(rows, people, rules)
    assert sum(plan.counts().values()) == len(lines)
    assert plan.outcomes["row"].to_pylist() == list(range(2, len(lines) + 2))
    again = plan_of(rows, applied(plan, people), rules)
    assert again.is_empty
    assert "updated" not in again.counts()


@given(LINES, contacts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows_of, rules_of, plan_of, lines, people, shuffle):
    shuffled = list(lines)
    shuffle.shuffle(shuffled)
    sent = [
        sorted(
            (c["contact_id"], c["variable"], c["before"] or "", c["after"])
            for c in plan_of(rows_of(HEADER, *some), people, rules_of()).changes.to_pylist()
        )
        for some in (lines, shuffled)
    ]
    assert sent[0] == sent[1]


@given(LINES, contacts())
def test_only_rows_counted_as_updated_have_changes(rows_of, rules_of, plan_of, lines, people):
    plan = plan_of(rows_of(HEADER, *lines), people, rules_of())
    shown = as_planned(plan)
    for status, changes in zip(shown["status"].to_pylist(), shown["changes"].to_pylist(), strict=True):
        assert (status == "updated") == bool(changes)


@given(LINES, contacts())
def test_rows_whose_request_never_left_are_unsent_and_nothing_is_lost(rows_of, rules_of, plan_of, lines, people):
    plan = plan_of(rows_of(HEADER, *lines), people, rules_of())
    nothing_sent = conclude(plan, {})
    assert nothing_sent.num_rows == len(lines)
    statuses = nothing_sent["status"].to_pylist()
    assert "updated" not in statuses
    assert statuses.count("unsent") == plan.counts().get("updated", 0)
