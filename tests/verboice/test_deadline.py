"""Every answer has an end: drips are not listened to for ever, and endless bodies not taken in."""

from __future__ import annotations

import gzip
import time
from contextlib import ExitStack

import pytest

from connectors.sandbox import Fault
from connectors.values import CallRequest
from connectors.verboice import deadline
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import NoAnswer, ServerUnreachable
from connectors.verboice.sending import RetryPolicy
from connectors.verboice.session import Server

ONCE = RetryPolicy(attempts=1, after_500=1, list_attempts=1, list_patience=1.0)
PATIENT = 20.0  # seconds that nothing may come for: where an answer has no end, a busy machine is not to be given up


@pytest.fixture
def client_knowing(server):
    """A client that knows how many contacts were listed before."""
    with ExitStack() as opened:

        def make(known: int | None, timeout: float = 0.15) -> VerboiceClient:
            account = Server(server.url, "ana@example.org", "secret", timeout=timeout)
            return opened.enter_context(VerboiceClient(account, policy=ONCE, listed=lambda _project: known))

        yield make


@pytest.fixture
def client(client_knowing):
    return client_knowing(None)


def asked(client, project):
    """Each method that sends a request, as a call of it, with the path of its endpoint."""
    call = CallRequest(1, "85512345678", call_flow_id=7)
    return {
        "projects": ("projects.json", client.projects),
        "contacts": ("contacts.json", lambda: client.contacts(project)),
        "contact_by_address": ("by_address", lambda: client.contact_by_address(project, "85512345678")),
        "update_contact": ("by_address", lambda: client.update_contact(project, "85512345678", {"age": "1"})),
        "update_all": ("all.json", lambda: client.update_all(project, {"age": "1"})),
        "create_contact": ("contacts.json", lambda: client.create_contact(project, "85512000111", {"age": "1"})),
        "may_write": ("by_address", lambda: client.may_write(project)),
        "channels": ("channels", client.channels),
        "schedules": ("schedules.json", lambda: client.schedules(project)),
        "call_flow": ("call_flows", lambda: client.call_flow(project, 1)),
        "enqueue_call": ("/call", lambda: client.enqueue_call(call)),
        "call_status": ("details|state", lambda: client.call_status(1)),
        "call_details": ("details", lambda: client.call_details(1)),
        "call_state": ("state", lambda: client.call_state(1)),
        "call_log": ("/api/logs", lambda: client.call_log(1)),
        "cancel_call": ("cancel", lambda: client.cancel_call(1)),
    }


NO_REQUESTS = {"close", "stop_when", "tally", "tell_pauses"}
ENDPOINTS = sorted(set(vars(VerboiceClient)) - NO_REQUESTS - {n for n in vars(VerboiceClient) if n.startswith("_")})


@pytest.mark.parametrize("method", ENDPOINTS)
def test_no_endpoint_is_listened_to_for_ever(clinic, client, method):
    path, ask = asked(client, clinic.project.id)[method]
    clinic.sandbox.faults.add(Fault("drip", path=path, seconds=0.03))
    with pytest.raises((NoAnswer, ServerUnreachable), match="did not answer in time"):
        ask()


@pytest.mark.parametrize("method", ENDPOINTS)
def test_no_endpoint_is_taken_in_without_end(clinic, client_knowing, monkeypatch, method):
    monkeypatch.setattr("connectors.verboice.session.MOST_SMALL", 1024**2)
    monkeypatch.setattr(deadline, "_LISTED_MORE", 1024**2)
    path, ask = asked(client_knowing(0, PATIENT), clinic.project.id)[method]
    clinic.sandbox.faults.add(Fault("endless", path=path))
    with pytest.raises((NoAnswer, ServerUnreachable), match="more than 1048576 bytes"):
        ask()


def test_a_body_that_drips_behind_a_head_that_came_at_once_is_given_up_too(wire, client_of):
    wire.answers_bytes(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n[")
    client = client_of(wire.url, timeout=0.3)
    begun = time.monotonic()
    with pytest.raises(ServerUnreachable):
        client.projects()
    assert time.monotonic() - begun < 5


def test_an_endless_small_answer_is_not_taken_in(clinic, client_knowing, monkeypatch):
    monkeypatch.setattr("connectors.verboice.session.MOST_SMALL", 2 * 1024**2)
    clinic.sandbox.faults.add(Fault("endless", path="by_address"))
    with pytest.raises(NoAnswer, match="more than 2097152 bytes, which no Verboice does here"):
        client_knowing(None, PATIENT).contact_by_address(clinic.project.id, "85512345678")


def test_nor_one_that_only_unpacks_to_it(wire, client_of, monkeypatch):
    monkeypatch.setattr("connectors.verboice.session.MOST_SMALL", 1_000_000)
    wire.answers(200, gzip.compress(b" " * 2_000_000), Content_Encoding="gzip")
    with pytest.raises(ServerUnreachable, match="more than 1000000 bytes"):
        client_of(wire.url).projects()


def test_an_endless_list_is_not_taken_in_beyond_what_the_last_one_was(clinic, client_knowing, monkeypatch):
    client = client_knowing(10)
    monkeypatch.setattr(deadline, "_LISTED_MORE", 1024**2)
    clinic.sandbox.faults.add(Fault("endless", path="contacts.json"))
    with pytest.raises(ServerUnreachable, match="more than 1212416 bytes"):
        client.contacts(clinic.project.id)


def test_what_comes_steadily_has_time():
    assert list(deadline.limited(iter([b"ab", b"cd"]), 4)) == [b"ab", b"cd"]
    assert deadline.most_listed(None) == deadline.MOST_LISTED
    assert deadline.most_listed(10) < deadline.most_listed(100_000) <= deadline.MOST_LISTED
