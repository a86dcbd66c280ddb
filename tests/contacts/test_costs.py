"""What requests cost a server."""

from __future__ import annotations

import pytest

from flows.contacts.costs import Observed, ServerCosts


def test_a_measured_cost_follows_the_server_and_old_measurements_fade():
    assert ServerCosts.of({"put": 0.065, "something else": 1.0}).put == 0.065
    assert ServerCosts().bulk(1_000, 1_000) == pytest.approx(7.0)
    known = Observed(0.01, 10_000_000).then(Observed(0.03, 2_000))
    assert known.value == pytest.approx(0.02)
