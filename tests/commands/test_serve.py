"""`serve`: what has to be there before it begins."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from connectors.errors import CouldNotBeDone
from flows.commands import serve


def test_serving_without_a_server_says_which_commands_start_one(pipeline, cli, monkeypatch, tmp_path) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    name = pipeline(Path("p.xlsx"))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        said = cli("serve", name)
    assert said.status == 2
    assert "prefect server start" in said.err
    assert "PREFECT_API_URL=" in said.err


def test_a_broken_pipeline_is_told_before_prefect_is_started(home, cli) -> None:
    (home / "configs").mkdir()
    (home / "configs" / "bad.yaml").write_text("verboice: {url: 5}\n")
    said = cli("serve")
    assert said.status == 2
    assert "bad.yaml" in said.err


class Starting(BaseHTTPRequestHandler):
    """A server that is healthy from the third question on."""

    asked = 0

    def do_GET(self) -> None:
        Starting.asked += 1
        self.send_response(200 if Starting.asked > 2 else 503)
        self.end_headers()

    def log_message(self, *facts: object) -> None:
        pass


def test_a_server_that_is_still_starting_is_waited_for_and_it_is_said(monkeypatch, capfd) -> None:
    monkeypatch.setattr(serve, "STARTING_SECONDS", 4.0)
    Starting.asked = 0
    with HTTPServer(("127.0.0.1", 0), Starting) as server:
        answering = threading.Thread(target=server.serve_forever)
        answering.start()
        serve._wait_for(f"http://127.0.0.1:{server.server_port}/api")
        server.shutdown()
        answering.join()
    assert capfd.readouterr().err.count("Waiting up to 4 s for Prefect's server") == 1


def test_a_server_that_does_not_start_is_told_with_the_next_step(monkeypatch) -> None:
    monkeypatch.setattr(serve, "STARTING_SECONDS", 0.05)
    with pytest.raises(CouldNotBeDone, match="Start it: prefect server start"):
        serve._wait_for("http://127.0.0.1:9/api")
