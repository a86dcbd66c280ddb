"""A plan that looks like a mistake is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pyarrow as pa
import pytest

from connectors.masking import mask_text
from flows.contacts.guard import NOT_KNOWN, GuardLimits, LastTime, Population, is_broken, judge, measure
from flows.contacts.plan import CHANGES, OUTCOMES, Create, Plan
from flows.limits import Limit

USUAL = GuardLimits(
    max_overwrites=Limit.parse("30%"),
    max_clears=Limit.parse("5%"),
    max_creates=Limit.parse("100"),
    max_rejected=Limit.parse("20%"),
    max_not_found=Limit.parse("50%"),
)


def plan(*, overwritten=0, cleared=0, filled=0, creates=0, rejected=0, unknown=0, matched: int):
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
    statuses = ["rejected"] * rejected + ["unchanged"] * (matched - rejected) + ["not_found"] * unknown
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
        ({"unknown": 20, "matched": 0}, ["max_not_found"]),
        ({"unknown": 19, "matched": 0}, []),
        ({"unknown": 15, "matched": 15}, []),
        ({"unknown": 16, "matched": 15}, ["max_not_found"]),
        ({"unknown": 16, "matched": 20, "rejected": 5}, ["max_not_found"]),
        ({"unknown": 10, "matched": 10, "rejected": 5}, ["max_rejected"]),
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
    assert tripped(quiet, contacts=50, last=LastTime(contacts=100)) == []
    assert tripped(quiet, contacts=None, last=LastTime(contacts=100)) == []


def test_the_first_import_into_an_empty_project_is_judged_by_what_it_creates():
    assert tripped(plan(creates=100, matched=200), contacts=0) == []
    assert tripped(plan(creates=100, matched=200), contacts=0, last=LastTime(contacts=0)) == []
    assert tripped(plan(creates=101, matched=200), contacts=0) == ["max_creates"]
    assert tripped(plan(creates=100, matched=200), contacts=0, last=LastTime(contacts=1)) == ["empty_project"]


def test_a_share_of_an_unknown_population_trips():
    assert is_broken(Limit(share=Fraction(1, 2)), 5, None)
    assert is_broken(Limit(share=Fraction(1, 2)), 5, 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"overwritten": 5, "matched": 5}, []),
        ({"overwritten": 6, "matched": 6}, [("max_overwrites", "5", "6")]),
        ({"overwritten": 146, "matched": 235}, [("max_overwrites", "70", "146")]),
        ({"overwritten": 25, "matched": 1000}, []),
        ({"cleared": 6, "matched": 10}, [("max_clears", "5", "6")]),
    ],
)
def test_a_first_run_is_judged_by_numbers_and_lets_a_careful_try_through(given, expected):
    a_plan = plan(**given)
    found = judge(a_plan, USUAL, Population(rows=a_plan.rows, contacts=1000, is_first=True))
    assert [(one.guard, one.limit, one.found) for one in found] == expected
    assert all("at the first run" in one.reason for one in found)


def test_what_must_never_or_may_always_be_replaced_is_so_at_a_first_run_too():
    for share, found, trips in (("0%", 5, True), ("100%", 40, False)):
        limits = replace(USUAL, max_overwrites=Limit.parse(share))
        a_plan = plan(overwritten=found, matched=40)
        assert bool(judge(a_plan, limits, Population(rows=40, contacts=40, is_first=True))) is trips


def test_what_replaces_nothing_is_judged_by_shares_at_a_first_run_too():
    (found,) = judge(plan(rejected=25, matched=100), USUAL, Population(rows=100, contacts=100, is_first=True))
    assert (found.limit, found.found) == ("20%", "25%")


def test_a_limit_of_none_lets_nothing_through_and_nothing_is_not_something():
    assert is_broken(Limit.parse("0"), 1, 10)
    none = Limit.parse("0")
    limits = GuardLimits(none, none, none, none, none)
    assert judge(plan(matched=30), limits, Population(rows=30, contacts=30)) == ()


@pytest.mark.parametrize(
    ("found", "population", "told"),
    [(62, 100, "62%"), (10, 100, "10%"), (19, 200, "9.5%"), (7, None, "7"), (7, 0, "7")],
)
def test_what_was_found_is_told_in_the_users_unit(found, population, told):
    assert measure(Limit.parse("5%"), found, population) == told
    assert measure(Limit.parse("5"), found, population) == str(found)


def test_a_violation_says_what_was_found_of_what_and_what_the_limit_is():
    everything = plan(overwritten=50, cleared=20, creates=101, rejected=30, unknown=80, matched=100)
    found = judge(everything, USUAL, Population(rows=180, contacts=100))
    assert [(one.guard, one.limit, one.found, one.reason) for one in found] == [
        ("max_overwrites", "30%", "50%", "50 of 100 contacts would have a value replaced; the limit is 30%."),
        ("max_clears", "5%", "20%", "20 of 100 contacts would have a value emptied; the limit is 5%."),
        ("max_creates", "100", "101", "101 of 180 contacts would be created; the limit is 100."),
        ("max_not_found", "50%", "53%", f"80 of 150 {NOT_KNOWN}; the limit is 50%."),
    ]
    (rejected,) = judge(plan(rejected=25, matched=100), USUAL, Population(rows=100, contacts=100))
    assert rejected.reason == "25 of 100 rows could not be used; the limit is 20%."


def test_a_side_that_shrank_says_what_there_is_and_was_also_where_nothing_else_is_judged():
    broken = plan(overwritten=100, matched=100)

    def told(population: Population) -> list[tuple[str, str, str, str]]:
        return [(one.guard, one.limit, one.found, one.reason) for one in judge(broken, None, population)]

    assert told(Population(rows=0, contacts=0)) == [
        ("empty_source", "at least 1", "0", "The source has no rows."),
        ("empty_project", "at least 1", "0", "Verboice lists no contacts for this project."),
    ]
    last = LastTime(rows=2001, contacts=3000)
    assert told(Population(rows=1000, contacts=1400, last=last)) == [
        ("shrunken_source", "at least 1001", "1000", "There are 1,000 rows in the source; last time there were 2,001."),
        (
            "shrunken_project",
            "at least 1500",
            "1400",
            "There are 1,400 contacts at Verboice; last time there were 3,000.",
        ),
    ]


def test_large_counts_are_told_so_that_they_do_not_look_like_phone_numbers():
    (found,) = judge(plan(overwritten=150_000, matched=200_000), USUAL, Population(rows=200_000, contacts=200_000))
    assert "150,000 of 200,000 contacts" in mask_text(found.reason)
