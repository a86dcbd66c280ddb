"""Notices: one per change of state, never at the cost of the run."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Apprise's own


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what Apprise posts as JSON."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.got: list[dict] = []
        self.is_late = threading.Event()  # from then on answers come too late
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/"


class _Post(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.server.is_late.is_set():
            self.server.is_over.wait(30)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()


GOOD = ("+85512345678", 39, "red")
BAD = ("nonsense", 1, "red")


def test_a_change_of_state_is_announced_once_with_counts_and_the_next_command(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable
) -> None:
    def run(*lines: tuple[object, ...]) -> None:
        cli("sync", pipeline(sheet(*lines), notify=[receiver.url]))

    run(GOOD)
    assert receiver.got == []
    run(GOOD, BAD)
    run(GOOD, BAD)
    (partial,) = receiver.got
    assert "partial (was ok)" in partial["title"]
    assert "1 rejected" in partial["message"]
    assert "verboice-sync sync p" in partial["message"]
    run(GOOD)
    run(GOOD)
    told = [notice["title"].split(": ")[1] for notice in receiver.got]
    assert told == ["partial (was ok)", "recovered (was partial)"]


def test_a_run_that_never_had_a_report_is_announced_as_failed(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable
) -> None:
    name = pipeline(sheet(GOOD), notify=[receiver.url], **{"verboice.password": "wrong"})
    assert cli("sync", name).status != 0
    assert cli("plan", name).status != 0
    (notice,) = receiver.got
    assert "failed (was ok)" in notice["title"]
    assert "verboice-sync check p" in notice["message"]


def test_a_notice_of_a_server_that_is_away_names_it(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable
) -> None:
    assert (
        cli("sync", pipeline(sheet(GOOD), notify=[receiver.url], **{"verboice.url": "http://127.0.0.1:9"})).status == 1
    )
    (notice,) = receiver.got
    assert "127.0.0.1:9 cannot be reached" in notice["message"]


def test_a_notice_that_cannot_be_delivered_is_told_and_tried_again_and_the_run_is_not_affected(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable
) -> None:
    away = "json://127.0.0.1:9/secret-token"
    said = cli("sync", pipeline(sheet(GOOD, BAD), notify=[away]))
    assert said.status == 4
    assert "could not be delivered" in said.err
    assert "secret-token" not in said.err + said.out
    cli("sync", pipeline(sheet(GOOD, BAD), notify=[receiver.url]))
    assert len(receiver.got) == 1


def test_whoever_answers_late_has_been_told(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable
) -> None:
    receiver.is_late.set()
    name = pipeline(sheet(GOOD, BAD), notify=[f"{receiver.url}?rto=0.2"])
    assert "could not be delivered" not in cli("sync", name).err
    cli("sync", name)
    assert len(receiver.got) == 1


def test_commands_name_the_file_that_was_given(
    receiver: Receiver, sheet: Callable[..., Path], pipeline: Callable[..., str], cli: Callable, home: Path
) -> None:
    pipeline(sheet(GOOD, BAD), notify=[receiver.url], name="another")
    (home / "else where").mkdir()
    file = (home / "configs" / "p.yaml").rename(home / "else where" / "my.yaml")
    cli("sync", str(file))
    assert f"verboice-sync sync '{file}'" in receiver.got[0]["message"]
