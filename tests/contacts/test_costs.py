"""What requests cost a server."""

from __future__ import annotations

import pytest

from flows.contacts.costs import Observed, ServerCosts


def test_what_was_measured_takes_the_place_of_the_usual_costs():
    assert ServerCosts.of({}) == ServerCosts()
    assert ServerCosts.of({"put": 0.065, "something else": 1.0}) == ServerCosts(put=0.065)


def test_a_list_costs_by_its_contacts_and_a_value_for_everybody_also_by_those_who_lack_it():
    costs = ServerCosts(get=1, put=2, listed=10, bulk_contact=100, bulk_lacking=1000)
    assert (costs.list(3), costs.list(0)) == (31, 1)
    assert (costs.bulk(3, 2), costs.bulk(3, 0)) == (2300, 300)


def test_a_measured_cost_follows_the_server_and_old_measurements_fade():
    later = Observed(0.01, 10).then(Observed(0.04, 20))
    assert (later.value, later.samples) == (pytest.approx(0.03), 30)
    known = Observed(0.01, 10_000_000).then(Observed(0.03, 2_000))
    assert (known.value, known.samples) == (pytest.approx(0.02), 4_000)
