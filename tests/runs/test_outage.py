"""A ledger that goes away in the middle of a run: what is told, what is sent, and how the run goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import CouldNotBeDone
from connectors.ledger import Ledger
from connectors.ledger.database import Database
from flows.runs.contacts import push
from tests.worlds import able_to_call, gather_crowd, number

CALLS = {"channel": "chan", "call_flow": "Reminder"}


@pytest.fixture
def five(clinic, sheet, pipeline):
    """five(**changes): a pipeline that has five people of age 1 become older; each request is recorded alone."""
    gather_crowd(able_to_call(clinic))

    def write(**changes):
        rows = [(number(n), 100 + n, None) for n in range(5)]
        return pipeline(sheet(*rows), **{"guard.max_overwrites": "100%", "verboice.concurrency": 1, **changes})

    return write


class Disk:
    """One that becomes full as soon as a method of the ledger was called so often. `is_full` until room is made."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        self._patch = patch
        writing = Database.writing

        @contextmanager
        def unless_full(database: Database, **how: bool) -> Iterator[object]:
            with database._told():
                if self.is_full:
                    raise sqlite3.OperationalError("database or disk is full")
            with writing(database, **how) as connection:
                yield connection

        patch.setattr(Database, "writing", unless_full)

    def make_room(self, home: Path, run: str) -> None:
        """There is room again, and the process that could not give its leases back is no more."""
        self.is_full = False
        with Ledger.open(None, home / ".verboice-sync") as ledger:
            for lease in ledger.leases_of(run):
                ledger.release_lease(lease, at=datetime.now(UTC))

    def fill(self, method: str, *, at: int) -> None:
        """Full from the call number `at` of the method on."""
        called, original = [], getattr(Ledger, method)

        def method_called(ledger: Ledger, *given: object, **named: object) -> object:
            called.append(1)
            self.is_full = self.is_full or len(called) == at
            return original(ledger, *given, **named)

        self._patch.setattr(Ledger, method, method_called)


class Restarted:
    """A ledger on PostgreSQL whose server is stopped and started again in the middle of things."""

    def __init__(self, patch: pytest.MonkeyPatch, url: str, restart: Callable[[str], None]) -> None:
        self.url = url
        self._patch = patch
        self._restart = restart

    def before(self, method: str, *, at: int, how: str) -> None:
        """Before the call number `at` of the ledger's method; `how` as pg_ctl has it."""
        called, original = [], getattr(Ledger, method)

        def method_called(ledger: Ledger, *given: object, **named: object) -> object:
            called.append(1)
            if len(called) == at:
                self._restart(how)
            return original(ledger, *given, **named)

        self._patch.setattr(Ledger, method, method_called)


@pytest.fixture
def restarted(monkeypatch, shared_ledger, restart_postgres) -> Restarted:
    return Restarted(monkeypatch, shared_ledger, restart_postgres)


@pytest.fixture
def disk(monkeypatch) -> Disk:
    monkeypatch.setattr(push, "GROUP", 1)
    monkeypatch.setattr(push, "AHEAD", 0)
    return Disk(monkeypatch)


@pytest.mark.parametrize(
    ("method", "at", "least", "most"),
    [
        ("mark_sending", 1, 0, 0),
        ("mark_sending", 3, 1, 2),  # the second one is under way
        ("settle_writes", 1, 1, 5),
        ("record_rows", 1, 5, 5),
        ("finish_run", 1, 5, 5),
    ],
)
def test_a_push_tells_what_was_sent_and_how_to_go_on_and_nothing_is_sent_twice(
    cli, clinic, five, disk, home, method, at, least, most
):
    name = five()
    disk.fill(method, at=at)
    said = cli("sync", name, "--json")
    assert said.status == 1
    told = said.json
    assert (told["status"], told["sent"]) == ("failed", True)
    updated = told["rows"]["updated"]
    assert least <= updated <= most
    assert updated + told["rows"]["unsent"] == 5
    assert told["requests"]["put"] == clinic.sandbox.count("PUT") == updated
    run = told["run_id"]
    assert f"disk is full. Make room on its disk. Then go on with `verboice-sync resume {run}`." in said.err
    disk.make_room(home, run)
    assert cli("resume", run, "--json").json["rows"]["updated"] == 5
    assert clinic.sandbox.count("PUT") == 5
    assert [clinic.vars(number(n))["age"] for n in range(5)] == ["100", "101", "102", "103", "104"]


@pytest.mark.parametrize("method", ["start_run", "record_counts"])
def test_a_run_that_has_sent_nothing_says_so(cli, clinic, five, disk, method):
    disk.fill(method, at=1)
    said = cli("sync", five(), "--json")
    assert (said.status, said.json["sent"], clinic.sandbox.count("PUT")) == (1, False, 0)
    assert set(said.json["rows"].values()) == {0}
    assert bool(said.json["run_id"]) == (method != "start_run")


def test_a_run_that_goes_on_and_is_stopped_again_knows_no_counts(cli, five, disk, home):
    disk.fill("mark_sending", at=2)
    run = cli("sync", five(), "--json").json["run_id"]
    disk.make_room(home, run)
    disk.fill("settle_writes", at=1)
    said = cli("resume", run, "--json")
    assert (said.status, said.json["run_id"], said.json["sent"]) == (1, run, True)
    assert set(said.json["rows"].values()) == {None}
    disk.make_room(home, run)
    assert cli("resume", run, "--json").json["rows"]["updated"] == 5


@pytest.mark.parametrize(
    ("method", "at", "queued", "uncertain"),
    [("begin_call", 1, 0, 0), ("begin_call", 3, 2, 0), ("settle_call", 3, 2, 1)],
)
def test_nobody_is_called_while_the_ledger_is_away_and_what_it_could_not_record_is_uncertain(
    cli, clinic, five, disk, home, method, at, queued, uncertain
):
    disk.fill(method, at=at)
    said = cli("call", five(calls=CALLS), "--json")
    assert said.status == 1
    told = said.json
    counts = (told["rows"]["queued"], told["rows"]["uncertain"], told["rows"]["unsent"])
    assert counts == (queued, uncertain, 5 - queued - uncertain)
    assert len(clinic.sandbox.calls()) == queued + uncertain
    assert [p["reason"] for p in told["problems"]] == uncertain * ["Verboice's answer (call 3) could not be recorded."]
    assert f"verboice-sync resume {told['run_id']}" in said.err
    disk.make_room(home, told["run_id"])
    again = cli("resume", told["run_id"], "--json").json["rows"]
    assert (again["queued"], again["uncertain"]) == (5 - uncertain, uncertain)
    assert len(clinic.sandbox.calls()) == 5


def test_reports_that_find_no_room_either_do_not_hide_what_was_sent(cli, five, disk, monkeypatch):
    disk.fill("mark_sending", at=3)

    def full(*_facts: object) -> None:
        raise CouldNotBeDone("summary.json could not be written.", hint="Make room.")

    monkeypatch.setattr("flows.runs.finished.write_summary", full)
    said = cli("sync", five(), "--json")
    assert said.status == 1
    assert said.json["rows"]["updated"] == said.json["requests"]["put"] > 0
    assert "Note: summary.json could not be written. Make room." in said.err
    assert "verboice-sync resume" in said.err


def test_postgresql_restarted_in_the_middle_of_a_push_and_of_a_batch(cli, clinic, five, restarted, monkeypatch):
    monkeypatch.setattr(push, "GROUP", 1)
    restarted.before("mark_sending", at=2, how="fast")
    name = five(calls=CALLS, ledger=restarted.url)
    said = cli("sync", name, "--json")
    assert (said.status, said.json["rows"]["updated"]) == (0, 5)
    assert clinic.sandbox.count("PUT") == 5
    assert "The ledger is away" in said.err
    restarted.before("settle_call", at=2, how="immediate")
    said = cli("call", name, "--json")
    assert (said.status, said.json["rows"]["queued"]) == (0, 5)
    assert len(clinic.sandbox.calls()) == 5


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_a_home_that_cannot_be_made_is_one_line(cli, five, home, monkeypatch, place):
    name = five()
    (home / "file").touch()
    monkeypatch.setenv("VERBOICE_SYNC_HOME", str(home / "file" / ("x" if place == "below a file" else "")))
    for words in (("sync", name), ("call", name), ("demo",)):
        said = cli(*words)
        assert said.status == 2
        assert len(said.err.strip().splitlines()) == 1
        assert "VERBOICE_SYNC_HOME" in said.err
