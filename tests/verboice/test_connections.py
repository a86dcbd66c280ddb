"""Answers as servers and what stands before them send them, byte by byte."""

from __future__ import annotations

import contextlib
import gzip
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
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
}
FOLLOWED = {
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
    "cut in its chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED[:-20],
    "cut after a chunk": b"HTTP/1.1 200 OK\r\n" + CHUNKED[:-7],
    "cut between its chunks": b"HTTP/1.1 200 OK\r\n" + CHUNKED[:-5],
    "of chunks without a size": b"HTTP/1.1 200 OK\r\n" + CHUNKED.replace(b"33\r\n", b"many\r\n"),
    "of another protocol": b"220 mail.example.org ESMTP\r\n",
    "only a go on": b"HTTP/1.1 100 Continue\r\n\r\n",
    "still to come": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + CONTACT,
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


@pytest.mark.parametrize("answer", FOLLOWED.values(), ids=FOLLOWED)
def test_what_follows_an_answer_is_not_taken_for_the_next_one(wire, client_of: Make, answer: bytes):
    client = client_of(wire.answers_bytes(answer).answers_contact(age="40").url)
    assert client.update_contact(1, "85512345678", {"age": "39"}).vars == {"age": "39"}
    assert client.update_contact(1, "85512345678", {"age": "40"}).vars == {"age": "40"}


@pytest.mark.parametrize("answer", INEXACT.values(), ids=INEXACT)
@pytest.mark.parametrize("bytewise", [False, True])
def test_what_is_not_quite_the_standard_is_read_all_the_same(wire, client_of: Make, caplog, answer, bytewise: bool):
    wire.answers_bytes(answer)
    if bytewise:
        wire.sends_bytewise()
    update_twice(client_of(wire.url))
    assert not caplog.records  # urllib3 would show the URL, with somebody's number, and a traceback


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


@pytest.fixture
def ctrl_c(wire) -> Iterator[None]:
    """Interrupts the main thread soon after the first request has arrived."""

    def interrupt() -> None:
        while not wire.requests:
            wire.over.wait(0.01)
        wire.over.wait(0.1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    yield
    thread.join()


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("ask", [lambda client: client.contact_by_address(1, "855"), lambda client: client.contacts(1)])
def test_an_interruption_while_an_answer_is_read_is_one(wire, client_of: Make, ask):
    wire.answers_bytes(KEPT["in chunks"][:-20]).answers(200, b"[]")
    client = client_of(wire.url)
    with pytest.raises(KeyboardInterrupt):
        ask(client)
    assert len(wire.requests) == 1
    assert client.projects() == ()
    assert wire.connections == 2


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


@pytest.mark.parametrize(
    ("does", "says"), [("drops", "the connection broke before anything was sent"), ("stays_silent", "no connection in")]
)
@pytest.mark.parametrize("by_proxy", [False, True])
def test_what_breaks_before_there_is_a_connection_was_never_sent(
    wire, client_of: Make, monkeypatch, does: str, says: str, by_proxy: bool
):
    """A front end that restarts lets TLS handshakes fail, a proxy that is overloaded does not answer CONNECT."""
    getattr(wire, does)()
    url = wire.url.replace("http://", "https://")
    if by_proxy:
        monkeypatch.setenv("HTTPS_PROXY", wire.url)
        url = "https://verboice.example.org"
    with pytest.raises(ServerUnreachable, match=f"cannot be reached: {says}") as fault:
        client_of(url, timeout=0.2).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.NO
    assert fault.value.again
    assert ("(through a proxy)" in str(fault.value)) is by_proxy


def test_a_server_that_takes_no_connection_in_time_was_never_asked(client_of: Make):
    with contextlib.ExitStack() as open_sockets:
        listening = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))
        for _ in range(4):  # more than may wait there, so that the next one gets no answer
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        port = listening.getsockname()[1]
        with pytest.raises(ServerUnreachable, match="cannot be reached: no connection in time") as fault:
            client_of(f"http://127.0.0.1:{port}", timeout=0.1).update_contact(1, "85512345678", {"age": "39"})
    assert fault.value.reached is Reached.NO


def test_each_connection_counts_its_own_pause(wire, monkeypatch):
    """The last one of several rests while the first is busy; just then a front end may be closing it."""
    monkeypatch.setattr("connectors.verboice.connections._FRESH", 1.0)
    wire.answers(200, b"[]")
    session = Session(Server(wire.url, "ana@example.org", "secret"))
    one = Request("get", "GET", "/api/projects.json")

    def two_at_once() -> None:
        session.send(one, receive=lambda _, portions: [session.send(one), *portions])

    two_at_once()
    until = time.monotonic() + 1.2
    while time.monotonic() < until:
        session.send(one)
        time.sleep(0.05)
    assert wire.connections == 2
    two_at_once()
    session.close()
    assert wire.connections == 3


@pytest.mark.parametrize("by_proxy", [False, True])
def test_a_connection_closed_without_a_word_is_not_written_to(
    wire, tls_url: str, client_of: Make, monkeypatch, certificate, tunnel, by_proxy: bool
):
    """Front ends and proxies close what has rested, whenever they like."""
    wire.answers_contact(age="39").hangs_up_after(1)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    if by_proxy:
        monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
    client = client_of("https://verboice.example.org" if by_proxy else tls_url)
    for _ in range(3):
        assert client.update_contact(1, "85512345678", {"age": "39"}).id == 7
        time.sleep(0.1)  # until the end of the connection has arrived here
    assert wire.connections == 3


def test_through_a_tunnel_the_server_is_told_what_the_proxy_is_not_and_connections_are_kept(
    wire, client_of: Make, monkeypatch, certificate, tunnel
):
    wire.answers(404, b" ")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url.replace("//", "//ana:proxy@"))
    client = client_of("https://verboice.example.org")
    for _ in range(2):
        assert client.contact_by_address(1, "a.b/..") is None
    assert tunnel.heads[0].startswith(b"CONNECT verboice.example.org:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic YW5hOnByb3h5\r\n" in tunnel.heads[0]
    assert b"\nAuthorization" not in tunnel.heads[0]
    assert wire.lines == ["GET /api/projects/1/contacts/by_address/a%2Eb%2F%2E%2E.json HTTP/1.1"] * 2
    assert wire.header(0, "Proxy-Authorization") is None
    assert wire.header(0, "Host") == "verboice.example.org"
    assert wire.connections == len(tunnel.heads) == 1


def test_a_proxy_that_passes_on_each_request_by_itself_gets_a_connection_for_each(wire, client_of: Make, monkeypatch):
    """tinyproxy closes after each answer without having said so; what is sent meanwhile is lost."""
    wire.answers(200, b"[]")
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    client = client_of("http://verboice.example.org", allow_insecure=True)
    for _ in range(3):
        client.projects()
    assert wire.connections == 3
