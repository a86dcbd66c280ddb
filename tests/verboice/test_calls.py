"""Call requests as they are sent, and what their answers mean."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest

from connectors.values import CallRequest
from connectors.verboice.calls import LONGEST_TWIML, call_request, check_twiml
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import (
    CallNotVisible,
    CallRefused,
    CannotCancel,
    CannotSend,
    LoginRefused,
    NoAnswer,
    Reached,
    ServerUnreachable,
    UnexpectedReply,
    VerboiceFault,
)

HELLO = "<Response><Say language='en'>Hello</Say><Hangup/></Response>"
Make = Callable[..., VerboiceClient]


def test_a_call_with_a_flow_is_a_get_with_everything_in_the_query():
    call = CallRequest(
        channel=3,
        address="+855 12 345",
        call_flow_id=5,
        project_id=12,
        variables={"name": "Bo & Li", "dose": "1;2"},
        schedule="Office hours",
        not_before="2026-12-01 09:00:00",
        not_after="2026-12-02 09:00:00",
        time_zone="UTC",
    )
    request = call_request(call)
    path, _, query = request.target.partition("?")
    assert (request.method, path, request.body) == ("GET", "/api/call.json", b"")
    assert parse_qsl(query) == [
        ("channel_id", "3"),
        ("address", "+855 12 345"),
        ("call_flow_id", "5"),
        ("schedule", "Office hours"),
        ("not_before", "2026-12-01 09:00:00"),
        ("not_after", "2026-12-02 09:00:00"),
        ("time_zone", "UTC"),
        ("vars[name]", "Bo & Li"),
        ("vars[dose]", "1;2"),
    ]


def test_the_channels_own_flow_is_asked_for_by_get_as_well():
    request = call_request(CallRequest(channel="chan", address="123", time_zone="", schedule=""))
    assert (request.method, request.target) == ("GET", "/api/call.json?channel=chan&address=123")


def test_twiml_is_posted_as_plain_text_with_its_project():
    request = call_request(
        CallRequest(channel=3, address="123", twiml="<Response><Say>é</Say></Response>", project_id=12)
    )
    assert (request.method, request.target) == ("POST", "/api/call.json?channel_id=3&address=123&project_id=12")
    assert request.body == "<Response><Say>é</Say></Response>".encode()
    assert request.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "call",
    [
        CallRequest(channel=3, address=" "),
        CallRequest(channel=3, address="1", call_flow_id=5, twiml=HELLO),
        CallRequest(channel=3, address="1", twiml=""),
        CallRequest(channel=3, address="1", twiml="<Response><Sms/></Response>"),
        CallRequest(channel=3, address="1", variables={"a[b]": "x"}),
        CallRequest(channel=3, address="1", variables={"a": "x" * 9_000}),
    ],
)
def test_calls_that_would_mean_something_else_are_not_sent(call: CallRequest):
    with pytest.raises(CannotSend) as refused:
        call_request(call)
    assert refused.value.reached is Reached.NO


@pytest.mark.parametrize(
    "text",
    [
        HELLO,
        "<Response>\n <Play>http://example.org/a.mp3</Play><Pause length='2'/></Response>",
        "<Response><Gather numDigits='1' timeout='5' finishOnKey='#' action='http://x' method='post'/></Response>",
        "<Response><Gather><Say>1?</Say><Play>http://x</Play></Gather></Response>",
        "<Response><Dial channel='c' callerId='1' successfulAfter='3'>123</Dial></Response>",
        "<Response><Record timeout='3' finishOnKey='#' action='http://x' method='GET'/></Response>",
        "<Response><Redirect method='GET'>http://x</Redirect></Response>",
    ],
)
def test_twiml_that_the_broker_understands(text: str):
    assert check_twiml(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not well-formed"),
        ("<Response>", "not well-formed"),
        ("<Reply/>", "root must be <Response>"),
        ("<Response/>", "nothing to do"),
        ("<Response><Sms>x</Sms></Response>", "does not know <Sms>"),
        ("<Response><say>x</say></Response>", "does not know <say>"),
        ("<Response><Gather input='speech'/></Response>", "attribute input"),
        ("<Response><Say voice='alice'>x</Say></Response>", "attribute voice"),
        ("<Response><Pause length='2.5'/></Response>", "whole number"),
        ("<Response><Redirect method='PUT'>http://x</Redirect></Response>", "GET or POST"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><Response><Say>é</Say></Response>", "says ISO-8859-1"),
        ("<Response><Dial><Number>1</Number></Dial></Response>", "ignores <Number>"),
        ("<!DOCTYPE x [<!ENTITY e 'x'>]><Response><Say>&e;</Say></Response>", "document type"),
        (f"<Response><Say>{'x' * LONGEST_TWIML}</Say></Response>", "bytes"),
    ],
)
def test_twiml_that_would_fail_in_the_broker(text: str, says: str):
    assert says in " ".join(check_twiml(text))


@pytest.mark.parametrize(
    "answer",
    [
        lambda wire: wire.drops(),
        lambda wire: wire.stays_silent(),
        lambda wire: wire.answers(504, b"<html>", "text/html"),
        lambda wire: wire.answers(503, b"<html>", "text/html"),
        lambda wire: wire.answers(500, b"<html>", "text/html"),
    ],
)
def test_a_call_without_a_usable_answer_is_left_open_and_never_sent_again(wire, client_of: Make, answer):
    answer(wire)
    with pytest.raises(NoAnswer) as fault:
        client_of(wire.url, timeout=0.2).enqueue_call(CallRequest(channel=3, address="123"))
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


PAGE = b"<html>blocked</html>"


@pytest.mark.parametrize(
    ("status", "body", "content_type", "headers"),
    [
        (400, PAGE, "text/html", {}),
        (400, b"", "text/html", {}),
        (400, b'{"error":"no","code":7}', "application/json", {}),
        (400, b'{"message":"filtered"}', "application/json", {}),
        (401, PAGE, "text/html", {"WWW_Authenticate": 'Basic realm="proxy"'}),
        (401, PAGE, "text/html", {}),
        (402, PAGE, "text/html", {}),
        (403, PAGE, "text/html", {}),
        (404, PAGE, "text/html", {}),
        (404, b" ", "text/html", {}),
        (405, PAGE, "text/html", {}),
        (409, b"{}", "application/json", {}),
        (418, b"", "text/html", {}),
        (451, PAGE, "text/html", {}),
    ],
)
def test_a_no_that_is_not_verboices_own_leaves_the_call_open(
    wire, client_of: Make, status, body, content_type, headers
):
    wire.answers(status, body, content_type, **headers)
    with pytest.raises(VerboiceFault) as fault:
        client_of(wire.url).enqueue_call(CallRequest(channel=3, address="123"))
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "content_type", "headers", "kind"),
    [
        (400, b'{"error":"Channel is disabled"}', "application/json", {}, CallRefused),
        (400, b'{"error":"Channel is disabled"}', "text/html", {}, CallRefused),
        (
            401,
            b'{"error":"Invalid email or password."}',
            "application/json",
            {"WWW_Authenticate": "Basic"},
            LoginRefused,
        ),
        (401, b" ", "text/html", {}, LoginRefused),
        (404, b"<html>".ljust(728), "text/html; charset=utf-8", {}, UnexpectedReply),
    ],
)
def test_verboices_own_no_is_one(wire, client_of: Make, status, body, content_type, headers, kind):
    wire.answers(status, body, content_type, **headers)
    with pytest.raises(kind) as fault:
        client_of(wire.url).enqueue_call(CallRequest(channel=3, address="123"))
    assert fault.value.reached is Reached.YES


def test_a_call_whose_login_is_refused_is_not_sent_again_without_its_cookie(wire, client_of: Make):
    wire.answers(200, b"[]", Set_Cookie="_verboice_session=abc; path=/")
    wire.answers(401, b'{"error":"no"}', WWW_Authenticate='Basic realm="Application"')
    client = client_of(wire.url)
    client.projects()
    with pytest.raises(LoginRefused):
        client.enqueue_call(CallRequest(channel=3, address="123"))
    assert len(wire.requests) == 2


def test_a_call_refused_at_the_door_is_sent_again(wire, client_of: Make):
    wire.answers(503, b"", Retry_After="0").answers(429).answers(200, b'{"call_id":9,"state":"queued"}')
    client = client_of(wire.url)
    assert client.enqueue_call(CallRequest(channel=3, address="123")).call_id == 9
    assert client.tally.as_dict() | {"call": 3, "retries": 2} == client.tally.as_dict()


def test_a_request_is_not_repeated_sooner_than_the_server_asked(wire, client_of: Make):
    wire.answers(429, b"", Retry_After="3600")
    with pytest.raises(ServerUnreachable, match="asks to wait 3,600 s") as fault:
        client_of(wire.url).enqueue_call(CallRequest(channel=3, address="123"))
    assert fault.value.reached is Reached.NO
    assert len(wire.requests) == 1


def test_a_door_that_stays_closed_ends_the_run(wire, client_of: Make):
    wire.answers(503, b"", Retry_After="0")
    with pytest.raises(ServerUnreachable, match="asks to wait") as fault:
        client_of(wire.url).enqueue_call(CallRequest(channel=3, address="123"))
    assert fault.value.reached is Reached.NO
    assert len(wire.requests) == 4


def test_a_call_is_enqueued_with_its_flow_and_variables(clinic, client: VerboiceClient):
    flow = clinic.sandbox.call_flow("Reminder")
    queued = client.enqueue_call(
        CallRequest(channel=clinic.channel.id, address="123", call_flow_id=flow.id, variables={"name": "Bo"})
    )
    (call,) = clinic.sandbox.calls()
    assert (queued.call_id, queued.state) == (call["id"], "queued")
    assert call["call_flow_id"] == flow.id
    assert clinic.sandbox.count("GET", "/api/call") == 1


def test_twiml_reaches_the_queue_unchanged(clinic, client: VerboiceClient):
    call = CallRequest(channel="chan", address="123", twiml=HELLO, project_id=clinic.project.id)
    client.enqueue_call(call)
    assert HELLO in str(clinic.sandbox.calls()[0])


def test_a_disabled_channel_refuses_with_its_reason(clinic, client: VerboiceClient):
    clinic.sandbox.enable_channel(clinic.channel, enabled=False)
    with pytest.raises(CallRefused, match="Channel is disabled"):
        client.enqueue_call(CallRequest(channel=clinic.channel.id, address="123"))


@pytest.mark.parametrize("has_details", [True, False])
def test_a_call_is_followed_with_as_much_detail_as_the_server_gives(clinic, client: VerboiceClient, has_details: bool):
    clinic.sandbox.configure(details_route=has_details)
    queued = client.enqueue_call(CallRequest(channel=clinic.channel.id, address="123"))
    statuses = [client.call_status(queued.call_id) for _ in range(2)]
    assert {status.state for status in statuses} == {"queued"}
    assert {status.detailed for status in statuses} == {has_details}
    assert clinic.sandbox.count("GET", "details") == (2 if has_details else 1)


def test_details_of_a_call_without_a_flow_fall_back_to_its_state(clinic, client: VerboiceClient):
    clinic.sandbox.configure(details_route=True)
    call = CallRequest(channel="chan", address="123", twiml=HELLO, project_id=clinic.project.id)
    status = client.call_status(client.enqueue_call(call).call_id)
    assert (status.state, status.detailed) == ("queued", False)


def test_an_unknown_call_is_not_visible(clinic, client: VerboiceClient):
    with pytest.raises(CallNotVisible):
        client.call_status(99)
    with pytest.raises(CallNotVisible):
        client.cancel_call(99)


def test_a_server_that_cannot_cancel_is_told_from_one_that_is_no_verboice(clinic, client: VerboiceClient):
    clinic.sandbox.configure(version="3.1.1")
    queued = client.enqueue_call(CallRequest(channel=clinic.channel.id, address="123"))
    with pytest.raises(CannotCancel, match=r"older than 3\.1\.2"):
        client.cancel_call(queued.call_id)


@pytest.mark.parametrize("spelling", ["canceled", "cancelled"])
def test_a_queued_call_is_cancelled_by_post(clinic, client: VerboiceClient, spelling: str):
    clinic.sandbox.configure(cancel_spelling=spelling)
    queued = client.enqueue_call(CallRequest(channel=clinic.channel.id, address="123"))
    assert client.cancel_call(queued.call_id).state == "cancelled"
    assert client.call_state(queued.call_id).state == "cancelled"
    assert clinic.sandbox.count("POST", "cancel.json") == 1
