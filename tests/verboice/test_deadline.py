"""Every answer has an end: drips are not listened to for ever, and endless bodies not taken in."""

from __future__ import annotations

import gzip
import time

import pytest

from connectors.sandbox import Fault
from connectors.verboice import deadline
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import NoAnswer, ServerUnreachable
from connectors.verboice.sending import RetryPolicy
from connectors.verboice.session import Server

ONCE = RetryPolicy(attempts=1, after_500=1, list_attempts=1, list_patience=1.0)


@pytest.fixture
def client(server):
    account = Server(server.url, "ana@example.org", "secret", timeout=0.4)
    with VerboiceClient(account, policy=ONCE) as client:
        yield client


def test_a_byte_now_and_then_does_not_hold_a_request_for_ever(clinic, client):
    clinic.sandbox.faults.add(Fault("drip", path="by_address", seconds=0.1))
    begun = time.monotonic()
    with pytest.raises(NoAnswer, match="did not answer in time"):
        client.contact_by_address(clinic.project.id, "85512345678")
    assert 0.7 < time.monotonic() - begun < 5


def test_nor_a_list(clinic, client):
    clinic.sandbox.faults.add(Fault("drip", path="contacts.json", seconds=0.1))
    with pytest.raises(ServerUnreachable, match="did not answer in time"):
        client.contacts(clinic.project.id)


def test_a_body_that_drips_behind_a_head_that_came_at_once_is_given_up_too(wire, client_of):
    wire.answers_bytes(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n[")
    client = client_of(wire.url, timeout=0.3)
    begun = time.monotonic()
    with pytest.raises(ServerUnreachable):
        client.projects()
    assert time.monotonic() - begun < 5


def test_an_endless_small_answer_is_not_taken_in(clinic, client, monkeypatch):
    monkeypatch.setattr("connectors.verboice.session.MOST_SMALL", 2 * 1024**2)
    clinic.sandbox.faults.add(Fault("endless", path="by_address"))
    with pytest.raises(NoAnswer, match="more than 2097152 bytes, which no Verboice does here"):
        client.contact_by_address(clinic.project.id, "85512345678")


def test_nor_one_that_only_unpacks_to_it(wire, client_of, monkeypatch):
    monkeypatch.setattr("connectors.verboice.session.MOST_SMALL", 1_000_000)
    wire.answers(200, gzip.compress(b" " * 2_000_000), Content_Encoding="gzip")
    with pytest.raises(ServerUnreachable, match="more than 1000000 bytes"):
        client_of(wire.url).projects()


def test_an_endless_list_is_not_taken_in_beyond_what_the_last_one_was(clinic, client, monkeypatch):
    monkeypatch.setattr(deadline, "_LISTED_MORE", 1024**2)
    clinic.sandbox.faults.add(Fault("endless", path="contacts.json"))
    with pytest.raises(ServerUnreachable, match="more than 1212416 bytes"):
        client.contacts(clinic.project.id, before=10)


def test_what_comes_steadily_has_time():
    assert list(deadline.limited(iter([b"ab", b"cd"]), 4)) == [b"ab", b"cd"]
    assert deadline.most_listed(None) == deadline.MOST_LISTED
    assert deadline.most_listed(10) < deadline.most_listed(100_000) <= deadline.MOST_LISTED
