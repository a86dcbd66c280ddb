"""Faults on demand, the cost of requests, the workers and the log."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.sandbox import Fault, SandboxSettings


def test_a_status_instead_of_the_work(world):
    world.sandbox.faults.add(Fault("reply", method="PUT", status=503, headers={"Retry-After": "7"}, times=1))
    answer = world.put_age("vars[age]=1")
    assert (answer.status, answer.headers["retry-after"], world.vars_of()) == (503, "7", {"age": "38"})
    assert world.put_age("vars[age]=1").status == 200
    assert [record.fault for record in world.sandbox.requests] == ["reply", ""]


def test_a_status_after_the_work(world):
    world.sandbox.faults.add(Fault("reply", status=500, body="oops", commits=True))
    answer = world.put_age("vars[age]=1")
    assert (answer.status, answer.text, world.vars_of()) == (500, "oops", {"age": "1"})


@pytest.mark.parametrize(("action", "age"), [("drop_before", "38"), ("drop_after", "1")])
def test_a_dropped_connection(world, action, age):
    world.sandbox.faults.add(Fault(action, times=1))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        world.put_age("vars[age]=1")
    assert world.vars_of() == {"age": age}
    assert world.sandbox.requests[-1].status == 0
    assert world.get("/api/projects.json").status == 200


def test_504_but_committed(world):
    world.sandbox.faults.add(Fault("late", seconds=0.6, times=1))
    answer = world.put_age("vars[age]=1")
    assert (answer.status, answer.type, world.vars_of()) == (504, "text/html", {"age": "38"})
    # The only worker is still busy: this one waits until the work has landed.
    assert world.get(f"{world.project}/contacts/by_address/85512345001.json").json()["vars"] == {"age": "1"}


def test_12_4_a_front_end_gives_up_while_the_work_goes_on(world):
    world.sandbox.configure(front_end_timeout=0.1, request_seconds=0.6)
    assert world.put_age("vars[age]=1").status == 504
    assert world.vars_of() == {"age": "38"}
    world.sandbox.configure(front_end_timeout=None, request_seconds=0.0)
    assert world.get(f"{world.project}/contacts/by_address/85512345001.json").json()["vars"] == {"age": "1"}


def test_html_and_truncated_json(world):
    world.sandbox.faults.add(Fault("html", times=1), Fault("truncate", times=1))
    page = world.get("/api/projects.json")
    assert (page.status, page.type) == (200, "text/html; charset=utf-8")
    with pytest.raises(json.JSONDecodeError):
        world.get("/api/projects.json").json()


@pytest.mark.parametrize(("action", "received"), [("cut", 0), ("cut_between_chunks", 0.5)])
@pytest.mark.parametrize("path", ["/api/projects.json", "/api/nothing.json"])
def test_a_reply_that_is_cut_off(world, action, received, path):
    whole = world.get(path)
    world.sandbox.faults.add(Fault(action))
    with pytest.raises(http.client.IncompleteRead) as cut:
        world.get(path)
    chunked = "transfer-encoding" in whole.headers
    assert len(cut.value.partial) == int(len(whole.body) * (received if chunked else 0.5))


def test_which_requests_are_struck(world):
    rule = Fault("reply", method="^GET$", path="projects", every=3, skip=1, times=2)
    world.sandbox.faults.add(rule)
    statuses = [world.get("/api/projects.json").status for _ in range(12)]
    assert [number for number, status in enumerate(statuses, 1) if status == 503] == [4, 7]
    assert world.put_age("vars[age]=1").status == 200
    assert world.sandbox.faults.as_dicts()[0]["done"] == 2


def test_chance_is_the_same_for_the_same_seed(world):
    def struck() -> list[int]:
        world.sandbox.faults.clear()
        world.sandbox.faults.add(Fault("reply", probability=0.3, seed=5))
        return [world.get("/api/projects.json").status for _ in range(30)]

    first = struck()
    assert first == struck()
    assert set(first) == {200, 503}


def test_faults_and_settings_there_are_not_are_refused(world):
    with pytest.raises(ValueError, match="action must be"):
        Fault("explode")
    with pytest.raises(ValueError, match="no such setting: colour"):
        world.sandbox.configure(colour="red")
    with pytest.raises(ValueError, match="workers"):
        world.sandbox.configure(workers=0)
    with pytest.raises(ValueError, match="sql_mode"):
        SandboxSettings().changed(sql_mode="lax")


def seconds(action, *arguments, **named) -> float:
    start = time.perf_counter()
    action(*arguments, **named)
    return time.perf_counter() - start


def test_the_cost_of_a_request_of_a_login_and_of_a_listed_contact(world):
    cookie = world.get("/api/projects.json").headers["set-cookie"].partition(";")[0]
    world.sandbox.configure(request_seconds=0.05, login_seconds=0.1, contact_seconds=0.1)
    one = f"{world.project}/contacts/by_address/85512345001.json"
    assert seconds(lambda: world.get(one, Cookie=cookie)) >= 0.05
    assert seconds(lambda: world.get(one)) >= 0.15
    assert seconds(lambda: world.get(f"{world.project}/contacts.json", Cookie=cookie)) >= 0.25


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_are_how_many_requests_are_worked_on_at_once(world, workers):
    world.sandbox.configure(workers=workers, request_seconds=0.1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.get("/api/projects.json"), range(4)))
    assert world.sandbox.log.most_at_work == workers
    assert world.sandbox.log.most_in_flight == 4


def test_those_who_wait_are_served_in_order_and_more_workers_take_them_up_at_once(world):
    world.sandbox.configure(request_seconds=0.3)
    with ThreadPoolExecutor(3) as pool:
        pending = [pool.submit(world.get, "/api/projects.json")]
        world.until_begun()
        pending += [pool.submit(world.get, "/api/projects.json") for _ in range(2)]
        while len(world.sandbox.requests) < 3:
            time.sleep(0.005)
        world.sandbox.configure(workers=3)
        assert [answer.result().status for answer in pending] == [200, 200, 200]
    assert world.sandbox.log.most_at_work == 3
    world.sandbox.configure(workers=1, request_seconds=0.02)
    world.sandbox.log.reset()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.get("/api/projects.json"), range(8)))
    ended = [record.started_at + record.seconds for record in world.sandbox.requests]
    assert ended == sorted(ended)


def test_the_log_tells_what_was_asked(world):
    world.put_age("vars[age]=1", Accept="application/json")
    record = world.sandbox.requests[-1]
    assert (record.method, record.path, record.query) == (
        "PUT",
        f"{world.project}/contacts/by_address/85512345001.json",
        "vars[age]=1",
    )
    assert (record.status, record.account, record.login) == (200, "ana@example.org", "basic")
    assert (record.content_length, record.content_type, record.accept) == ("0", None, "application/json")
    assert (record.in_flight, record.address_in_flight) == (1, 1)
    assert (world.sandbox.count("PUT"), world.sandbox.count("GET"), world.sandbox.count(path="by_address")) == (1, 0, 1)
    world.sandbox.reset()
    assert world.sandbox.requests == []
