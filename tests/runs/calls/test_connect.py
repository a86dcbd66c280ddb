"""What a batch can be called with: channels, flows, schedules, TwiML, and what is wrong for everybody."""

from __future__ import annotations

import pytest

from tests.worlds import PATIENTS


def test_everything_that_is_wrong_for_everybody_is_told_at_once(cli, clinic, people):
    wrong = {"calls.time_zone": "bangkok", "calls.not_before": "tomorrow", "calls.not_after": "2030-02-30"}
    said = cli("call", people(**wrong)).err
    assert all(said.count(text) == 1 for text in wrong.values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"calls.channel": "chann"}, "no channel “chann”. Did you mean “chan”?"),
        ({"calls.channel": "off"}, "disabled"),
        ({"calls.call_flow": "Remindr"}, "Did you mean “Reminder”?"),
        ({"calls.schedule": "Nights"}, "no schedule “Nights”"),
        ({"calls.time_zone": "Europe/Kyiv"}, "Europe/Kyiv"),
        ({"calls.not_before": "2027-02-30"}, "2027-02-30"),
        ({"calls.not_after": "2020-01-01"}, "in the past"),
        ({"calls.vars": {"name": "Nme"}}, "no column “Nme”"),
        ({"calls.call_flow": None, "calls.twiml": "gone.xml"}, "gone.xml"),
        ({"calls.call_flow": None, "calls.twiml": "<Response><Shout/></Response>"}, "<Shout>"),
        ({"calls": None}, "no `calls` section"),
    ],
)
def test_what_is_wrong_for_everybody_is_told_with_its_place_and_calls_nobody(cli, clinic, people, changes, told):
    said = cli("call", people(**changes))
    assert said.status == 2
    assert told in said.err
    assert clinic.rung() == []


def test_twiml_is_posted_as_plain_text_with_its_project(cli, clinic, people, home):
    (home / "hello.xml").write_text("<Response><Say>Hello</Say></Response>")
    name = people(PATIENTS[0], **{"calls.call_flow": None, "calls.twiml": "hello.xml"})
    assert cli("call", name).status == 0
    (request,) = [one for one in clinic.sandbox.requests if one.path == "/api/call.json"]
    assert (request.method, request.content_type) == ("POST", "text/plain; charset=utf-8")
    assert f"project_id={clinic.project.id}" in request.query
    (call,) = clinic.sandbox.calls()
    assert (call["flow"], call["vars"]) == ("<Response><Say>Hello</Say></Response>", {"name": "Ana", "dose": 3})


def test_a_byte_order_mark_is_not_part_of_the_twiml(cli, clinic, people, home):
    (home / "hello.xml").write_bytes(b"\xef\xbb\xbf<Response><Hangup/></Response>")
    cli("call", people(PATIENTS[0], **{"calls.call_flow": None, "calls.twiml": "hello.xml"}))
    assert [call["flow"] for call in clinic.sandbox.calls()] == ["<Response><Hangup/></Response>"]


def test_a_flow_of_a_shared_project_is_used_by_its_id_and_said_to_be_unconfirmed(cli, clinic, people):
    helper = clinic.sandbox.add_account("helper@example.org", "pw")
    clinic.sandbox.share_project(clinic.project, helper, "admin")
    clinic.sandbox.add_channel(helper, "own")
    flow = clinic.sandbox.call_flow("Reminder").id
    account = {"verboice.account": helper.email, "verboice.password": "pw"}
    shared = account | {"verboice.project": clinic.project.id, "calls.channel": "own"}
    said = cli("call", people(**shared, **{"calls.call_flow": flow}))
    assert said.status == 0, said.err
    assert f"call flow {flow} cannot be checked" in said.err
    assert [call["call_flow_id"] for call in clinic.sandbox.calls()] == [flow] * 3
    assert cli("call", people(**shared, **{"calls.call_flow": "Reminder"})).status == 2
    missing = cli("call", people(**(shared | {"verboice.project": 99, "calls.call_flow": flow})))
    assert (missing.status, "no project 99" in missing.err) == (2, True)
