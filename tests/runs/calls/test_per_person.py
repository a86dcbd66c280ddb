"""How often one person is called: over pipelines, projects and files of a ledger, also in new attempts."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox import Fault
from flows.runs.calls.run import push
from tests.worlds import CALLS, PATIENTS, cells

TWICE = {**CALLS, "per_person": "2 per 7d"}
ONE = PATIENTS[0]


@pytest.fixture
def another(people):
    """another(name, line, …, **changes): a pipeline beside others, with a spreadsheet of its own; its name."""

    def write(name, *lines, **changes):
        Path(f"configs/{people(*lines, name=name, **changes)}.yaml").rename(f"configs/{name}.yaml")
        return name

    return write


def test_two_pipelines_with_different_files_call_nobody_a_third_time(cli, clinic, another):
    for campaign in ("one", "two"):
        cli("call", another(campaign, calls={**TWICE, "campaign": campaign}))
    name = another("three", (*ONE[:1], "Anne", 9), ("012111222", "Dee", 4), calls=TWICE)
    for words in (["--dry-run"], ["--again", "power cut"], []):
        said = cli("call", name, "--only", ONE[0], *words, "--json")
        assert (said.status, said.json["rows"]["blocked"]) == (0, 1)
        reason = cells(said, "sync_reason")[0][0]
        assert "called 2 times within 7 days (calls.per_person), first by pipeline one on " in reason
        assert "it may be called again from " in reason
    rows = cli("call", name, "--json").json["rows"]
    assert (rows["queued"], rows["blocked"]) == (1, 1)
    assert len(clinic.rung()) == 2 * 3 + 1


def test_calls_of_another_project_of_the_server_count(cli, clinic, people, another):
    other = clinic.sandbox.add_project(clinic.account, "Other")
    flow = clinic.sandbox.add_call_flow(other, "Survey")
    clinic.sandbox.add_channel(clinic.account, "second", call_flow=flow)
    there = {**CALLS, "channel": "second", "call_flow": "Survey", "campaign": "there"}
    cli("call", another("there", ONE, calls=there, **{"verboice.project": other.id}))
    name = people(ONE, calls={**CALLS, "per_person": {"calls": 1, "within": "7d"}})
    assert cli("call", name, "--json").json["rows"]["blocked"] == 1


def test_what_verboice_refused_does_not_count_and_what_is_uncertain_does(cli, clinic, people):
    refused = {"status": 400, "body": '{"error": "Call address cannot be empty"}', "content_type": "application/json"}
    clinic.sandbox.faults.add(Fault("reply", path="/api/call", times=1, **refused))
    assert cli("call", people(ONE, calls=TWICE), "--json").json["rows"]["failed"] == 1
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", times=1))
    outcomes = [cli("call", people(ONE, calls={**TWICE, "campaign": name}), "--json").json["rows"] for name in "abc"]
    assert [next(bucket for bucket in ("uncertain", "queued", "blocked") if rows[bucket]) for rows in outcomes] == [
        "uncertain",
        "queued",
        "blocked",
    ]


def test_new_attempts_count(cli, clinic, people):
    name = people(ONE, calls={**TWICE, "retry": {"on": ["failed"], "times": 5, "after": "0s"}})
    clinic.sandbox.set_outcomes("*", "busy")
    run = cli("call", name, "--json").json["run_id"]
    for _ in range(2):
        clinic.sandbox.advance(5)
        cli("track", run)
        said = cli("call", name, "--retry", run, "--json")
        run = said.json["run_id"]
    assert (len(clinic.rung()), said.json["rows"]["blocked"]) == (2, 1)


@pytest.mark.parametrize("words", [[], ["--again", "power cut"]])
def test_of_batches_planned_at_the_same_moment_only_so_many_calls_get_through(cli, clinic, another, monkeypatch, words):
    """The other batch goes out between this one's plan and its first call."""
    another("other", calls={**CALLS, "campaign": "other"})

    def late(*told):
        monkeypatch.setattr("flows.runs.calls.run.push", push)
        assert cli("call", "other").status == 0
        return push(*told)

    cli("call", another("before", calls={**CALLS, "campaign": "before"}))
    name = another("mine", calls=TWICE)
    monkeypatch.setattr("flows.runs.calls.run.push", late)
    said = cli("call", name, *words, "--json")
    assert (said.json["rows"]["blocked"], len(clinic.rung())) == (3, 6)
    assert "first by pipeline before" in cells(said, "sync_reason")[0][0]
