"""The cheapest way to read contacts, and why."""

from __future__ import annotations

import pytest

from flows.contacts.costs import ServerCosts
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
        ({"requests": 900, "contacts": 1_000_000}, "by_address"),  # 4.5 s
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


@pytest.mark.parametrize("pull", ["all", "by_address"])
def test_the_pipeline_decides_where_it_says_so(pull):
    choice = weigh(pull, needed(), COSTS)
    assert (choice.way, choice.reason) == (pull, "the pipeline says so")


def test_changed_rows_only_is_still_interrupted_by_the_full_check():
    assert weigh("changed", needed(contacts=100), COSTS).way == "changed"
    choice = weigh("changed", needed(must_compare="it is due"), COSTS)
    assert choice.way == "all"
    assert choice.reason.startswith("it is due")


def test_what_needs_the_whole_list_gets_it():
    choice = weigh("changed", needed(), COSTS, needs_everything="near misses must be seen")
    assert (choice.way, choice.reason) == ("all", "near misses must be seen")


def test_the_reason_tells_both_costs():
    reason = weigh("auto", needed(), COSTS).reason
    assert "100 of 10,000 rows are new or have changed" in reason
    assert "about 0.5 s" in reason
    assert "10,000 contacts about 15 s" in reason


@pytest.mark.parametrize(
    ("addresses", "contacts", "way"),
    [
        (500, 20_000, "by_address"),  # 2.5 s against 30 s
        (500, 1_000, "all"),  # 2.5 s against 1.5 s
        (20, 10, "by_address"),
        (20, None, "by_address"),
        (500, None, "all"),
    ],
)
def test_contacts_are_read_again_in_the_way_that_costs_least(addresses, contacts, way):
    assert cheapest_again(addresses, contacts, COSTS) == way
