"""A small Verboice world behind a real socket, and a client that sends exactly the bytes a test asks for."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sandbox import Account, Item, Sandbox, SandboxServer

EMAIL, PASSWORD = "ana@example.org", "secret"
NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "")

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def shape(self) -> str:
        """A to E as in the API sheet, `json`, `lowlevel`, or the body itself."""
        if self.body == b" ":
            return "B"
        if len(self.body) == 728 and self.type == "text/html; charset=utf-8":
            return "C"
        if self.body.startswith(b"No such variable: "):
            return "D"
        if self.body.startswith(b"An unhandled lowlevel error"):
            return "lowlevel"
        if self.type.startswith("application/json") and self.body:
            names = list(self.json()) if isinstance(self.json(), dict) else []
            return {401: "A", 400: "E"}.get(self.status, "json") if names == ["error"] else "json"
        return self.text


def basic(email: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()


@dataclass
class World:
    """Ana owns `clinic`, Bob is somebody else."""

    sandbox: Sandbox
    server: SandboxServer
    ana: Account
    bob: Account
    clinic: Item
    contacts: dict[str, int] = field(default_factory=dict)

    @property
    def project(self) -> str:
        return f"/api/projects/{self.clinic.id}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        *,
        auth: str | None = basic(EMAIL, PASSWORD),
        **headers: str,
    ) -> Answer:
        """One request on its own connection; header names with `_` for `-`. `auth` is the Authorization header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth is not None:
            sent["Authorization"] = auth
        with closing(http.client.HTTPConnection(self.server.host, self.server.port, timeout=20)) as connection:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            data = body.encode() if isinstance(body, str) else body
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, received, response.read())

    def get(self, path: str, **rest: Any) -> Answer:
        return self.ask("GET", path, **rest)

    def put(self, path: str, body: bytes | str | None = b"", **rest: Any) -> Answer:
        return self.ask("PUT", path, body, **rest)

    def post(self, path: str, body: bytes | str | None = b"", **rest: Any) -> Answer:
        return self.ask("POST", path, body, **rest)

    def raw(self, data: bytes) -> bytes:
        """Everything the server says to these bytes until it closes."""
        with closing(socket.create_connection((self.server.host, self.server.port), timeout=20)) as connection:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def answer_to(self, data: bytes) -> Answer:
        """The answer to exactly these bytes."""
        with closing(socket.create_connection((self.server.host, self.server.port), timeout=20)) as connection:
            connection.sendall(data)
            response = http.client.HTTPResponse(connection)
            response.begin()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, received, response.read())

    def put_age(self, query: str, address: str = "85512345001", **rest: Any) -> Answer:
        return self.put(f"{self.project}/contacts/by_address/{address}.json?{query}", **rest)

    def vars_of(self, address: str = "85512345001") -> dict[str, str | None]:
        contact = self.sandbox.contact(self.clinic, address)
        assert contact is not None
        return contact["vars"]

    def until_begun(self) -> None:
        """Returns when the last request has been taken up by a worker and has read what it needs."""
        for _ in range(4_000):
            if self.sandbox.requests and self.sandbox.requests[-1].begun:
                return
            time.sleep(0.005)
        raise AssertionError("no request was begun")

    def set_now(self, moment: datetime) -> None:
        self.sandbox.state.clock.source = lambda: moment


@pytest.fixture
def world() -> Iterator[World]:
    sandbox = Sandbox(clock=lambda: NOW)
    ana, bob = sandbox.add_account(EMAIL, PASSWORD), sandbox.add_account("bob@example.org", "other")
    clinic = sandbox.add_project(ana, "Clinic", variables=["age", "favorite color", "village"])
    with SandboxServer(sandbox) as server:
        made = World(sandbox, server, ana, bob, clinic)
        for address in ("85512345001", "85512345002"):
            made.contacts[address] = sandbox.add_contact(clinic, [address], {"age": "38"})
        yield made
    assert sandbox.errors == []
    sandbox.close()


@pytest.fixture
def basic_header() -> Callable[[str, str], str]:
    return basic
