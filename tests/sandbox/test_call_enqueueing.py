"""/api/call (API sheet 8)."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from connectors.sandbox.api.enqueue import call_variables

BOB = "Basic " + base64.b64encode(b"bob@example.org:other").decode()


@pytest.fixture
def clinic(world):
    """Ana's channel with its own flow, a schedule, and a flow of Bob's."""
    flow = world.sandbox.add_call_flow(world.clinic, "Reminder")
    world.sandbox.add_channel(world.ana, "chan", call_flow=flow)
    world.sandbox.add_schedule(world.clinic, "Office", time_from="09:00", time_to="17:00", weekdays="1,2,3,4,5")
    return world


def placed(world):
    (call,) = world.sandbox.calls()
    return call


def error(answer) -> str:
    assert (answer.status, answer.shape) == (400, "E")
    return answer.json()["error"]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("extension", [".json", ".xml", ""])
def test_8_1_any_verb_places_a_call(clinic, method, extension):
    answer = clinic.ask(method, f"/api/call{extension}?channel=chan&address=1&call_flow_id=1")
    assert answer.status == 200
    if method != "HEAD":
        assert answer.json() == {"call_id": 1, "state": "queued"}
    assert placed(clinic)["state"] == "queued"


def test_8_4_there_is_no_idempotency(clinic):
    path = "/api/call.json?channel=chan&address=1"
    assert [clinic.get(path).json()["call_id"] for _ in range(3)] == [1, 2, 3]


CHANNELS = {
    "by name": ("channel=chan", 200),
    "by another spelling": ("channel=CHAN%20", 200),
    "by id": ("channel_id=1", 200),
    "the name wins": ("channel=chan&channel_id=99", 200),
    "a blank name does not count": ("channel=&channel_id=1", 200),
    "shared by exact name": ("channel=Bobs", 200),
    "shared by another spelling": ("channel=bobs", 400),
    "shared by id": ("channel_id=2", 200),
    "unknown": ("channel=nope", 400),
}


@pytest.mark.parametrize(("query", "status"), CHANNELS.values(), ids=CHANNELS.keys())
def test_which_channel(clinic, query, status):
    clinic.sandbox.share_channel(clinic.sandbox.add_channel(clinic.bob, "Bobs"), clinic.ana)
    assert clinic.get(f"/api/call.json?{query}&address=1&call_flow_id=1").status == status


FLOWS = {
    # method, query, body; call flow, TwiML, callback URL
    "8.5 id first": ("GET", "call_flow_id=1&call_flow=x&flow=y", None, (1, None, None)),
    "8.5 id is cast": ("GET", "call_flow_id=1abc", None, (1, None, None)),
    "8.5 name next": ("GET", "call_flow=reminder&flow=y", None, (1, None, None)),
    "8.5 flow next": ("GET", "flow=%3CResponse/%3E&callback_url=u", None, (None, "<Response/>", None)),
    "8.5 callback next": ("GET", "callback_url=http://x", None, (None, None, "http://x")),
    "8.6 GET uses the channel's flow": ("GET", "", None, (1, None, None)),
    "8.6 an empty POST loses the channel's flow": ("POST", "", b"", (None, "", None)),
    "8.7 unless a flow is in the query": ("POST", "call_flow_id=1", b"", (1, None, None)),
    "8.19 the body is the flow, never the query": ("POST", "flow=q", b"<Response/>", (None, "<Response/>", None)),
}


@pytest.mark.parametrize(("method", "query", "body", "expected"), FLOWS.values(), ids=FLOWS.keys())
def test_which_flow(clinic, method, query, body, expected):
    answer = clinic.ask(method, f"/api/call.json?channel=chan&address=1&{query}", body, Content_Type="text/plain")
    assert answer.status == 200
    call = placed(clinic)
    assert (call["call_flow_id"], call["flow"], call["callback_url"]) == expected


def test_8_8_a_flow_by_name_may_be_somebody_elses_and_the_call_has_none(world):
    foreign = world.sandbox.add_project(world.bob, "Bobs", call_flows=["Reminder"])
    world.sandbox.add_call_flow(world.clinic, "Reminder")
    world.sandbox.add_channel(world.ana, "chan")
    answer = world.get(f"/api/call.json?channel=chan&address=1&call_flow=Reminder&project_id={world.clinic.id}")
    assert answer.json() == {"call_id": 1, "state": "queued"}
    assert (placed(world)["call_flow_id"], placed(world)["flow"]) == (None, None)
    world.sandbox.share_project(foreign, world.ana, "read")
    assert world.get("/api/call.json?channel=chan&address=1&call_flow=Reminder").status == 200
    assert world.sandbox.calls()[1]["project_id"] == foreign.id


def test_8_10_project_of_the_flow_or_asked_for_or_the_channels_or_default(clinic):
    second = clinic.sandbox.add_project(clinic.ana, "Second")
    clinic.sandbox.add_channel(clinic.ana, "bare")
    asked = ["channel=chan&call_flow_id=1", "channel=chan&flow=x", "channel=bare&flow=x", "channel=bare&flow=x"]
    for query in (f"{asked[0]}&project_id={second.id}", f"{asked[1]}&project_id={second.id}", asked[1], *asked[2:]):
        assert clinic.get(f"/api/call.json?address=1&{query}").status == 200
    projects = [call["project_id"] for call in clinic.sandbox.calls()]
    default = clinic.get("/api/projects.json").json()[1]
    assert default["name"] == "Default"
    assert projects == [1, second.id, 1, default["id"], default["id"]]


def test_8_10_before_3_3_there_is_no_default_project(clinic):
    clinic.sandbox.configure(version="3.2")
    clinic.sandbox.add_channel(clinic.ana, "bare")
    answer = clinic.get("/api/call.json?channel=bare&address=1&flow=x")
    assert error(answer) == "undefined method `time_zone' for nil:NilClass"


def test_8_11_a_call_belongs_to_the_flows_owner(clinic):
    channel = clinic.sandbox.add_channel(clinic.bob, "bobs")
    clinic.sandbox.share_project(clinic.clinic, clinic.bob, "read")
    call_id = clinic.get(f"/api/call.json?channel_id={channel.id}&address=1&call_flow_id=1", auth=BOB).json()["call_id"]
    assert placed(clinic)["account_id"] == clinic.ana.id
    for action in ("state", "cancel"):
        assert clinic.get(f"/api/calls/{call_id}/{action}.json", auth=BOB).shape == "B"
    assert clinic.get(f"/api/calls/{call_id}/state.json").json()["state"] == "queued"


BASE = "/api/call.json?channel=chan&address=1"
NIL = "undefined method `{}' for nil:NilClass"
ERRORS = {
    "no channel": ("/api/call.json?address=1", "Channel not found: "),
    "empty channel": ("/api/call.json?channel=&channel_id=7&address=1", "Channel not found: "),
    "unknown id": ("/api/call.json?channel_id=7&address=1", "Channel not found: 7"),
    "disabled": ("/api/call.json?channel=off&address=1", "Channel is disabled"),
    "no address": ("/api/call.json?channel=chan", "Call address cannot be empty"),
    "blank address": ("/api/call.json?channel=chan&address=%20", "Call address cannot be empty"),
    "8.9 no such flow": (BASE + "&call_flow_id=99", NIL.format("project")),
    "8.9 empty flow name": (BASE + "&call_flow=", NIL.format("project")),
    "8.10 foreign project": (BASE + "&flow=x&project_id=99", NIL.format("time_zone")),
    "no such schedule id": (
        BASE + "&schedule_id=9",
        "Couldn't find Schedule with id=9 [WHERE `schedules`.`project_id` = 1]",
    ),
    "no such schedule": (BASE + "&schedule=x", "Couldn't find Schedule with name = x"),
    "8.18 empty schedule": (BASE + "&schedule=", "Couldn't find Schedule with name = "),
    "8.18 the id wins": (
        BASE + "&schedule=Office&schedule_id=",
        "Couldn't find Schedule with id= [WHERE `schedules`.`project_id` = 1]",
    ),
    "unknown zone": (BASE + "&time_zone=buenos%20aires", "Time zone buenos aires not supported"),
    "nested zone": (BASE + "&time_zone[]=x", 'invalid argument to TimeZone[]: ["x"]'),
    "8.14 no such date": (BASE + "&not_before=2030-13-45", "Invalid date: Not Before"),
    "8.14 no such end": (BASE + "&not_after=25:00", "Invalid date: Not After"),
    "8.15 past end": (BASE + "&not_after=2020-01-01", "Not After date can't be in the past"),
    "end before start": (
        BASE + "&not_before=2030-01-02&not_after=2030-01-01",
        "Not After date can't be before Not Before date",
    ),
    "end before the slot": (
        BASE + "&schedule=Office&not_before=2026-11-28&not_after=2026-11-29",
        "Not After date can't be before schedule's next available date",
    ),
}


@pytest.mark.parametrize(("path", "text"), ERRORS.values(), ids=ERRORS.keys())
def test_8_17_error_texts(clinic, path, text):
    clinic.sandbox.add_channel(clinic.ana, "off", enabled=False)
    assert error(clinic.get(path)) == text
    assert clinic.sandbox.calls() == []


def test_disabled_channels_are_refused_from_3_1_on(clinic):
    clinic.sandbox.add_channel(clinic.ana, "off", enabled=False)
    clinic.sandbox.configure(version="3.0.2")
    assert clinic.get("/api/call.json?channel=off&address=1&call_flow_id=1").status == 200


STRANDED = {
    "callback URL": ("callback_url=" + "u" * 256, "Mysql2::Error: Data too long for column 'callback_url'"),
    "status callback": ("status_callback_url=" + "u" * 256, "Mysql2::Error: Data too long"),
    "bad bytes in vars": ("vars[a]=%F1", "invalid byte sequence in UTF-8"),
}


@pytest.mark.parametrize(("query", "text"), STRANDED.values(), ids=STRANDED.keys())
def test_8_12_a_refused_queue_row_leaves_a_log_that_is_never_dialled(clinic, query, text):
    assert error(clinic.get(f"{BASE}&{query}")).startswith(text)
    clinic.sandbox.advance(3)
    assert (placed(clinic)["state"], placed(clinic)["queued"]) == ("queued", False)


def test_8_17_an_error_of_the_database_shows_the_whole_statement(clinic):
    texts = "vars[name]=O'Neil&callback_params[a]=1&status_callback_url=" + "u" * 256
    said = error(clinic.get(f"{BASE}&{texts}"))
    _, _, statement = said.partition(" at row 1: ")
    assert statement.startswith("INSERT INTO `queued_calls` (`address`, `call_flow_id`, `call_log_id`, ")
    assert r"\nname: O\'Neil\n" in statement
    assert statement.endswith(")")


def test_8_12_a_session_id_leaves_a_queue_row_without_a_log(clinic):
    assert error(clinic.get(BASE + "&session_id=1")) == "private method `warn' called for nil:NilClass"
    assert clinic.sandbox.calls() == []
    assert clinic.sandbox.state.database.value("select count(*) from queued_calls") == 1


def test_8_22_twiml_has_a_limit_in_bytes(clinic):
    fits, too_long = b"x" * 65_535, b"x" * 65_536
    assert clinic.post(BASE, fits, Content_Type="text/plain").status == 200
    assert error(clinic.post(BASE, too_long, Content_Type="text/plain")).startswith("Mysql2::Error: Data too long")


VARIABLES = {
    "0": 0,
    "38": 38,
    "9" * 30: int("9" * 30),
    "038": "038",
    "-1": "-1",
    "3.5": "3.5",
    "+5": "+5",
    "": "",
    "abc\n12": 0,
    "12\nabc": 12,
    "1٣": "1٣",
}


@pytest.mark.parametrize(("value", "queued"), VARIABLES.items())
def test_8_13_digits_become_integers(clinic, value, queued):
    clinic.get(f"{BASE}&vars[any%20name]={quote(value)}")
    assert placed(clinic)["vars"] == {"any name": queued}
    assert clinic.vars_of() == {"age": "38"}


def test_8_13_what_is_no_hash_is_ignored():
    assert call_variables("abc") == call_variables(["a"]) == call_variables(None) == {}
    assert call_variables({"a": None, "b": 5, "c": "😀"}) == {"a": None, "b": 5, "c": "😀"}


def test_8_16_a_schedule_moves_the_queue_row_but_not_the_log(clinic):
    # Saturday: the next slot is Monday 09:00.
    assert clinic.get(BASE + "&schedule=Office&not_before=2026-11-28%2008:00").status == 200
    assert placed(clinic)["not_before"] == "2026-11-28T08:00:00Z"
    assert placed(clinic)["queued_for"] == "2026-11-30T09:00:00Z"
    assert clinic.get(BASE + "&schedule=Office").status == 200
    later = clinic.sandbox.calls()[1]
    assert (later["not_before"], later["queued_for"]) == (None, "2026-11-23T10:00:00Z")


def test_dates_are_read_in_the_zone_asked_for_or_the_projects(world):
    project = world.sandbox.add_project(world.ana, "Bangkok", call_flows=["F"], time_zone="Bangkok")
    world.sandbox.add_channel(world.ana, "chan", call_flow=world.sandbox.call_flow("F"))
    for zone in ("", "Buenos%20Aires", "Asia/Kolkata"):
        assert world.get(f"{BASE}&not_before=2030-01-02%2010:11:12&time_zone={zone}").status == 200
    assert {call["project_id"] for call in world.sandbox.calls()} == {project.id}
    assert [call["not_before"] for call in world.sandbox.calls()] == [
        "2030-01-02T03:11:12Z",
        "2030-01-02T13:11:12Z",
        "2030-01-02T04:41:12Z",
    ]


def test_8_14_a_raw_plus_drops_the_offset(clinic):
    clinic.get(BASE + "&not_before=2030-01-02T10:00:00+03:00")
    clinic.get(BASE + "&not_before=2030-01-02T10:00:00%2B03:00")
    assert [call["not_before"] for call in clinic.sandbox.calls()] == ["2030-01-02T10:00:00Z", "2030-01-02T07:00:00Z"]


BODIES = {
    # type, body; status, flow of the call, call flow
    "8.19 plain": ("text/plain", b"<Response/>", (200, "<Response/>", None)),
    "8.19 no type": (None, b"<Response/>", (200, "<Response/>", None)),
    "8.19 no type, percent sign": (None, b"<Response><Say>100% sure</Say></Response>", (500, None, None)),
    "8.19 plain, percent sign": ("text/plain", b"<Say>100% sure</Say>", (200, "<Say>100% sure</Say>", None)),
    "8.19 an entity injects": (None, b"<Play>http://x?a=1&amp;call_flow_id=1</Play>", (200, None, 1)),
    "8.19 xml": ("application/xml", b"<Response/>", (200, "<Response/>", None)),
    "8.19 broken xml": ("text/xml", b"<Response>", (500, None, None)),
    "8.19 xml root as parameter": ("text/xml", b"<call_flow_id>1</call_flow_id>", (200, None, 1)),
    "8.19 json": ("application/json", b"{}", (200, "{}", None)),
    "8.19 broken json": ("application/json", b"<Response/>", (500, None, None)),
    "8.19 multipart": ("multipart/form-data; boundary=x", b"<Response/>", (200, "", None)),
    "8.20 form": ("application/x-www-form-urlencoded", b"call_flow_id=1", (200, None, 1)),
}


@pytest.mark.parametrize(("kind", "body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_bodies(clinic, kind, body, expected):
    status, flow, call_flow = expected
    headers = {"Content_Type": kind} if kind else {}
    answer = clinic.post(BASE, body, **headers)
    assert answer.status == status
    if status == 500:
        assert answer.shape == ("lowlevel" if kind is None else "C")
        assert clinic.sandbox.calls() == []
    else:
        assert (placed(clinic)["flow"], placed(clinic)["call_flow_id"]) == (flow, call_flow)


def test_8_20_all_parameters_may_be_in_the_body(clinic):
    body = json.dumps({"channel": "chan", "address": "7", "call_flow_id": 1, "vars": {"a": "1"}})
    assert clinic.post("/api/call.json", body, Content_Type="application/json").status == 200
    assert (placed(clinic)["address"], placed(clinic)["vars"]) == ("7", {"a": 1})


def test_8_23_the_contact_is_found_by_collation_or_left_open(clinic):
    for address in ("85512345001%20", "nobody", "85512345002&contact_id=77"):
        clinic.get(f"/api/call.json?channel=chan&address={address}")
    assert [call["contact_id"] for call in clinic.sandbox.calls()] == [1, None, 77]
    assert [call["address"] for call in clinic.sandbox.calls()] == ["85512345001 ", "nobody", "85512345002"]


def test_an_address_that_does_not_fit_leaves_no_log(clinic):
    assert error(clinic.get("/api/call.json?channel=chan&address=" + "1" * 256)).startswith(
        "Mysql2::Error: Data too long for column 'address' at row 1: INSERT INTO `call_logs`"
    )
    assert clinic.get("/api/call.json?channel=chan&address[]=1").status == 200
    assert placed(clinic)["address"] == "---\n- '1'\n"


def test_8_25_a_call_overtaken_on_its_way_into_the_queue_is_stranded(clinic):
    clinic.sandbox.configure(workers=2, queue_row_seconds=0.6)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(clinic.get, BASE)
        clinic.until_begun()
        clinic.sandbox.configure(queue_row_seconds=0.0)
        assert clinic.get(BASE).json()["call_id"] == 2
        assert slow.result().json() == {"call_id": 1, "state": "queued"}
    clinic.sandbox.advance(2)
    assert [call["state"] == "queued" for call in clinic.sandbox.calls()] == [True, False]
    assert clinic.sandbox.calls()[0]["queued"]


def test_8_15_a_start_in_the_past_is_due(clinic):
    clinic.set_now(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert clinic.get(BASE + "&not_before=2020-01-01").status == 200
    clinic.sandbox.advance()
    assert placed(clinic)["state"] == "active"
