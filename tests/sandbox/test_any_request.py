"""Whatever is asked, there is an answer and never an exception inside the sandbox."""

from __future__ import annotations

import base64

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox import Sandbox, demo_clinic
from connectors.sandbox.api.application import respond
from connectors.sandbox.wire.request import SandboxRequest

LOGIN = "Basic " + base64.b64encode(b"demo@example.org:demo").decode()
PATHS = [
    "/api/projects/1/contacts/by_address/{}.json",
    "/api/projects/{}/contacts.json",
    "/api/projects/1/contacts/all.json",
    "/api/projects/1/contacts.json",
    "/api/projects/1/schedules/{}.json",
    "/api/projects/1/schedules.json",
    "/api/call.json",
    "/api/calls/{}/state.json",
    "/api/calls/{}/cancel",
    "/api/calls/1/details.json",
    "/api/channels/{}.json",
    "/api/channels.json",
    "/api/channels/all/{}.json",
    "/api/logs/{}.csv",
    "/{}",
]
TYPES = [
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "text/xml",
    "text/plain",
    "multipart/form-data; boundary=x",
]
WORDS = st.sampled_from(
    [
        "vars[age]=",
        "vars[]=",
        "vars[village][]=",
        "vars[nope]=",
        "address=",
        "addresses[]=",
        "channel=",
        "channel_id=",
        "call_flow=",
        "call_flow_id=",
        "flow=",
        "schedule=",
        "schedule_id=",
        "not_before=",
        "not_after=",
        "time_zone=",
        "project_id=",
        "contact_id=",
        "session_id=",
        "callback_url=",
        "after=",
        "vars[age][x]=",
        "age",
        "&",
        ";",
        "1",
        "85512345001",
        "2030-01-01",
        "10:00",
        "%F0%9F%98%80",
        "%F1",
        "%2E",
        "demo+channel",
        "Reminder",
        "Office+hours",
        "UTC",
        "Default",
        "99999999999999999999",
        '"',
        "{",
        "}",
        "<",
        ">",
        "[]",
        '{"vars":{"age":',
        '{"address":"1","name":"\\ud83d"}',
        ":[1,null,{}]",
        "<vars>",
        "</vars>",
    ]
)
TEXTS = st.lists(WORDS | st.sampled_from(["&"]), max_size=12).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]),
    st.sampled_from(PATHS),
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(TYPES),
    st.sampled_from(["strict", "truncating"]),
)
def test_every_request_gets_a_reply(method, path, segment, query, body, kind, sql_mode):
    sandbox = Sandbox()
    demo_clinic(sandbox, people=3)
    sandbox.configure(sql_mode=sql_mode, details_route=True)
    target = path.format(segment) + "?" + query
    headers = {"authorization": LOGIN, "content-type": kind} if kind else {"authorization": LOGIN}
    work = respond(sandbox.state, SandboxRequest(method, target, headers, body.encode()))
    while True:
        try:
            next(work)
        except StopIteration as stop:
            reply = stop.value
            break
    assert reply.status in {200, 302, 400, 401, 404, 422, 500}
    sandbox.advance(3)
    sandbox.as_dict()
    sandbox.close()
