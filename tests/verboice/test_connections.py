"""Answers as servers and what stands before them send them, byte by byte."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import NoAnswer, Reached
from connectors.verboice.session import Request, Server, Session

Make = Callable[..., VerboiceClient]
CONTACT = b'{"id":7,"addresses":["85512345678"],"vars":{"age":"39"}}'
LENGTH = f"Content-Length: {len(CONTACT)}\r\n".encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + CONTACT[:5] + b"\r\n33\r\n" + CONTACT[5:] + b"\r\n0\r\n\r\n"
KEPT = {
    "with its length": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT,
    "in chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED,
    "without a word for its status": b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + CONTACT,
    "after a go on": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT,
    "with an offer of HTTP/2": b"HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade, Keep-Alive\r\n"
    + LENGTH
    + b"\r\n"
    + CONTACT,
    "compressed although nobody asked": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
    + f"Content-Length: {len(gzip.compress(CONTACT))}\r\n\r\n".encode()
    + gzip.compress(CONTACT),
}
LAST = {
    "closing": b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + LENGTH + b"\r\n" + CONTACT,
    "of HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT,
    "with more behind it": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT + b"HTTP/1.1 404 Not Found\r\n\r\n",
    "with rubbish behind it": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT + b"\x00\x01",
}
NONE = {
    "cut in its head": b"HTTP/1.1 200 OK\r\nContent-",
    "cut in its body": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT[:-1],
    "cut in its chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED[:-7],
    "of another protocol": b"220 mail.example.org ESMTP\r\n",
    "only a go on": b"HTTP/1.1 100 Continue\r\n\r\n",
    "of another language": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "of no known length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + CONTACT,
    "falsely compressed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + LENGTH + b"\r\n" + CONTACT,
}


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT)
def test_an_answer_is_understood_and_its_connection_kept(wire, client_of: Make, answer: bytes):
    wire.answers_bytes(answer)
    client = client_of(wire.url)
    for _ in range(2):
        assert client.update_contact(1, "85512345678", {"age": "39"}).id == 7
    assert wire.connections == 1


@pytest.mark.parametrize("answer", LAST.values(), ids=LAST)
def test_after_such_an_answer_another_connection_is_used(wire, client_of: Make, answer: bytes):
    wire.answers_bytes(answer)
    client = client_of(wire.url)
    for _ in range(2):
        assert client.update_contact(1, "85512345678", {"age": "39"}).id == 7
    assert wire.connections == 2


def test_without_a_length_an_answer_ends_with_its_connection(wire, client_of: Make):
    wire.answers_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + CONTACT).drops()
    wire.hangs_up_after(1)
    assert client_of(wire.url).contact_by_address(1, "85512345678").id == 7


@pytest.mark.parametrize("answer", NONE.values(), ids=NONE)
def test_what_is_no_answer_leaves_open_whether_the_work_was_done(wire, client_of: Make, answer: bytes):
    wire.answers_bytes(answer).hangs_up_after(1)
    with pytest.raises(NoAnswer) as fault:
        client_of(wire.url).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.MAYBE
    assert len(wire.requests) == 1


@pytest.mark.parametrize("answer", [KEPT["in chunks"], KEPT["after a go on"]])
def test_an_answer_may_come_in_any_pieces(wire, client_of: Make, answer: bytes):
    wire.answers_bytes(answer).sends_bytewise()
    assert client_of(wire.url).update_contact(1, "85512345678", {"age": "39"}).vars == {"age": "39"}


def test_of_several_cookies_the_sessions_is_kept(wire, client_of: Make):
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: lang=km; path=/\r\nSet-Cookie: _verboice_session=abc; path=/\r\n"
    wire.answers_bytes(head + LENGTH + b"\r\n" + CONTACT)
    client = client_of(wire.url)
    for _ in range(2):
        client.contact_by_address(1, "85512345678")
    assert wire.header(1, "Cookie") == "_verboice_session=abc"


def test_what_is_sent_is_one_request_with_nothing_twice(wire):
    wire.answers(200, b"[]")
    session = Session(Server(wire.url, "ana@example.org", "secret"))
    session.send(Request("post", "POST", "/api/x", b"a=b", "application/x-www-form-urlencoded"))
    session.close()
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n")[1:]]
    assert sorted(names) == sorted(
        ["Accept", "Accept-Encoding", "Host", "Authorization", "User-Agent", "Content-Length", "Content-Type"]
    )
    assert wire.header(0, "Host") == wire.url.removeprefix("http://")
    assert body == b"a=b"


def test_a_line_end_in_a_path_cannot_begin_another_request(wire):
    wire.answers(200, b"[]")
    session = Session(Server(wire.url, "ana@example.org", "secret"))
    session.send(Request("get", "GET", "/api/x\r\nHost: elsewhere\r\n\r\n"))
    session.close()
    assert wire.lines == ["GET /api/x%0D%0AHost:%20elsewhere%0D%0A%0D%0A HTTP/1.1"]
