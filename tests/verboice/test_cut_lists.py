"""A list that is cut off, in a chunk or between two, is never taken for a whole one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.sandbox import Fault
from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import NoAnswer, Reached, ServerUnreachable

PEOPLE = 200
LISTS = "/contacts.json|/projects.json|/channels/all.json"
either_cut = pytest.mark.parametrize("action", ["cut", "cut_between_chunks"])


@pytest.fixture
def crowd(clinic):
    clinic.sandbox.add_contacts(clinic.project, [([f"8551270{n:04d}"], {"age": "1"}) for n in range(PEOPLE)])
    return clinic


@either_cut
def test_a_cut_list_is_asked_for_again_from_its_beginning(crowd, client: VerboiceClient, action: str):
    crowd.sandbox.faults.add(Fault(action, path=LISTS, times=1))
    assert len(client.contacts(crowd.project.id)) == PEOPLE + 3
    assert crowd.sandbox.count("GET", "/contacts.json") == 2


@either_cut
def test_a_list_that_is_always_cut_is_no_list(crowd, client: VerboiceClient, action: str):
    crowd.sandbox.faults.add(Fault(action, path=LISTS))
    for ask in (lambda: client.contacts(crowd.project.id), client.projects, client.channels):
        with pytest.raises(ServerUnreachable):
            ask()


@either_cut
def test_after_a_cut_answer_it_is_open_whether_everyone_was_updated(crowd, client: VerboiceClient, action: str):
    crowd.sandbox.faults.add(Fault(action, method="PUT", times=1))
    with pytest.raises(NoAnswer) as fault:
        client.update_all(crowd.project.id, {"age": "2"})
    assert fault.value.reached is Reached.MAYBE
    assert crowd.sandbox.count("PUT") == 1
    assert {contact["vars"]["age"] for contact in crowd.sandbox.contacts(crowd.project)} == {"2"}


def test_a_list_that_looks_whole_is_none_before_its_last_chunk(wire, client_of: Callable[..., VerboiceClient]):
    body = b'[{"id":1,"addresses":["1"],"vars":{}}]'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire.answers_bytes(head + b"%x\r\n%b\r\n" % (len(body), body)).hangs_up_after(1)
    with pytest.raises(ServerUnreachable):
        client_of(wire.url).contacts(1)
