"""A plan that looks like a mistake is refused."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest

from connectors.masking import mask_text
from flows.contacts.guard import GuardLimits, LastTime, Population, is_broken, judge
from flows.contacts.plan import CHANGES, OUTCOMES, Create, Plan
from flows.limits import Limit

USUAL = GuardLimits(
    max_overwrites=Limit.parse("30%"),
    max_clears=Limit.parse("5%"),
    max_creates=Limit.parse("100"),
    max_rejected=Limit.parse("20%"),
)


def plan(*, overwritten: int = 0, cleared: int = 0, filled: int = 0, creates: int = 0, rejected: int = 0, matched: int):
    kinds = [("38", "39")] * overwritten + [("38", "")] * cleared + [(None, "39")] * filled
    changes = pa.table(
        [
            pa.array(range(2, len(kinds) + 2)),
            pa.array(range(len(kinds))),
            pa.array(["855"] * len(kinds), pa.string()),
            pa.array(["age"] * len(kinds), pa.string()),
            pa.array([before for before, _ in kinds], pa.string()),
            pa.array([after for _, after in kinds], pa.string()),
        ],
        schema=CHANGES,
    )
    statuses = ["rejected"] * rejected + ["unchanged"] * (matched - rejected)
    nulls = {name: pa.nulls(len(statuses), kind) for name, kind in zip(OUTCOMES.names, OUTCOMES.types, strict=True)}
    outcomes = pa.table({**nulls, "status": pa.array(statuses, pa.string())}, schema=OUTCOMES)
    made = tuple(Create(n, str(n), {}) for n in range(creates))
    return Plan("https://x", 1, "C", changes, outcomes, matched, len(statuses), creates=made)


def tripped(a_plan, **population):
    counted = Population(**{"rows": a_plan.rows, "contacts": 100, **population})
    return [violation.guard for violation in judge(a_plan, USUAL, counted)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"overwritten": 30, "matched": 100}, []),
        ({"overwritten": 31, "matched": 100}, ["max_overwrites"]),
        ({"overwritten": 4, "matched": 5}, []),
        ({"overwritten": 5, "matched": 5}, ["max_overwrites"]),
        ({"cleared": 6, "matched": 100}, ["max_clears"]),
        ({"cleared": 5, "matched": 100}, []),
        ({"filled": 100, "matched": 100}, []),
        ({"creates": 101, "matched": 200}, ["max_creates"]),
        ({"creates": 100, "matched": 200}, []),
        ({"rejected": 21, "matched": 100}, ["max_rejected"]),
        ({"rejected": 4, "matched": 4}, []),
    ],
)
def test_a_limit_trips_above_it_and_never_on_a_handful(given, expected):
    assert tripped(plan(**given)) == expected


def test_an_empty_or_halved_side_trips():
    quiet = plan(matched=10)
    assert tripped(quiet, rows=0) == ["empty_source"]
    assert tripped(quiet, contacts=0) == ["empty_project"]
    assert tripped(quiet, rows=10, last=LastTime(rows=21)) == ["shrunken_source"]
    assert tripped(quiet, rows=11, last=LastTime(rows=22)) == []
    assert tripped(quiet, contacts=40, last=LastTime(contacts=100)) == ["shrunken_project"]
    assert tripped(quiet, contacts=None, last=LastTime(contacts=100)) == []


def test_the_first_import_into_an_empty_project_is_judged_by_what_it_creates():
    assert tripped(plan(creates=100, matched=200), contacts=0) == []
    assert tripped(plan(creates=100, matched=200), contacts=0, last=LastTime(contacts=0)) == []
    assert tripped(plan(creates=101, matched=200), contacts=0) == ["max_creates"]
    assert tripped(plan(creates=100, matched=200), contacts=0, last=LastTime(contacts=1)) == ["empty_project"]


def test_a_share_of_an_unknown_population_trips():
    assert is_broken(Limit(share=Fraction(1, 2)), 5, None)
    assert is_broken(Limit(share=Fraction(1, 2)), 5, 0)


def test_a_violation_says_limit_and_finding_in_the_users_unit():
    violation = judge(plan(overwritten=62, matched=100), USUAL, Population(rows=100, contacts=100))[0]
    assert (violation.limit, violation.found) == ("30%", "62%")
    assert "62 of 100" in violation.reason


def test_large_counts_are_told_so_that_they_do_not_look_like_phone_numbers():
    (found,) = judge(plan(overwritten=150_000, matched=200_000), USUAL, Population(rows=200_000, contacts=200_000))
    assert "150,000 of 200,000 contacts" in mask_text(found.reason)
