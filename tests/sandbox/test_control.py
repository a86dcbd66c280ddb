"""The control endpoints, for a sandbox in another process."""

from __future__ import annotations

import json
from pathlib import Path

from connectors.sandbox import Fault


def control(world, method, name, body=None):
    answer = world.ask(method, f"/_sandbox/{name}.json", None if body is None else json.dumps(body), auth=None)
    return answer.status, answer.json()


def test_requests_are_listed_and_forgotten(world):
    world.get("/api/projects.json")
    status, listed = control(world, "GET", "requests")
    assert (status, len(listed["requests"]), listed["most_in_flight"]) == (200, 1, 1)
    assert listed["requests"][0]["target"] == "/api/projects.json"
    assert "secret" not in json.dumps(listed)
    control(world, "DELETE", "requests")
    assert control(world, "GET", "requests")[1]["requests"] == []


def test_faults_are_added_and_cleared(world):
    status, listed = control(world, "POST", "faults", {"action": "reply", "status": 429, "times": 1})
    assert (status, listed[0]["status"]) == (200, 429)
    assert world.get("/api/projects.json").status == 429
    assert control(world, "GET", "faults")[1][0]["done"] == 1
    assert control(world, "DELETE", "faults") == (200, [])


def test_settings_are_changed_while_running(world):
    assert control(world, "PUT", "settings", {"workers": 3, "sql_mode": "truncating"})[1]["workers"] == 3
    assert control(world, "GET", "settings")[1]["sql_mode"] == "truncating"
    status, refused = control(world, "PUT", "settings", {"speed": 1})
    assert (status, refused) == (400, {"error": "ValueError: no such setting: speed"})


def test_a_world_is_seeded_and_looked_at(world):
    document = {
        "accounts": [{"email": "zoe@example.org", "password": "z"}],
        "projects": [
            {
                "account": "zoe@example.org",
                "name": "Zoes",
                "variables": ["age"],
                "call_flows": ["F"],
                "contacts": [{"addresses": ["1", "2"], "vars": {"age": "3"}}],
                "shared_with": {"ana@example.org": "admin"},
            }
        ],
        "channels": [{"account": "zoe@example.org", "name": "c", "call_flow": "F", "shared_with": ["ana@example.org"]}],
        "outcomes": {"1": ["busy"]},
    }
    status, ids = control(world, "POST", "seed", document)
    project = ids["projects"]["Zoes"]
    assert status == 200
    assert world.get(f"/api/projects/{project}/contacts.json").json()[0]["addresses"] == ["1", "2"]
    world.get(f"/api/call.json?channel=c&address=1&project_id={project}")
    calls = control(world, "POST", "advance", {"steps": 2})[1]
    assert [(call["state"], call["fail_reason"]) for call in calls] == [("failed", "busy")]
    seen = control(world, "GET", "state")[1]
    assert [entry["name"] for entry in seen["projects"]] == ["Clinic", "Zoes"]
    assert seen["calls"] == calls


ALONE = {
    "accounts": [{"email": "ana@example.org", "password": "new"}],
    "projects": [{"account": "ana@example.org", "name": "P", "contacts": [{"addresses": ["85512345001"]}]}],
}


def test_a_reset_leaves_nothing_and_ids_start_at_1(world):
    cookie = world.get("/api/projects.json").headers["set-cookie"].partition(";")[0]
    world.sandbox.faults.add(Fault("reply"))
    world.sandbox.add_channel(world.ana, "chan")
    world.sandbox.set_outcomes("1", "busy")
    world.sandbox.advance(seconds=3600)
    assert control(world, "POST", "reset") == (200, {})
    assert control(world, "GET", "state")[1] == {"projects": [], "channels": [], "calls": []}
    assert control(world, "GET", "requests")[1]["requests"] == []
    assert world.get("/api/projects.json", Cookie=cookie).status == 401
    assert control(world, "POST", "seed", ALONE)[1]["projects"] == {"P": 1}
    assert world.sandbox.as_dict()["projects"][0]["contacts"][0]["id"] == 1
    assert world.get("/api/projects.json", Cookie=cookie).status == 401


def test_calls_are_taken_up_again_after_a_reset(world):
    for _ in range(2):
        control(world, "POST", "reset")
        account = world.sandbox.add_account("ana@example.org", "secret")
        flow = world.sandbox.add_call_flow(world.sandbox.add_project(account, "P"), "F")
        world.sandbox.add_channel(account, "c", call_flow=flow)
        assert world.get("/api/call.json?channel=c&address=1").json()["call_id"] == 1
        assert [call["state"] for call in control(world, "POST", "advance", {"steps": 1})[1]] == ["active"]


def test_contacts_are_seeded_under_the_ids_they_are_given(world):
    people = [{"addresses": ["5"]}, {"addresses": ["6"], "id": 90}, {"addresses": ["7"]}]
    control(world, "POST", "seed", {"projects": [{"account": "ana@example.org", "name": "Q", "contacts": people}]})
    assert [contact["id"] for contact in world.sandbox.as_dict()["projects"][1]["contacts"]] == [3, 90, 91]


def test_the_document_of_the_documentation_can_be_seeded(world):
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    document = json.loads(text.partition("```json\n")[2].partition("```")[0])
    control(world, "POST", "reset")
    status, ids = control(world, "POST", "seed", document)
    assert (status, ids["projects"], ids["channels"]) == (200, {"Clinic": 1}, {"line": 1})
    assert [contact["id"] for contact in control(world, "GET", "state")[1]["projects"][0]["contacts"]] == [1, 90]


def test_mistakes_are_told(world):
    assert control(world, "GET", "nothing")[0] == 404
    assert control(world, "POST", "seed", ALONE)[0] == 400
    assert control(world, "POST", "seed", {"projects": [{"account": "nobody", "name": "x"}]})[0] == 400
    assert world.post("/_sandbox/faults.json", "{").status == 400
