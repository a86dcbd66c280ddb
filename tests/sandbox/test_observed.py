"""Recorded exchanges with the real server, replayed in order: the sandbox gives the same answers."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import re
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox import Sandbox, SandboxServer

OBSERVED = Path(__file__).with_name("observed")
RECORDED_AT = datetime(2026, 11, 28, 9, 7, 25, tzinfo=UTC)
EXCHANGES = [json.loads(line) for line in (OBSERVED / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()]
NAMES = [f"{number} {exchange['name']}" for number, exchange in enumerate(EXCHANGES, 1)]
RECORDED = ("status", "content_type", "location", "www_authenticate", "sets_session", "framing", "answer")
BIG = [{"addresses": [f"85516{number:07d}"]} for number in range(10_000)]
# Project -> its first contact's id and the step to the next: the last two were filled in turn, then the big one.
IDS = {"Clínica Norte": (1, 1), "Bulk": (54, 1), "Shared admin": (84, 2), "Shared read": (85, 2), "Big": (108, 1)}
STATIC = re.compile(r"<static page, (\d+)>")
LENGTH = re.compile(r"<(\d+) bytes>")
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Exchange = dict[str, Any]


def world() -> Exchange:
    document = json.loads((OBSERVED / "seed.json").read_text(encoding="utf-8"))
    for project in document["projects"]:
        contacts = BIG if project["name"] == "Big" else project.get("contacts", [])
        ids = itertools.count(*IDS.get(project["name"], (1, 1)))
        project["contacts"] = [{"id": number, **contact} for number, contact in zip(ids, contacts, strict=False)]
    return document


def request_of(exchange: Exchange, host: str) -> bytes:
    elided = LENGTH.fullmatch(exchange["body"])
    body = b"x" * int(elided[1]) if elided else exchange["body"].encode()
    headers = {"Host": host, "Accept": "application/json", "Content-Length": len(body)}
    if exchange["account"] is not None:
        credentials = f"{exchange['account']}:{exchange['password']}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    given = {name: value for name, value in (headers | exchange["headers"]).items() if value is not None}
    lines = [f"{exchange['method']} {exchange['target']} {exchange['proto']}"]
    lines += [f"{name}: {value}" for name, value in given.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Connection:
    """One connection for as long as the server keeps it, so that a body framed wrongly spoils the next answer."""

    def __init__(self, server: SandboxServer) -> None:
        self.address = (server.host, server.port)
        self.host = f"{server.host}:{server.port}"
        self.socket: socket.socket | None = None

    def answer_to(self, exchange: Exchange) -> Exchange:
        """The answer, told as the recorded ones are."""
        self.socket = self.socket or socket.create_connection(self.address, timeout=60)
        self.socket.sendall(request_of(exchange, self.host))
        answer = http.client.HTTPResponse(self.socket, method=exchange["method"])
        answer.begin()
        body = answer.read().decode()
        if answer.will_close:
            self.close()
        return self.told(answer, body)

    def told(self, answer: http.client.HTTPResponse, body: str) -> Exchange:
        headers = {name.lower(): value.replace(self.host, "HOST") for name, value in answer.getheaders()}
        chunked, length = headers.get("transfer-encoding") == "chunked", "content-length" in headers
        return {
            "status": str(answer.status),
            "content_type": headers.get("content-type"),
            "location": headers.get("location"),
            "www_authenticate": headers.get("www-authenticate"),
            "sets_session": headers.get("set-cookie", "").startswith("_verboice_session="),
            "framing": "chunked" if chunked else "length" if length else "none",
            "answer": GUID.sub("GUID", body).replace(self.host, "HOST"),
        }

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


@pytest.fixture(scope="module")
def answers() -> list[Exchange]:
    """One for each exchange. What was there before the reset must not show."""
    sandbox = Sandbox(clock=lambda: RECORDED_AT)
    sandbox.add_contact(sandbox.add_project(sandbox.add_account("op@example.com", "before"), "Before"), ["1"])
    with SandboxServer(sandbox) as server:
        control(server, "reset")
        control(server, "seed", world())
        with closing(Connection(server)) as connection:
            given = [connection.answer_to(exchange) for exchange in EXCHANGES]
    assert sandbox.errors == []
    sandbox.close()
    return given


def control(server: SandboxServer, name: str, document: Exchange | None = None) -> None:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as connection:
        connection.request("POST", f"/_sandbox/{name}", json.dumps(document or {}))
        assert connection.getresponse().status == 200


def comparable(answer: Exchange, recorded: Exchange) -> Exchange:
    """What was recorded of it; of a static page not the wording, of a long text only the length."""
    kept = {name: answer[name] for name in RECORDED}
    if STATIC.fullmatch(recorded["answer"]) and answer["answer"].startswith("<!DOCTYPE html>"):
        kept["answer"] = f"<static page, {answer['status']}>"
    elif LENGTH.fullmatch(recorded["answer"]):
        kept["answer"] = f"<{len(answer['answer'])} bytes>"
    return kept


def test_all_were_recorded():
    assert len(EXCHANGES) == 268


@pytest.mark.parametrize("number", range(len(EXCHANGES)), ids=NAMES)
def test_the_answer_is_the_real_servers(answers, number):
    recorded = EXCHANGES[number]
    assert comparable(answers[number], recorded) == {name: recorded[name] for name in RECORDED}
