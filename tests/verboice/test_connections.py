"""Answers as servers and what stands before them send them, byte by byte."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.verboice.client import VerboiceClient
from connectors.verboice.errors import NoAnswer, Reached, ServerUnreachable
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
# Not what the standard says, but what applications and old front ends do.
INEXACT = {
    "of bare line feeds": b"HTTP/1.1 200 OK\n" + LENGTH.replace(b"\r", b"") + b"\n" + CONTACT,
    "with a folded line": b"HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src 'self';\r\n\tscript-src 'self'\r\n"
    + LENGTH
    + b"\r\n"
    + CONTACT,
    "with its length twice": b"HTTP/1.1 200 OK\r\n" + LENGTH + LENGTH + b"\r\n" + CONTACT,
    "in chunks and with a length": b"HTTP/1.1 200 OK\r\n" + LENGTH + CHUNKED,
    "in padded chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED.replace(b"33\r\n", b"33    \r\n"),
    "with a line that is no header": b"HTTP/1.1 200 OK\r\n"
    + LENGTH
    + b"Notice of an undefined variable\r\n\r\n"
    + CONTACT,
    "with a blank in a header's name": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"X-Trace : 1\r\n\r\n" + CONTACT,
    "with a control character": b"HTTP/1.1 200 OK\r\nX-Trace: a\x1b[0m\r\n" + LENGTH + b"\r\n" + CONTACT,
    "with more blanks in its first line": b"HTTP/1.1  200  OK\r\n" + LENGTH + b"\r\n" + CONTACT,
    "after a go on that closes": b"HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT,
}
NONE = {
    "cut in its head": b"HTTP/1.1 200 OK\r\nContent-",
    "cut in its body": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT[:-1],
    "cut in its chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED[:-7],
    "of another protocol": b"220 mail.example.org ESMTP\r\n",
    "only a go on": b"HTTP/1.1 100 Continue\r\n\r\n",
    "of another language": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "of two lengths": b"HTTP/1.1 200 OK\r\n" + LENGTH + b"Content-Length: 5\r\n\r\n" + CONTACT,
    "cut in its padded chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED.replace(b"33\r\n", b"33    \r\n")[:-20],
    "of no known length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + CONTACT,
    "falsely compressed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + LENGTH + b"\r\n" + CONTACT,
}


def update_twice(client: VerboiceClient) -> None:
    for _ in range(2):
        assert client.update_contact(1, "85512345678", {"age": "39"}).id == 7


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT)
def test_an_answer_is_understood_and_its_connection_kept(wire, client_of: Make, answer: bytes):
    update_twice(client_of(wire.answers_bytes(answer).url))
    assert wire.connections == 1


@pytest.mark.parametrize("answer", LAST.values(), ids=LAST)
def test_after_such_an_answer_another_connection_is_used(wire, client_of: Make, answer: bytes):
    update_twice(client_of(wire.answers_bytes(answer).url))
    assert wire.connections == 2


@pytest.mark.parametrize("answer", INEXACT.values(), ids=INEXACT)
@pytest.mark.parametrize("bytewise", [False, True])
def test_what_the_strict_parser_refuses_is_read_all_the_same(wire, client_of: Make, answer: bytes, bytewise: bool):
    wire.answers_bytes(answer)
    if bytewise:
        wire.sends_bytewise()
    update_twice(client_of(wire.url))
    assert wire.connections == 2


def test_an_answer_of_the_identity_coding_ends_with_its_connection(wire, client_of: Make):
    wire.answers_bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nConnection: close\r\n\r\n" + CONTACT)
    wire.hangs_up_after(1)
    assert client_of(wire.url).contact_by_address(1, "85512345678").id == 7


def test_a_folded_cookie_does_not_fold_the_next_request(wire, client_of: Make):
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: _verboice_session=abc\r\n X-Evil: 1; path=/\r\n"
    wire.answers_bytes(head + LENGTH + b"\r\n" + CONTACT)
    client = client_of(wire.url)
    for _ in range(2):
        client.contact_by_address(1, "85512345678")
    assert wire.header(1, "Cookie") == "_verboice_session=abc X-Evil: 1"
    assert wire.header(1, "X-Evil") is None


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


def test_after_a_lost_answer_no_kept_connection_is_in_the_way(wire, client_of: Make):
    """A server that is busy with a kept connection until it is closed answers nobody else."""
    wire.answers_contact(age="39").serves_one_connection_at_a_time()
    client = client_of(wire.url, timeout=0.3)

    def update(_: int) -> bool:
        try:
            return client.update_contact(1, "85512345678", {"age": "39"}).id == 7
        except NoAnswer:
            return False

    with ThreadPoolExecutor(2) as pool:
        while all(pool.map(update, range(2))):  # until two were under way at the same moment
            pass
    assert update(2)


def test_an_interruption_while_an_answer_is_parsed_is_one(wire, client_of: Make, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    wire.answers_bytes(KEPT["with its length"])
    monkeypatch.setattr("connectors.verboice.connections._Answer.on_body", interrupted)
    with pytest.raises(KeyboardInterrupt):
        client_of(wire.url).contact_by_address(1, "85512345678")


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


@pytest.mark.parametrize("does", ["drops", "stays_silent"])
@pytest.mark.parametrize("by_proxy", [False, True])
def test_what_breaks_before_there_is_a_connection_was_never_sent(wire, client_of: Make, monkeypatch, does, by_proxy):
    """A front end that restarts lets TLS handshakes fail, a proxy that is overloaded does not answer CONNECT."""
    getattr(wire, does)()
    url = wire.url.replace("http://", "https://")
    if by_proxy:
        monkeypatch.setenv("HTTPS_PROXY", wire.url)
        url = "https://verboice.example.org"
    with pytest.raises(
        ServerUnreachable, match=r"cannot be reached: (no connection in time|the connection broke)"
    ) as fault:
        client_of(url, timeout=0.2).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.NO
    assert fault.value.again
    assert ("(through a proxy)" in str(fault.value)) is by_proxy


def test_each_connection_counts_its_own_pause(wire):
    """The last one of several rests while the first is busy; just then a front end may be closing it."""
    wire.answers(200, b"[]")
    session = Session(Server(wire.url, "ana@example.org", "secret"))
    pool = session._way().pool
    rested, busy = pool._get_conn(), pool._get_conn()
    for connection in (rested, busy):
        connection.request("GET", "/", headers={"Host": "x"})
        connection.getresponse()
        pool._put_conn(connection)
    rested._used -= 3
    assert [pool._get_conn(), pool._get_conn()] == [busy, rested]
    assert not busy.is_closed
    assert rested.is_closed  # it will connect anew
    busy.close()
    session.close()


def test_a_proxy_that_passes_on_each_request_by_itself_gets_a_connection_for_each(wire, client_of: Make, monkeypatch):
    """tinyproxy closes after each answer without having said so; what is sent meanwhile is lost."""
    wire.answers(200, b"[]")
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    client = client_of("http://verboice.example.org", allow_insecure=True)
    for _ in range(3):
        client.projects()
    assert wire.connections == 3
