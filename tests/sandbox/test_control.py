"""The control endpoints, for a sandbox in another process."""

from __future__ import annotations

import json


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


def test_mistakes_are_told(world):
    assert control(world, "GET", "nothing")[0] == 404
    assert control(world, "POST", "seed", {"projects": [{"account": "nobody", "name": "x"}]})[0] == 400
    assert world.post("/_sandbox/faults.json", "{").status == 400
