"""One request for everybody: only where it is proved, only where it pays, believed only contact by contact."""

from __future__ import annotations

import pytest

from connectors.sandbox import Fault
from tests.worlds import EVERYBODY, all_ages, be_impatient, number


def test_the_plan_shows_it_with_the_requests_it_saves_and_the_sync_sends_it(cli, everybody, to_all):
    shown = cli("plan", to_all())
    assert "saves 39 requests" in shown.out
    said = cli("sync", to_all(), "--json")
    assert said.status == 0
    assert said.json["requests"] | {"get": 0} == {
        "get": 0, "put": 0, "bulk_put": 1, "post": 0, "call": 0, "retries": 0,
    }  # fmt: skip
    assert said.json["variables_changed"] == EVERYBODY
    assert said.json["rows"]["updated"] == EVERYBODY
    assert all_ages(everybody) == ["39"] * EVERYBODY


def test_never_means_never(cli, everybody, to_all):
    said = cli("sync", to_all(**{"contacts.bulk": "never"}), "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (0, EVERYBODY)


def test_a_contact_the_source_does_not_name_keeps_its_value(cli, everybody, to_all):
    said = cli("sync", to_all([(number(n), 39, None) for n in range(EVERYBODY - 1)]), "--json")
    assert said.json["requests"]["bulk_put"] == 0
    assert all_ages(everybody) == ["39"] * (EVERYBODY - 1) + [str(99 + EVERYBODY)]


def test_a_contact_with_a_contradiction_or_a_hold_keeps_its_value(cli, everybody, to_all):
    contradicting = [(number(n), 39, None) for n in range(EVERYBODY)] + [(f"+{number(0)}", 40, None)]
    said = cli("sync", to_all(contradicting), "--json")
    assert said.json["requests"]["bulk_put"] == 0
    assert all_ages(everybody)[0] == "100"


def test_two_variables_go_together_and_a_third_one_by_one(cli, everybody, to_all):
    lines = [(number(n), 39, "red") for n in range(EVERYBODY)]
    assert cli("sync", to_all(lines), "--json").json["requests"]["bulk_put"] == 1
    mixed = [(number(n), 40, "blue" if n else "green") for n in range(EVERYBODY)]
    said = cli("sync", to_all(mixed), "--json")
    assert said.json["requests"]["bulk_put"] == 0  # each contact needs its own request anyway
    assert said.json["requests"]["put"] == EVERYBODY


def test_a_row_may_need_both_kinds_of_request(cli, everybody, to_all):
    lines = [(number(n), 39, "red" if n == 7 else None) for n in range(EVERYBODY)]
    said = cli("sync", to_all(lines), "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (1, 1)
    assert said.json["variables_changed"] == EVERYBODY + 1
    assert said.json["rows"]["updated"] == EVERYBODY


@pytest.mark.parametrize("action", ["drop_after", "late", "truncate", "drop_before", "cut"])
def test_a_lost_answer_is_looked_into_and_the_request_never_repeated(cli, everybody, to_all, action, monkeypatch):
    if action == "drop_before":
        be_impatient(monkeypatch)
    everybody.sandbox.faults.add(Fault(action, path="all.json", times=1, seconds=0.5))
    said = cli("sync", to_all(), "--json")
    assert said.status == 0
    assert said.json["requests"]["bulk_put"] == 1
    assert said.json["rows"]["updated"] == EVERYBODY
    assert all_ages(everybody) == ["39"] * EVERYBODY
    assert cli("sync", to_all(), "--json").json["rows"]["unchanged"] == EVERYBODY


def test_what_was_set_for_everybody_is_put_back_contact_by_contact(cli, everybody, to_all):
    run = cli("sync", to_all(), "--json").json["run_id"]
    said = cli("undo", run, "--json")
    assert said.json["rows"]["updated"] == EVERYBODY
    assert all_ages(everybody) == [str(100 + n) for n in range(EVERYBODY)]


def test_a_saved_plan_goes_one_by_one_when_the_project_has_grown(cli, everybody, to_all):
    cli("plan", to_all(), "--out", "plan.json")
    everybody.sandbox.add_contact(everybody.project, ["85512799999"], {"age": "7"})
    said = cli("apply", "plan.json", "--json")
    assert (said.json["requests"]["bulk_put"], said.json["requests"]["put"]) == (0, EVERYBODY)
    assert all_ages(everybody) == ["39"] * EVERYBODY + ["7"]
