"""A loopback server that says exactly what a test scripts, for what happens on the wire."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from connectors.verboice.client import VerboiceClient
from connectors.verboice.pacing import Pacer, PauseRules
from connectors.verboice.session import Server

_DROP = b"DROP"


@dataclass
class Wire:
    """What was received, byte by byte, and what is answered: one reply per request, the last one again and again."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _replies: list[bytes] = field(default_factory=list)

    def answers(
        self, status: int, body: bytes = b"", content_type: str = "application/json; charset=utf-8", **headers: str
    ) -> Wire:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"Content-Type: {content_type}"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        return self.answers_bytes("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def answers_contact(self, address: str = "85512345678", **variables: str) -> Wire:
        shown = {"id": 7, "addresses": [address], "vars": variables}
        return self.answers(200, json.dumps(shown).encode())

    def answers_bytes(self, reply: bytes) -> Wire:
        self._replies.append(reply)
        return self

    def drops(self) -> Wire:
        """Closes the connection instead of answering."""
        return self.answers_bytes(_DROP)

    def stays_silent(self) -> Wire:
        return self.answers_bytes(b"")

    @property
    def lines(self) -> list[str]:
        return [request.partition(b"\r\n")[0].decode() for request in self.requests]

    def header(self, number: int, name: str) -> str | None:
        head = self.requests[number].partition(b"\r\n\r\n")[0].decode("latin-1")
        for line in head.split("\r\n")[1:]:
            found, _, text = line.partition(": ")
            if found.lower() == name.lower():
                return text
        return None

    def talk(self, connection: socket.socket) -> None:
        with connection:
            while request := _read_request(connection):
                self.requests.append(request)
                reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
                if reply == _DROP:
                    return
                if not reply:
                    self.over.wait(30)
                    return
                connection.sendall(reply)


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        portion = connection.recv(65_536)
        if not portion or portion.startswith(b"\x16\x03"):  # the other side is gone, or tries TLS
            return portion and b"TLS"
        received += portion
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def wire() -> Iterator[Wire]:
    scripted = Wire()
    listening = socket.create_server(("127.0.0.1", 0))
    scripted.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            scripted.connections += 1
            threading.Thread(target=scripted.talk, args=(connection,), daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    yield scripted
    scripted.over.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    acceptor.join(5)


@pytest.fixture
def quick_pacer() -> Pacer:
    """Pauses too short to wait for."""
    return Pacer(limit=4, rules=PauseRules(first=0.001, longest=0.01, longest_asked=0.02, rounds=10))


@pytest.fixture
def client_of(quick_pacer: Pacer) -> Iterator[Callable[..., VerboiceClient]]:
    """Makes clients for a URL and closes them."""
    made: list[VerboiceClient] = []

    def make(url: str, account: str = "ana@example.org", password: str = "secret", **options: object) -> VerboiceClient:
        client = VerboiceClient(Server(url, account, password, **options), pacer=quick_pacer)  # type: ignore[arg-type]
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
