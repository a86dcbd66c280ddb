"""Prefect's server is waited for while it starts, asked again while it is busy, and told how far a deploy came."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from connectors.errors import CouldNotBeDone
from flows.orchestration import server
from flows.orchestration.server import reached, register

pytestmark = pytest.mark.timeout(170)


class Busy(BaseHTTPRequestHandler):
    """Hands requests on to the server behind it, and turns one of three away."""

    behind: str
    requests = itertools.count()

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if next(self.requests) % 3 == 0:
            self.answer(503, b"", {"Retry-After": "0"})
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() == "content-type"}
        asked = urllib.request.Request(self.behind + self.path, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(asked) as said:
                self.answer(said.status, said.read(), {"Content-Type": said.headers["Content-Type"] or "text/plain"})
        except urllib.error.HTTPError as said:
            with said:
                self.answer(said.code, said.read(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do  # noqa: N815 - as its base calls them

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def busy(prefect: Any) -> Iterator[str]:
    """The API of a server that turns one request of three away."""
    handler = type("BusyHere", (Busy,), {"behind": prefect.api.removesuffix("/api")})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/api"
        listening.shutdown()
        thread.join()


def test_a_busy_server_is_no_fault_of_a_deploy(prefect, busy, pipeline, sheet, home: Path) -> None:
    pool = {"name": "busy", "type": "process"}
    prefect.post("/work_pools/", pool)
    name = pipeline(sheet(("012345678", 39, None)), name="at a busy one")
    done = subprocess.run(
        [sys.executable, "-m", "flows", "deploy", name, "--pool", "busy"],
        cwd=home,
        env=prefect.environment | {"PREFECT_API_URL": busy},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("deployed ") == 4
    found = prefect.post("/deployments/filter")
    mine = [one for one in found if one["name"] == "at a busy one"]
    assert {one["work_pool_name"] for one in mine} == {"busy"}
    for one in mine:
        httpx.delete(f"{prefect.api}/deployments/{one['id']}", timeout=30).raise_for_status()


class Starting(BaseHTTPRequestHandler):
    """A server that is healthy from the third question on."""

    asked = 0

    def do_GET(self) -> None:
        Starting.asked += 1
        self.send_response(200 if Starting.asked > 2 else 503)
        self.end_headers()

    def log_message(self, *facts: object) -> None:
        pass


@pytest.mark.parametrize("starting", [True, False])
def test_a_server_that_is_starting_or_busy_is_waited_for_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, starting: bool
) -> None:
    monkeypatch.setattr(server, "AGAIN", 0.01)
    Starting.asked = 0
    said: list[str] = []
    with HTTPServer(("127.0.0.1", 0), Starting) as listening:
        answering = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        answering.start()
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{listening.server_port}/api"}):
            assert reached(said.append, starting=starting)
        listening.shutdown()
        answering.join()
    (told,) = said
    assert told.startswith("Waiting up to 60 s for Prefect's server")


def test_a_server_that_does_not_start_is_told_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "AGAIN", 0.01)
    monkeypatch.setattr(server, "PATIENCE", 0.05)
    nobody = temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"})
    with nobody, pytest.raises(CouldNotBeDone, match="Start it: prefect server start"):
        reached(lambda _line: None, starting=True)


def test_where_nothing_is_starting_a_refused_connection_is_told_at_once() -> None:
    said: list[str] = []
    nobody = temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"})
    with nobody, pytest.raises(CouldNotBeDone, match="does not answer"):
        reached(said.append, starting=False)
    assert said == []


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), httpx.ConnectError("away")])
def test_an_interrupted_deploy_says_what_is_registered(stopped: BaseException) -> None:
    def apply() -> None:
        raise stopped

    one, two, three = (SimpleNamespace(full_name=name, apply=lambda: None) for name in ("sync/a", "call/a", "sync/b"))
    two.apply = apply
    with pytest.raises(CouldNotBeDone, match=r"Registered: sync/a\. Not yet: call/a, sync/b\.") as told:
        register([one, two, three], lambda _line: None)
    assert "Run the same command again" in told.value.hint
