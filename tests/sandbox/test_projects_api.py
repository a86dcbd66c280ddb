"""Projects, call flows, variables, schedules, packages (API sheet 2 and 10.6-10.9)."""

from __future__ import annotations

import json

import pytest


def test_2_1_keys_and_2_2_order(world):
    other = world.sandbox.add_project(
        world.ana, "alpha", variables=["z", "a"], call_flows=["beta", "Alpha"], schedules=["week", "Day"]
    )
    listed = world.get("/api/projects.json").json()
    assert [project["name"] for project in listed] == ["alpha", "Clinic"]
    assert list(listed[0]) == ["id", "name", "call_flows", "schedules", "contact_vars"]
    assert [flow["name"] for flow in listed[0]["call_flows"]] == ["Alpha", "beta"]
    assert listed[0]["schedules"] == ["Day", "week"]
    assert listed[0]["contact_vars"] == ["z", "a"]
    assert world.get(f"/api/projects/{other.id}.json").json() == listed[0]


def test_2_3_only_own_projects(world, basic_header):
    bob = basic_header("bob@example.org", "other")
    world.sandbox.share_project(world.clinic, world.bob, "admin")
    assert world.get("/api/projects.json", auth=bob).json() == []


@pytest.mark.parametrize("path", ["/api/projects/999.json", "/api/projects/abc.json"])
def test_2_4_a_missing_project_is_the_404_page(world, path):
    answer = world.get(path)
    assert (answer.status, answer.shape) == (404, "C")


def test_2_5_implicit_variables_are_neither_listed_nor_written(world):
    world.sandbox.add_implicit_value(world.contacts["85512345001"], "language", "km")
    assert "language" not in world.get(f"{world.project}.json").json()["contact_vars"]
    assert "language" not in world.vars_of()
    assert world.put_age("vars[language]=en").text == "No such variable: language"


def test_2_6_duplicate_names_are_listed_and_the_newest_is_written(world):
    world.sandbox.add_variable(world.clinic, "age")
    assert world.get(f"{world.project}.json").json()["contact_vars"].count("age") == 2
    assert world.put_age("vars[age]=1").json()["vars"]["age"] == "1"


def test_10_6_schedules_have_no_id(world):
    world.sandbox.add_schedule(world.clinic, "Office", time_from="08:00", time_to="17:30", weekdays="1,2", retries="1h")
    shown = {"name": "Office", "retries": "1h", "weekdays": "1,2", "time_from_str": "8:00", "time_to_str": "17:30"}
    answer = world.get(f"{world.project}/schedules.json")
    assert answer.json() == [shown]
    assert list(answer.json()[0]) == list(shown)
    assert world.get(f"{world.project}/schedules/office.json").json() == shown


def test_10_6_a_missing_schedule_is_null_and_cannot_be_changed(world):
    missing = world.get(f"{world.project}/schedules/none.json")
    assert (missing.status, missing.body) == (200, b"null")
    assert world.put(f"{world.project}/schedules/none.json", "{}").shape == "C"
    assert world.ask("DELETE", f"{world.project}/schedules/none.json").status == 500


def test_schedules_can_be_created_changed_and_removed(world):
    given = {"name": "Night", "time_from_str": "20:00", "time_to_str": "22:00", "project_id": world.clinic.id}
    made = world.post(f"{world.project}/schedules.json", json.dumps(given))
    assert made.json()["time_from_str"] == "20:00"
    again = world.post(f"{world.project}/schedules.json", json.dumps(given))
    assert (again.status, again.json()["properties"]) == (200, [{"name": "has already been taken"}])
    changed = world.put(f"{world.project}/schedules/Night.json", '{"retries": "2h"}')
    assert (changed.status, changed.shape) == (200, "B")
    assert world.get(f"{world.project}/schedules/Night.json").json()["retries"] == "2h"
    assert world.ask("DELETE", f"{world.project}/schedules/Night.json").status == 200
    assert world.get(f"{world.project}/schedules.json").json() == []


def test_10_7_the_list_of_call_flows_is_always_an_error(world):
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    assert (world.get(f"{world.project}/call_flows.json").status) == 500
    shown = world.get(f"{world.project}/call_flows/{flow.id}.json")
    assert shown.json() == {"id": flow.id, "name": "Reminder"}
    assert world.get(f"{world.project}/call_flows/999.json").shape == "C"
    assert world.get("/api/projects/999/call_flows.json").status == 404


def test_10_8_project_variables(world):
    listed = world.get(f"{world.project}/project_variables.json").json()
    assert [list(entry) for entry in listed] == [["id", "name"]] * 3
    assert [entry["name"] for entry in listed] == ["age", "favorite color", "village"]


def test_10_9_packages_end_in_a_json_404(world):
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    for flow_id, title in ((flow.id, "Call flow does not export a FLOIP package"), (99, "Call flow does not exist")):
        answer = world.get(f"{world.project}/call_flows/{flow_id}/flow_results/packages.json")
        error = answer.json()["errors"][0]
        assert (answer.status, error["status"], error["title"]) == (404, "404", title)
    world.sandbox.configure(version="3.1.2")
    assert world.get(f"{world.project}/call_flows/{flow.id}/flow_results/packages.json").shape == "C"
