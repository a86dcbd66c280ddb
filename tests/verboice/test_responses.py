"""What an answer means: bodies, statuses and pages that are none of Verboice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.values import CallStatus, Channel, Contact, Project
from connectors.verboice import responses, shapes
from connectors.verboice.errors import (
    AlreadyExists,
    CallNotVisible,
    CallRefused,
    CannotAddress,
    NoAnswer,
    NoSuchContact,
    NotStored,
    Reached,
    ServerBroken,
    ServerUnreachable,
    StoredDifferently,
    UnexpectedReply,
    UnknownVariable,
    WrongContact,
)
from connectors.verboice.responses import Reply

JSON = {"content-type": "application/json; charset=utf-8", "x-request-id": "abc"}
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html><html>...</html>"
CONTACT = b'{"id":1,"addresses":["1543949458","1543949459"],"vars":{"age":"38","favorite color":null}}'


@pytest.mark.parametrize(
    ("reply", "fault", "reached"),
    [
        (Reply(302, b"", HTML | {"location": "/accounts/sign_in"}), UnexpectedReply, Reached.MAYBE),
        (Reply(400, b"", {}), UnexpectedReply, Reached.YES),
        (Reply(403, PAGE, HTML), UnexpectedReply, Reached.YES),
        (Reply(404, PAGE, HTML), UnexpectedReply, Reached.YES),
        (Reply(407, PAGE, HTML), UnexpectedReply, Reached.NO),
        (Reply(413, PAGE, HTML), UnexpectedReply, Reached.NO),
        (Reply(414, PAGE, HTML), UnexpectedReply, Reached.NO),
        (Reply(431, PAGE, HTML), UnexpectedReply, Reached.NO),
        (Reply(500, PAGE, HTML), ServerBroken, Reached.YES),
        (Reply(500, b"No such variable: agee", JSON), UnknownVariable, Reached.YES),
        (Reply(200, PAGE, HTML), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b"", JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, CONTACT[:-2], JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b"[]", JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b'{"id":"1","addresses":[],"vars":{}}', JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b'{"id":1,"addresses":[2],"vars":{}}', JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b'{"id":1,"addresses":[],"vars":{"a":{}}}', JSON), UnexpectedReply, Reached.MAYBE),
        (Reply(200, b'{"id":1,"addresses":[]}', JSON), UnexpectedReply, Reached.MAYBE),
    ],
)
def test_a_reply_without_a_contact_says_what_is_wrong_and_how_far_it_got(reply: Reply, fault, reached):
    with pytest.raises(fault) as raised:
        responses.value(reply, shapes.contact)
    assert raised.value.reached is reached


def test_a_contact_keeps_null_apart_from_absent():
    assert responses.value(Reply(200, CONTACT, JSON), shapes.contact) == Contact(
        1, ("1543949458", "1543949459"), {"age": "38", "favorite color": None}
    )


def test_the_unknown_variable_is_named_and_the_request_id_kept():
    with pytest.raises(UnknownVariable) as raised:
        responses.value(Reply(500, "No such variable: Âge du chien".encode(), JSON), shapes.contact)
    assert raised.value.name == "Âge du chien"
    assert "request id abc" in str(raised.value)


def test_projects_and_channels_become_values_and_channel_secrets_are_left_behind():
    shown = b'[{"id":1,"name":"A","call_flows":[{"id":5,"name":"f"}],"schedules":["s"],"contact_vars":["age"]}]'
    assert responses.value(Reply(200, shown, JSON), shapes.projects) == (Project(1, "A", {5: "f"}, ("s",), ("age",)),)
    shown = (
        b'[{"account_id":1,"config":{"password":"hidden"},"id":3,"name":"chan","call_flow":"f","call_flow_id":5,'
        b'"enabled":false,"shared_by":"bo@example.org"}]'
    )
    (channel,) = responses.value(Reply(200, shown, JSON), shapes.channels)
    assert channel == Channel(3, "chan", enabled=False, call_flow_id=5, call_flow="f", shared_by="bo@example.org")
    assert "hidden" not in repr(channel)


@pytest.mark.parametrize(
    ("status", "headers", "fault", "wait"),
    [
        (429, {}, ServerUnreachable, None),
        (429, {"retry-after": "7"}, ServerUnreachable, 7.0),
        (503, {"retry-after": "Mon, 02 Nov 2026 10:00:30 GMT"}, ServerUnreachable, 30.0),
        (503, {"retry-after": "Mon, 02 Nov 2026 09:00:00 GMT"}, ServerUnreachable, 0.0),
        (503, {"retry-after": "soon"}, ServerUnreachable, None),
        (503, {"retry-after": "²"}, ServerUnreachable, None),
    ],
)
def test_a_refusal_at_the_door_never_reached_the_application(status, headers, fault, wait):
    found = responses.busy(Reply(status, b"", headers), now=datetime(2026, 11, 2, 10, tzinfo=UTC))
    assert isinstance(found, fault)
    assert found.reached is Reached.NO
    assert found.retry_after == wait


@pytest.mark.parametrize("status", [408, 502, 503, 504, 520, 522, 524, 530])
def test_behind_a_failing_front_end_the_work_may_have_been_done(status: int):
    found = responses.busy(Reply(status, PAGE, HTML))
    assert isinstance(found, NoAnswer)
    assert found.reached is Reached.MAYBE


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_an_answer_of_the_application_is_not_busy(status: int):
    assert responses.busy(Reply(status, b" ", HTML)) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Invalid email or password.", "wrong e-mail or password"),
        ("You have to confirm your account before continuing.", "not confirmed"),
        ("You need to sign in or sign up before continuing.", "must sign in"),
    ],
)
def test_a_refused_login_says_why(text: str, says: str):
    headers = JSON | {"www-authenticate": 'Basic realm="Application"'}
    refused = responses.credentials_refused(Reply(401, f'{{"error":"{text}"}}'.encode(), headers))
    assert refused is not None
    assert says in refused.message


def test_a_401_without_challenge_is_not_yet_a_refused_login():
    assert responses.credentials_refused(Reply(401, b" ", HTML)) is None


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(404, b" ", JSON), NoSuchContact),
        (Reply(404, PAGE, HTML), CannotAddress),
        (Reply(400, b"", {}), CannotAddress),
        (Reply(200, CONTACT, JSON), None),
        (Reply(500, PAGE, HTML), None),
    ],
)
def test_the_two_404s_of_by_address_are_told_apart(reply: Reply, fault):
    if fault is None:
        responses.raise_unaddressable(reply)
    else:
        with pytest.raises(fault):
            responses.raise_unaddressable(reply)


def test_a_cut_value_is_stored_differently():
    with pytest.raises(StoredDifferently) as raised:
        responses.raise_stored_differently(
            Contact(1, ("1",), {"a": "x", "b": "12", "c": None}), {"a": "x", "b": "123", "c": ""}, Reply(200)
        )
    assert (raised.value.name, raised.value.asked, raised.value.stored) == ("b", "123", "12")
    assert raised.value.others == {"c": ("", None)}


def test_equal_values_are_stored_as_asked():
    responses.raise_stored_differently(Contact(1, ("1",), {"a": "x", "b": "y"}), {"a": "x"}, Reply(200))


def test_another_contact_than_asked_for_is_wrong_but_another_spelling_is_not():
    responses.raise_wrong_contact(Contact(1, ("9", "ALICE "), {}), "alicé", Reply(200))
    with pytest.raises(WrongContact):
        responses.raise_wrong_contact(Contact(1, ("+54911",), {}), "54911", Reply(200))


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(400, b'{"addresses.address":["has already been taken"]}', JSON), AlreadyExists),
        (Reply(400, b'{"base":["You must provide at least one phone number"]}', JSON), NotStored),
        (Reply(500, PAGE, HTML), NotStored),
    ],
)
def test_a_refused_creation_says_why(reply: Reply, fault):
    with pytest.raises(fault):
        responses.raise_not_created(reply)


def test_a_refused_call_gives_the_servers_reason():
    with pytest.raises(CallRefused) as raised:
        responses.raise_call_refused(Reply(400, b'{"error":"Channel is disabled"}', JSON))
    assert raised.value.reason == "Channel is disabled"
    assert raised.value.reached is Reached.YES


def test_an_internal_error_leaves_a_call_open():
    with pytest.raises(NoAnswer) as raised:
        responses.raise_call_refused(Reply(500, PAGE, HTML))
    assert raised.value.reached is Reached.MAYBE


def test_a_call_of_somebody_else_is_not_visible():
    with pytest.raises(CallNotVisible):
        responses.raise_not_visible(Reply(404, b" ", JSON))
    responses.raise_not_visible(Reply(404, PAGE, HTML))


@pytest.mark.parametrize("word", ["canceled", "cancelled"])
def test_both_spellings_of_cancelled_are_one_state(word: str):
    shown = f'{{"call_id":5,"state":"{word}"}}'.encode()
    status = responses.value(Reply(200, shown, JSON), shapes.call_status)
    assert status == CallStatus(5, "cancelled")


def test_queued_with_a_reason_of_failure_is_a_pending_retry():
    shown = b'{"call_id":5,"state":"queued","finished_at":"2026-11-02T10:00:00Z","fail_reason":"busy","fail_code":17}'
    status = responses.value(Reply(200, shown, JSON), shapes.call_details)
    assert status.will_retry
    assert status.detailed
    assert status.fail_code == "17"
