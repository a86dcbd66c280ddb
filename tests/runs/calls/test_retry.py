"""New attempts: only where a call ended as the rule says, only when it is time, never more than it allows, by nobody
twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.sandbox import Fault
from flows.runs.calls.retry import runs_to_retry
from flows.settings import load_pipeline
from tests.worlds import CALLS, PATIENTS, cells

RETRY = {"on": ["failed"], "times": 2, "after": "0s"}


@pytest.fixture
def unanswered(cli, clinic, people):
    """unanswered(**retry): the pipeline, and its run of which the second call failed and the others were answered."""

    def make(**retry: object) -> tuple[str, str]:
        name = people(calls={**CALLS, "retry": RETRY | retry})
        run = cli("call", name, "--json").json["run_id"]
        end(clinic, "completed", "failed", "completed")
        assert cli("track", run).status == 0
        return name, run

    return make


def end(clinic, *states: str) -> None:
    """The last calls end so."""
    calls = clinic.sandbox.calls()[-len(states) :]
    for call, state in zip(calls, states, strict=True):
        clinic.sandbox.set_outcomes(call["address"], "completed" if state == "completed" else "busy")
    clinic.sandbox.advance(5)


def test_only_the_row_whose_call_failed_is_tried_again(cli, clinic, unanswered):
    name, run = unanswered()
    said = cli("call", name, "--retry", run, "--json")
    assert (said.status, said.json["rows"]["queued"], said.json["rows"]["skipped"]) == (0, 1, 2)
    assert clinic.rung()[3:] == [clinic.rung()[1]]
    statuses = cells(said, "sync_status", "sync_reason")
    assert statuses[1] == ("queued", f"Called again: retry of run {run}. Attempt 2 of 3.")
    assert statuses[0] == ("skipped", "Not tried again: the last call is completed.")


def test_three_attempts_are_all_and_each_follows_the_last_run(cli, clinic, unanswered):
    name, run = unanswered()
    runs = [run]
    for _ in range(2):
        runs.append(cli("call", name, "--retry", runs[-1], "--json").json["run_id"])
        end(clinic, "failed")
        cli("track", runs[-1])
    last = cli("call", name, "--retry", runs[-1], "--json")
    assert (last.json["rows"]["queued"], len(clinic.rung())) == (0, 5)
    assert "3 of 3 attempts were made" in cells(last, "sync_reason")[1][0]
    stale = cli("call", name, "--retry", run, "--json")
    assert f"run {runs[-1]} has asked for this call since" in cells(stale, "sync_reason")[1][0]
    assert len(clinic.rung()) == 5


def test_it_waits_for_its_time_and_for_an_uncertain_call_for_ever(cli, clinic, people, unanswered):
    name, run = unanswered(after="3h")
    said = cli("call", name, "--retry", run, "--json")
    assert "Not tried again before " in cells(said, "sync_reason")[1][0]
    clinic.sandbox.faults.add(Fault("drop_after", path="/api/call", times=1))
    people(PATIENTS[0], name="q", calls={**CALLS, "retry": RETRY, "campaign": "other"})
    lost = cli("call", "p", "--json").json["run_id"]
    assert cli("call", "p", "--retry", lost, "--json").json["rows"]["queued"] == 0
    assert len(clinic.rung()) == 4


def test_the_attempt_it_follows_does_not_keep_it_from_the_person_but_another_call_does(cli, clinic, people):
    name = people(PATIENTS[0], calls={**CALLS, "retry": RETRY, "repeat_after": "24h"})
    run = cli("call", name, "--json").json["run_id"]
    end(clinic, "failed")
    cli("track", run)
    assert cli("call", name, "--retry", run, "--dry-run", "--json").json["rows"]["queued"] == 1
    people(PATIENTS[0], name="q", calls={**CALLS, "campaign": "other"})
    cli("call", name)
    name = people(PATIENTS[0], calls={**CALLS, "retry": RETRY, "repeat_after": "24h"})
    assert cli("call", name, "--retry", run, "--json").json["rows"]["blocked"] == 1


def test_a_pipeline_without_a_rule_and_a_run_of_another_are_refused(cli, people, unanswered):
    name, run = unanswered()
    people(calls=dict(CALLS))
    assert "`retry` is missing" in cli("call", name, "--retry", run).err
    said = cli("call", name, "--retry", "nosuch")
    assert (said.status, "no run" in said.err) == (2, True)


def test_runs_that_are_due_are_found_once_in_the_rules_time(cli, unanswered, monkeypatch):
    name, run = unanswered()
    pipeline = load_pipeline(name)
    assert runs_to_retry(pipeline) == [run]
    assert runs_to_retry(load_pipeline(unanswered(after="3h")[0])) == []
    assert runs_to_retry(pipeline.model_copy(update={"calls": pipeline.calls.model_copy(update={"retry": None})})) == []
    assert timedelta(0) == pipeline.calls.retry.after


def test_nothing_is_begun_for_people_whom_the_ledger_keeps_from_being_called(cli, people, unanswered):
    name, run = unanswered()
    cli("never", "+85512999888")
    assert runs_to_retry(load_pipeline(name)) == []
    cli("never", "+85512999888", "--lift")
    assert runs_to_retry(load_pipeline(name)) == [run]
    for cap, due in (("1 per 7d", []), ("2 per 7d", [run])):
        people(calls={**CALLS, "retry": RETRY, "per_person": cap})
        assert runs_to_retry(load_pipeline(name)) == due
