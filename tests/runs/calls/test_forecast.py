"""The forecast of a batch, by what Verboice shows of its lines and the ledger has of earlier calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.worlds import CALLS, number

DOZEN = [(f"+{number(n)}", f"P{n}", 1) for n in range(12)]


@pytest.fixture
def measured(cli, clinic, people):
    """A pipeline on two lines, of which twelve calls are known: half of them lasted 40 s, half of them 60 s."""
    clinic.sandbox.configure(details_route=True)
    clinic.sandbox.add_channel(
        clinic.account, "two", call_flow=clinic.sandbox.call_flow("Reminder"), config={"limit": "2"}
    )
    for half, seconds, outcome in ((DOZEN[:6], 40, "completed"), (DOZEN[6:], 60, "no-answer")):
        for line in half:
            clinic.sandbox.set_outcomes(line[0].removeprefix("+"), outcome)
        run = cli("call", people(*half, name="m"), "--json").json["run_id"]
        clinic.sandbox.advance()
        clinic.sandbox.advance(seconds=seconds)
        cli("track", run)
    return people


def takes(summary):
    """In how many seconds, from the run's beginning on, its last call is to end."""
    begun, ends = (datetime.fromisoformat(text) for text in (summary["started_at"], summary["forecast"]["ends"]))
    return (ends - begun) / timedelta(seconds=1)


def test_at_first_nothing_is_known_until_somebody_says_it(cli, people):
    said = cli("call", people(), "--dry-run")
    assert "Forecast: when the last call ends is not known yet: Verboice does not tell" in said.err
    assert (facts := cli("call", "p", "--dry-run", "--json").json["forecast"])["ends"] is None
    assert (facts["lines"], facts["seconds_per_call"]) == (None, None)
    told = people(calls={**CALLS, "lines": 1, "length": "20s"})
    summary = cli("call", told, "--dry-run", "--json").json
    assert takes(summary) == pytest.approx(60, abs=15)
    assert summary["forecast"]["told"].endswith(": 1 line, 20 s a call (as calls.length says).")


def test_lines_are_those_of_verboice_and_the_length_is_measured(cli, clinic, measured):
    name = measured(
        *DOZEN, name="m", calls={**CALLS, "channel": "two", "campaign": "second", "lines": 9, "length": "9s"}
    )
    plan = cli("call", name, "--json")
    facts = plan.json["forecast"]
    assert (facts["lines"], facts["seconds_per_call"], facts["waiting"]) == (2, 50, 0)
    assert takes(plan.json) == pytest.approx(6 * 50, abs=15)
    assert "measured over 12 calls: 40 s where somebody answered, 60 s where nobody did" in facts["told"]
    again = cli("call", measured(name="n", calls={**CALLS, "channel": "two"}), "--dry-run", "--json").json
    assert (again["forecast"]["waiting"], again["forecast"]["calls"]) == (12, 3)  # another pipeline of the project
    assert takes(again) == pytest.approx(8 * 50, abs=20)
    kept = cli("track", plan.json["run_id"], "--json").json["forecast"]
    assert kept == facts
    reports = plan.json["reports"]
    assert f"<p>{facts['told']}</p>" in Path(reports["html"]).read_text()
    lines = load_workbook(reports["workbook"])["Summary"].iter_rows(values_only=True)
    assert ("Forecast", facts["ends"], facts["told"]) in lines


def test_a_server_that_tells_no_times_is_measured_by_looking(cli, clinic, people, runs_at):
    """Newer servers: of twelve calls on two lines two end every half a minute."""
    clinic.sandbox.add_channel(
        clinic.account, "two", call_flow=clinic.sandbox.call_flow("Reminder"), config={"limit": 2}
    )
    now, calls = datetime.now(UTC), {**CALLS, "channel": "two"}
    runs_at(now)
    run = cli("call", people(*DOZEN, calls=calls), "--json").json["run_id"]
    for look in range(7):
        clinic.sandbox.advance()
        runs_at(now + look * timedelta(seconds=30))
        tracked = cli("track", run, "--json").json
    assert sum(tracked["calls"].values()) - tracked["calls"].get("queued", 0) == 12
    second = cli("call", people(*DOZEN, calls={**calls, "campaign": "second"}), "--dry-run", "--json").json
    assert second["forecast"]["seconds_per_call"] == pytest.approx(30, rel=0.15)
    assert "by how 10 calls were seen to end one after the other" in second["forecast"]["told"]


def test_a_batch_that_cannot_fit_is_refused_and_says_what_to_do(cli, clinic, measured):
    end = datetime.now(UTC) + timedelta(seconds=150)
    window = {"not_after": f"{end:%Y-%m-%d %H:%M:%S}", "time_zone": "UTC", "campaign": "second", "channel": "two"}
    refused = cli("call", measured(*DOZEN, name="m", calls=CALLS | window))
    assert refused.status == 3
    assert "6 of 12 calls have no turn before their not_after; the limit is 10%. A later not_after" in refused.err
    assert "6 of 12 calls do not fit before their not_after." in refused.err
    assert len(clinic.rung()) == 12


@pytest.mark.parametrize(("key", "wrong"), [("length", "0s"), ("length", "soon"), ("lines", 0), ("per_day", "many")])
def test_a_mistake_is_one_of_the_pipeline_file(cli, people, key, wrong):
    said = cli("call", people(calls={**CALLS, key: wrong}))
    assert said.status == 2
    assert f"calls.{key}" in said.err
