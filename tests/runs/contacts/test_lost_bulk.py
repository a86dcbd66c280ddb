"""A lost answer to a request for a large project: the wait is told, is over in time, and at once for who asks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from connectors.sandbox import Fault
from flows.runs.contacts.run import send_contacts
from flows.runs.contacts.set_all import prepare_set_all
from flows.runs.execution import Started, execute
from flows.runs.run import Options
from tests.worlds import with_project

PEOPLE = 10_000
PER_CONTACT = 0.0002  # seconds of the server's time


def number(person: int) -> str:
    return f"8551270{person:05d}"


class Heard:
    """Progress that remembers what was told, and when."""

    def __init__(self) -> None:
        self.waits: list[tuple[float, str, float]] = []

    def begin(self, what: str, total: int | None) -> None: ...
    def advance(self, done: int) -> None: ...

    def pause(self, why: str, seconds: float) -> None:
        self.waits.append((time.monotonic(), why, seconds))


@pytest.fixture
def crowd(clinic):
    """PEOPLE contacts who all have an age beside the clinic's own three, who are gone."""
    for contact in (1, 2, 3):
        clinic.sandbox.remove_contact(contact)
    clinic.sandbox.add_contacts(clinic.project, [([number(n)], {"age": str(100 + n % 90)}) for n in range(PEOPLE)])
    return clinic


@pytest.fixture
def approved(crowd, cli, sheet, pipeline):
    """A pipeline's name, and the checksum of age 50 for everybody."""
    name = pipeline(sheet((number(0), 39, None)))
    return name, cli("set-all", name, "age=50", "--json").json["plan"]["checksum"]


def ages(clinic):
    return {contact["vars"].get("age") for contact in clinic.sandbox.contacts(clinic.project)}


FAULTS = [Fault("drop_after", path="all.json", times=1), Fault("late", path="all.json", times=1, seconds=2.0)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.action)
def test_a_lost_answer_for_many_contacts_is_told_at_once_and_settled_in_the_servers_own_time(crowd, approved, fault):
    name, checksum = approved
    crowd.sandbox.configure(contact_seconds=PER_CONTACT)
    crowd.sandbox.faults.add(fault)
    heard, options = Heard(), Options(values=("age=50",), approve=checksum)
    started, done_at = Started("set-all", name, options, progress=heard), []

    def watch():
        while (crowd.vars(number(PEOPLE - 1)).get("age")) != "50":
            time.sleep(0.02)
        done_at.append(time.time())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    ended = execute(started, lambda run: send_contacts(run, prepare_set_all))
    watcher.join(30)
    assert ended.error is None
    assert (ended.report.summary["rows"]["updated"], ages(crowd)) == (PEOPLE, {"50"})
    ((told_at, why, seconds),) = heard.waits
    assert "answer to the request for everybody was lost" in why
    assert seconds == pytest.approx(7 * 25.0, rel=0.01)  # nobody lacks an age, so 2.5 ms are expected for each contact
    (sent,) = (one for one in crowd.sandbox.requests if one.path.endswith("all.json"))
    *_, after = (one for one in crowd.sandbox.requests if one.path.endswith("/contacts.json"))
    lost_at = sent.started_at + (sent.seconds or 0.0)
    assert told_at - lost_at < 5.0
    assert sent.started_at < after.started_at
    own = max(done_at[0], lost_at) - sent.started_at  # the server's, whatever else this machine has to do
    assert after.started_at - sent.started_at <= 1.5 * own


def test_a_signal_ends_the_wait_at_once_and_the_run_goes_on_later(crowd, approved, cli, home):
    name, checksum = approved
    crowd.sandbox.configure(contact_seconds=PER_CONTACT)
    crowd.sandbox.faults.add(Fault("late", path="all.json", times=1, seconds=9.0))
    words = [sys.executable, "-m", "flows", "set-all", name, "age=50", "--approve", checksum, "--json"]
    environment = with_project()
    with subprocess.Popen(words, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        while not crowd.sandbox.count(path="by_address") and it.poll() is None:
            time.sleep(0.01)
        waiting = cli("runs", "--json").json[0]["waiting"]
        listed = cli("runs").out
        lists, asked = crowd.sandbox.count(path="contacts.json"), time.monotonic()
        it.send_signal(signal.SIGINT)
        out, err = it.communicate()
    assert time.monotonic() - asked < 60.0  # of 175
    assert crowd.sandbox.count(path="contacts.json") == lists
    said = json.loads(out)
    assert (it.returncode, said["status"], said["rows"]["uncertain"]) == (1, "failed", PEOPLE)
    assert b"at the latest" in err
    assert f"verboice-sync resume {said['run_id']}" in err.decode()
    assert "answer to the request for everybody was lost" in waiting["for"]
    assert waiting["for"] in " ".join(listed.split())
    done = cli("resume", said["run_id"], "--json")
    assert (done.status, done.json["rows"]["updated"], done.json["requests"]["bulk_put"]) == (0, PEOPLE, 1)
    assert ages(crowd) == {"50"}
    assert "waiting" not in cli("runs", "--json").json[0]
