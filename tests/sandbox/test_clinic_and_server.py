"""The demo clinic, serving, and the sandbox as a program."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys

import pytest

from connectors.errors import ConfigurationError
from connectors.sandbox import Sandbox, SandboxServer, clinic, demo_clinic


def test_the_clinic_is_always_the_same():
    first, second = Sandbox(), Sandbox()
    assert first.contacts(demo_clinic(first).project) == second.contacts(demo_clinic(second).project)


def test_the_clinic_has_every_kind_of_contact():
    sandbox = Sandbox()
    made = demo_clinic(sandbox)
    contacts = sandbox.contacts(made.project)
    addresses = [address for contact in contacts for address in contact["addresses"]]
    assert len(contacts) >= 200
    assert {contact["vars"].get("favorite color", "absent") for contact in contacts} >= {None, "absent", "blue"}
    assert any(contact["vars"].get("village") == "" for contact in contacts)
    assert any(len(contact["addresses"]) > 1 for contact in contacts)
    assert clinic.SIP_ADDRESS in addresses
    for pattern in (
        r"855\d{8,9}",
        r"\+855\d{8}",
        r"\+855 \d\d \d{3} \d{3}",
        r"0\d\d \d{3} \d{3}",
        r"855-\d\d-\d{3}-\d{3}",
    ):
        assert any(re.fullmatch(pattern, address) for address in addresses), pattern
    assert sandbox.contact(made.project, clinic.spelling(7)) is not None


def test_a_file_is_kept_and_found_again(tmp_path):
    path = str(tmp_path / "sandbox.db")
    sandbox = Sandbox(path=path)
    made = demo_clinic(sandbox, people=3)
    sandbox.close()
    again = Sandbox(path=path)
    assert len(again.contacts(made.project)) == 4
    again.close()


def test_a_port_in_use_is_told():
    with (
        SandboxServer(Sandbox()) as server,
        pytest.raises(ConfigurationError, match=f"Cannot listen on 127.0.0.1 port {server.port}"),
    ):
        SandboxServer(Sandbox(), port=server.port)


def test_stopping_ends_open_connections():
    with SandboxServer(Sandbox()) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        connection.request("GET", "/accounts/sign_in")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b""
    connection.close()


DIRECT = [sys.executable, "-m", "connectors.sandbox", "--port", "0"]
COMMAND = [sys.executable, "-m", "flows", "sandbox", "--port", "0"]


@pytest.mark.parametrize(
    ("command", "number", "projects"),
    [
        (DIRECT, signal.SIGINT, ["Demo clinic"]),
        (DIRECT, signal.SIGTERM, ["Demo clinic"]),
        (COMMAND, signal.SIGTERM, ["Demo clinic"]),
        ([*COMMAND, "--empty"], signal.SIGTERM, []),
    ],
    ids=["interrupted", "terminated", "command", "empty"],
)
def test_the_program_serves_until_it_is_told_to_stop(command, number, projects):
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as program:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", program.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)
        connection.request("GET", "/_sandbox/state.json")
        shown = json.loads(connection.getresponse().read())
        assert [project["name"] for project in shown["projects"]] == projects
        connection.close()
        program.send_signal(number)
        _, errors = program.communicate(timeout=20)
    assert (program.returncode, errors) == (0, "")
