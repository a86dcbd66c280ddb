"""Both sides change: what a sync does about it, and how it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from connectors.ledger import Ledger
from connectors.ledger.values import RunRecord
from connectors.sandbox import Fault
from tests.worlds import be_impatient

SOK = "85512345678"


@pytest.fixture(params=["by_address", "all"])
def drifted(request, cli, clinic, sheet, pipeline):
    """drifted(age now in the source, **policies): after a first sync of 39, a caller has answered 50."""

    def make(age: object, **policies: object) -> str:
        first = {"contacts.pull": request.param}
        assert cli("sync", pipeline(sheet(("012345678", 39, "blue")), **first)).status == 0
        clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '39'")
        clinic.sandbox.reset()
        return pipeline(sheet(("012345678", age, "blue")), **first, **policies)

    return make


def reason(said):
    first = load_workbook(said.json["reports"]["workbook"]).worksheets[0]
    head, line = first.iter_rows(values_only=True)
    return line[head.index("sync_reason")]


def test_the_first_run_has_no_base_and_says_so(cli, sheet, pipeline):
    name = pipeline(sheet(("012345678", 39, None)))
    assert "First run for this project" in cli("plan", name).out
    assert "First run for this project" in cli("sync", name, "--json").err
    assert "First run" not in cli("plan", name).out


def test_drift_is_kept_and_told_everywhere(cli, clinic, drifted):
    name = drifted(39)
    shown = cli("plan", name)
    assert "1 value was changed in Verboice only since the last run, and kept." in shown.out
    said = cli("sync", name, "--json")
    assert said.status == 0
    assert said.json["rows"]["unchanged"] == 1
    assert reason(said) == "age: changed in Verboice only since the last run, kept."
    assert clinic.vars(SOK)["age"] == "50"
    assert clinic.puts() == 0


def test_drift_is_reverted_where_the_pipeline_or_the_variable_says_so(cli, clinic, drifted):
    assert cli("sync", drifted(39, **{"contacts.on_drift": "revert"}), "--json").json["rows"]["updated"] == 1
    assert clinic.vars(SOK)["age"] == "39"


def test_a_variables_own_policy_wins(cli, clinic, drifted):
    policies = {"contacts.on_drift": "revert", "contacts.variables.age": {"column": "Age", "on_drift": "keep"}}
    cli("sync", drifted(39, **policies))
    assert clinic.vars(SOK)["age"] == "50"


@pytest.mark.parametrize(("policy", "stored", "bucket"), [("source", "41", "updated"), ("verboice", "50", "unchanged")])
def test_a_conflict_goes_to_the_side_the_pipeline_names(cli, clinic, drifted, policy, stored, bucket):
    said = cli("sync", drifted(41, **{"contacts.on_conflict": policy}), "--json")
    assert said.json["rows"][bucket] == 1
    assert clinic.vars(SOK)["age"] == stored


def test_a_conflict_that_verboice_won_is_not_taken_back_as_drift_by_the_next_run(cli, clinic, drifted):
    name = drifted(41, **{"contacts.on_conflict": "verboice", "contacts.on_drift": "revert"})
    for _ in range(3):
        assert cli("sync", name, "--json").json["rows"]["unchanged"] == 1
    assert clinic.vars(SOK)["age"] == "50"
    assert clinic.puts() == 0


def test_a_held_conflict_waits_for_a_person_and_is_a_problem_in_the_json(cli, clinic, drifted):
    name = drifted(41, **{"contacts.on_conflict": "hold"})
    assert "held" in cli("plan", name).out
    for _ in range(2):
        said = cli("sync", name, "--json")
        assert said.status == 4
        (problem,) = said.json["problems"]
        assert (problem["row"], problem["status"]) == (2, "held")
        assert "age: changed on both sides" in problem["reason"]
    assert clinic.vars(SOK)["age"] == "50"
    assert clinic.puts() == 0


def test_both_sides_changed_to_the_same_is_no_conflict(cli, drifted):
    said = cli("sync", drifted(50, **{"contacts.on_conflict": "hold"}), "--json")
    assert (said.status, said.json["rows"]["unchanged"]) == (0, 1)


def test_a_plan_alone_does_not_count_as_having_seen_a_change(cli, clinic, drifted, sheet, pipeline):
    name = drifted(39, **{"contacts.on_conflict": "hold"})
    cli("plan", name)
    sheet(("012345678", 41, "blue"))
    assert cli("sync", name, "--json").json["rows"]["held"] == 1


def test_the_base_follows_an_applied_plan_too(cli, clinic, sheet, pipeline):
    name = pipeline(sheet(("012345678", 38, "red")))
    cli("plan", name, "--out", "plan.json")
    assert cli("apply", "plan.json").status == 0
    clinic.sandbox.state.database.run("update persisted_variables set value = '50' where value = '38'")
    said = cli("sync", name, "--json")
    assert (said.json["rows"]["unchanged"], clinic.vars(SOK)["age"]) == (1, "50")


def test_what_an_earlier_run_sent_is_its_own_however_many_runs_have_come_since(
    cli, clinic, sheet, pipeline, home, monkeypatch
):
    """Its answer was lost; as a change by somebody else the value would be held."""
    be_impatient(monkeypatch)
    how = {"contacts.pull": "by_address", "contacts.on_conflict": "hold", "verboice.concurrency": 1}
    cli("sync", pipeline(sheet(("012345678", 39, None)), **how))
    clinic.sandbox.faults.add(
        Fault("drop_after", method="PUT", times=1), Fault("reply", method="GET", path="by_address", skip=1)
    )
    lost = cli("sync", pipeline(sheet(("012345678", 40, None)), **how), "--json")
    assert lost.json["rows"]["uncertain"] == 1
    assert clinic.vars(SOK)["age"] == "40"
    clinic.sandbox.faults.clear()
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        for number in range(60):
            run = RunRecord(f"x{number:02}", "p", "plan", "succeeded", datetime.now(UTC), server=clinic.server.url)
            ledger.start_run(replace(run, project_id=clinic.project.id))
    said = cli("sync", pipeline(sheet(("012345678", 41, None)), **how), "--json")
    assert (said.json["rows"]["updated"], said.json["rows"]["held"]) == (1, 0)
