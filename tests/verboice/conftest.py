"""A loopback server that says exactly what a test scripts, for what happens on the wire."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.sandbox import Account, Item, Sandbox, SandboxServer
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
    _lasting: int | None = None
    _portion: int | None = None
    _turn: threading.Lock | None = None

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

    def hangs_up_after(self, answers: int) -> Wire:
        """Closes each connection after so many answers."""
        self._lasting = answers
        return self

    def serves_one_connection_at_a_time(self) -> Wire:
        self._turn = threading.Lock()
        return self

    def sends_bytewise(self) -> Wire:
        self._portion = 1
        return self

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
        with self._turn or contextlib.nullcontext():
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        self.connections += 1
        answered = 0
        while request := _read_request(connection):
            self.requests.append(request)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            if reply == _DROP:
                return
            if not reply:
                self.over.wait(30)
                return
            size = self._portion or len(reply)
            for start in range(0, len(reply), size):
                connection.sendall(reply[start : start + size])
            answered += 1
            if answered == self._lasting:
                return


@dataclass(frozen=True)
class Clinic:
    sandbox: Sandbox
    account: Account
    project: Item
    channel: Item


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


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proxies nor certificates of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def _listening(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A loopback port whose connections are each talked to in a thread."""
    listening = socket.create_server(("127.0.0.1", 0))

    def converse(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # clients may leave in the middle
            talk(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=converse, args=(listening.accept()[0],), daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    acceptor.join(5)


@pytest.fixture
def wire() -> Iterator[Wire]:
    scripted = Wire()
    with _listening(scripted.talk) as scripted.url:
        yield scripted
        scripted.over.set()


@pytest.fixture
def quick_pacer() -> Pacer:
    """Pauses too short to wait for."""
    return Pacer(limit=4, rules=PauseRules(first=0.001, longest=0.01, longest_asked=0.02, rounds=10))


@pytest.fixture
def client_of(quick_pacer: Pacer) -> Iterator[Callable[..., VerboiceClient]]:
    """Makes clients for a URL and closes them."""
    made: list[VerboiceClient] = []

    def make(
        url: str,
        account: str = "ana@example.org",
        password: str = "secret",
        *,
        timeout: float = 60.0,
        allow_insecure: bool = False,
    ) -> VerboiceClient:
        server = Server(url, account, password, timeout, allow_insecure)
        client = VerboiceClient(server, pacer=quick_pacer)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and verboice.example.org with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    named = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("verboice.example.org")]
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, plain, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def tls_url(wire: Wire, certificate: Path) -> Iterator[str]:
    """The wire again, behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            wire.talk(secured)

    with _listening(talk) as url:
        yield url.replace("http://", "https://")


@dataclass
class Tunnel:
    """A proxy, and the CONNECTs it got. Wherever they want to go, they come to the wire behind TLS."""

    url: str = ""
    heads: list[bytes] = field(default_factory=list)


@pytest.fixture
def tunnel(tls_url: str) -> Iterator[Tunnel]:
    made = Tunnel()
    port = int(tls_url.rpartition(":")[2])

    def talk(connection: socket.socket) -> None:
        made.heads.append(_read_request(connection))
        with socket.create_connection(("127.0.0.1", port)) as beyond:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(beyond, connection), daemon=True)
            back.start()
            _pass_on(connection, beyond)
            back.join(5)

    with _listening(talk) as made.url:
        yield made


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while portion := source.recv(65_536):
            target.sendall(portion)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()
    assert made.errors == []


@pytest.fixture
def clinic(sandbox: Sandbox) -> Clinic:
    """An account with a project of three contacts and two variables."""
    account = sandbox.add_account("ana@example.org", "secret")
    project = sandbox.add_project(account, "Clinic", variables=["age", "favorite color"], call_flows=["Reminder"])
    sandbox.add_contact(project, ["85512345678", "85512000001"], {"age": "38"})
    sandbox.add_contact(project, ["sip:bo.li/desk@example.com"], {"age": None, "favorite color": "blue"})
    sandbox.add_contact(project, ["+85512999999"])
    channel = sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Reminder"))
    return Clinic(sandbox, account, project, channel)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as serving:
        yield serving


@pytest.fixture
def client(server: SandboxServer, client_of: Callable[..., VerboiceClient]) -> VerboiceClient:
    return client_of(server.url)
