"""`calls.per_day`: a list goes out in daily portions, and the rest waits for its day without being a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox import Fault
from tests.worlds import CALLS, cells, number

SEVEN = [(f"+{number(n)}", f"P{n}", 1) for n in range(7)]
NO_ROUTE = {"status": 404, "body": "x" * 728}


@pytest.fixture
def on_day(runs_at):
    """on_day(n): runs believe from now on that it is the n-th day, at noon."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def on(day):
        runs_at(noon + timedelta(days=day))
        return (noon + timedelta(days=day)).date()

    return on


def portions(**more):
    return {**CALLS, "per_day": 3, **more}


def test_each_day_a_portion_goes_out_and_the_rest_has_its_day(cli, clinic, people, on_day):
    name, tomorrow = people(*SEVEN, calls=portions()), on_day(1)
    on_day(0)
    first = cli("call", name, "--json")
    assert (first.status, first.json["status"], len(clinic.rung())) == (0, "succeeded", 3)
    assert (first.json["rows"]["queued"], first.json["rows"]["unsent"]) == (3, 4)
    (reason,) = {reason for (reason,) in cells(first, "sync_reason")[3:6]}
    assert reason.startswith(f"Not asked for yet: calls.per_day lets 3 go out a day, and its turn is on {tomorrow:%A}")
    assert (first.json["forecast"]["calls"], first.json["forecast"]["days"]) == (7, 3)
    assert cli("track", first.json["run_id"], "--json").json["status"] == "succeeded"
    again = cli("call", name, "--json")
    assert (again.status, again.json["rows"]["unsent"], len(clinic.rung())) == (0, 4, 3)
    on_day(1)
    second = cli("call", name, "--json")
    assert (second.json["rows"]["skipped"], second.json["rows"]["queued"], len(clinic.rung())) == (3, 3, 6)
    on_day(2)
    assert cli("call", name, "--json").json["rows"]["unsent"] == 0
    assert clinic.rung() == [number(n) for n in range(7)]


def test_whatever_was_asked_for_today_counts_also_by_a_run_that_goes_on(cli, clinic, people, on_day):
    on_day(0)
    name = people(*SEVEN, calls=portions())
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", skip=1, times=1, **NO_ROUTE))
    cut = cli("call", name, "--json")
    assert (cut.status, cut.json["rows"]["queued"]) == (1, 1)
    assert cli("call", name, "--limit", "2", "--json").json["rows"]["queued"] == 1
    assert len(clinic.rung()) == 2
    resumed = cli("resume", cut.json["run_id"], "--json")
    assert (resumed.status, len(clinic.rung())) == (0, 3)
    assert cli("call", name, "--json").json["rows"]["queued"] == 0


def test_what_has_no_day_before_its_end_is_refused_and_never_goes_out_beyond_the_portion(cli, clinic, people, on_day):
    end = on_day(2)
    on_day(0)
    calls = portions(not_after=f"{end} 00:00", time_zone="UTC")
    refused = cli("call", people(*SEVEN, *[(f"+{number(n)}", "Q", 1) for n in range(10, 16)], calls=calls), "--json")
    assert (refused.status, clinic.rung()) == (3, [])
    assert "3 of 13 calls wait for another day, the next ones for " in refused.err
    assert "and 7 of 13 calls have no day left before their not_after, because calls.per_day is 3." in refused.err
    (violation,) = refused.json["plan"]["violations"]
    assert violation == {"guard": "max_unfinished", "limit": "10%", "found": "54%"}
    approved = cli("call", "p", "--approve", refused.json["plan"]["checksum"], "--json")
    assert (approved.json["rows"]["queued"], approved.json["rows"]["unsent"], len(clinic.rung())) == (3, 10, 3)
    on_day(1)
    cli("call", "p", "--approve", cli("call", "p", "--json").json["plan"]["checksum"])
    assert len(clinic.rung()) == 6
