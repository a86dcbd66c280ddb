"""Reading from Verboice what a plan needs, and what stops it before anything is sent."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault
from tests.worlds import ROWS


@pytest.mark.parametrize("action", ["html", "truncate"])
def test_what_is_no_answer_of_verboices_api_stops_the_run_before_anything_is_sent(cli, clinic, sheet, pipeline, action):
    clinic.sandbox.faults.add(Fault(action, method="GET", path="contacts"))
    result = cli("sync", pipeline(sheet(*ROWS), **{"contacts.pull": "all"}))
    assert result.status == 1
    assert clinic.puts() == 0


def test_the_one_address_that_cannot_be_looked_up_is_named(cli, clinic, sheet, pipeline):
    clinic.sandbox.faults.add(Fault("reply", method="GET", path="12999888", status=500))
    said = cli("sync", pipeline(sheet(("012345678", 39, None), ("012999888", 41, None))))
    assert (said.status, clinic.puts()) == (1, 0)
    assert "••••9888 could not be looked up, so nothing was sent" in said.err
