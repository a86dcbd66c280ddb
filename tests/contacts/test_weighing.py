"""The cheapest way to read contacts, and why."""

from __future__ import annotations

import pytest

from flows.contacts.costs import ServerCosts
from flows.contacts.people.pulling import PullChoice
from flows.contacts.weighing import Needed, cheapest_again, weigh

COSTS = ServerCosts(get=0.005, listed=0.0015)


def needed(**changes):
    usual = {
        "rows": 10_000,
        "addresses": 10_000,
        "requests": 10_000,
        "contacts": 10_000,
        "changed": 100,
        "changed_requests": 100,
        "must_compare": "",
    }
    return Needed(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({}, "changed"),  # 0.5 s against 15 s
        ({"changed": 0, "changed_requests": 0}, "changed"),
        ({"changed": 4_000, "changed_requests": 4_000}, "all"),  # 20 s against 15 s
        ({"contacts": 2_000}, "all"),  # all of them take 3 s: cheap enough to see drift at once
        ({"requests": 1_000, "contacts": 1_000_000}, "by_address"),  # 5 s
        ({"must_compare": "it is due"}, "all"),  # 50 s against 15 s
        ({"must_compare": "it is due", "requests": 2_000}, "by_address"),  # 10 s against 15 s
        ({"must_compare": "it is due", "contacts": None}, "all"),
        ({"must_compare": "it is due", "contacts": None, "addresses": 20}, "by_address"),
        ({"contacts": None}, "changed"),
        ({"contacts": None, "requests": 500}, "by_address"),
    ],
)
def test_auto_takes_what_costs_the_server_least(changes, way):
    assert weigh("auto", needed(**changes), COSTS).way == way


def test_of_two_ways_that_cost_the_same_the_one_is_taken_that_sees_more():
    each_a_second = ServerCosts(get=1, listed=1)
    assert weigh("auto", needed(contacts=9, changed_requests=10), each_a_second).way == "changed"
    assert weigh("auto", needed(contacts=9, requests=10, must_compare="it is due"), each_a_second).way == "all"
    assert cheapest_again(30, 29, each_a_second) == "all"


@pytest.mark.parametrize("pull", ["all", "by_address"])
def test_the_pipeline_decides_where_it_says_so(pull):
    assert weigh(pull, needed(), COSTS) == PullChoice(pull, "the pipeline says so")


def test_what_needs_the_whole_list_gets_it():
    needs = "near misses must be seen"
    assert weigh("changed", needed(), COSTS, needs_everything=needs) == PullChoice("all", needs)


@pytest.mark.parametrize(
    ("pull", "changes", "choice"),
    [
        (
            "auto",
            {},
            PullChoice(
                "changed",
                "100 of 10,000 rows are new or have changed since they were settled, and looking these up takes the "
                "server about 0.5 s, the list of 10,000 contacts about 15 s",
            ),
        ),
        (
            "auto",
            {"contacts": None, "changed_requests": 2_000},
            PullChoice(
                "changed",
                "100 of 10,000 rows are new or have changed since they were settled, and looking these up takes the "
                "server about 10 s",
            ),
        ),
        (
            "auto",
            {"contacts": 2_000},
            PullChoice(
                "all",
                "comparing all rows is cheap (at most 5 s of the server's time), and looking these up takes the server "
                "about 50 s, the list of 2,000 contacts about 3.0 s",
            ),
        ),
        (
            "changed",  # what is asked for costs nothing here, and yet all is compared now and then
            {"contacts": 100},
            PullChoice(
                "changed",
                "the pipeline says so; 100 of 10,000 rows are new or have changed since they were settled",
            ),
        ),
        (
            "changed",
            {"must_compare": "it is due"},
            PullChoice(
                "all",
                "it is due, and looking these up takes the server about 50 s, the list of 10,000 contacts about 15 s",
            ),
        ),
        (
            "changed",
            {"must_compare": "it is due", "contacts": None},
            PullChoice("all", "it is due, and 10,000 addresses are needed"),
        ),
    ],
)
def test_the_reason_tells_what_each_way_costs(pull, changes, choice):
    assert weigh(pull, needed(**changes), COSTS) == choice


@pytest.mark.parametrize(
    ("addresses", "contacts", "way"),
    [
        (500, 20_000, "by_address"),  # 2.5 s against 30 s
        (500, 1_000, "all"),  # 2.5 s against 1.5 s
        (25, 10, "by_address"),
        (20, None, "by_address"),
        (500, None, "all"),
    ],
)
def test_contacts_are_read_again_in_the_way_that_costs_least(addresses, contacts, way):
    assert cheapest_again(addresses, contacts, COSTS) == way
