"""Calls against a model of one page: batches, crashes at any moment, lost answers, resumes, new attempts, people who
are never to be called, and what Verboice's log tells of calls that nobody heard of again.

The model knows what a person would: whoever was called, and was not reached, may be called again, so often as the rule
says, and nobody else; nobody who asked not to be. Whatever the machine does, the sandbox must have rung nobody more.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import hypothesis
import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from connectors.errors import VerboiceSyncError
from connectors.ledger import Ledger
from connectors.ledger.calls import RINGS
from connectors.ledger.values import Call, Listing
from connectors.sandbox import Fault, Sandbox, SandboxServer
from connectors.values import Rows
from flows import wiring
from flows.runs.calls.reconcile import reconcile_calls
from flows.runs.calls.resume import resume_calls
from flows.runs.calls.run import enqueue_calls
from flows.runs.calls.track import track_calls
from flows.runs.execution import Started, execute
from flows.runs.run import Options
from tests.worlds import be_impatient

LOST = ("drop_before", "drop_after")
TIMES = 2  # new attempts that the pipeline allows


def number(person: int) -> str:
    return f"8551234{person:05d}"


@dataclass
class Batch:
    """A sandbox that can call, and a pipeline of one spreadsheet in its own folder."""

    sandbox: Sandbox
    server: SandboxServer
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def ledger(self) -> Ledger:
        return Ledger.open(None, self.home)

    def calls(self) -> list[Call]:
        """Every call in the ledger, of all runs."""
        with self.ledger() as ledger:
            return [call for run in ledger.runs() for call in ledger.calls_of_run(run.run_id)]

    def placed(self) -> list[str]:
        return [call["address"] for call in self.sandbox.calls()]


@contextmanager
def batch_in(folder: Path, **settings: object) -> Iterator[Batch]:
    sandbox = Sandbox()
    account = sandbox.add_account("ana@example.org", "secret")
    project = sandbox.add_project(account, "Clinic", call_flows=["Reminder"])
    sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Reminder"))
    sandbox.configure(**settings)
    with SandboxServer(sandbox) as server:
        pipeline = {
            "verboice": {
                "url": server.url,
                "account": "ana@example.org",
                "password": "secret",
                "project": project.name,
            },
            "source": {"kind": "csv", "path": str(folder / "people.csv"), "address": "Phone"},
            "calls": {
                "channel": "chan",
                "call_flow": "Reminder",
                "vars": {"name": "Name"},
                "retry": {"on": ["failed"], "times": TIMES, "after": "0s"},
            },
        }
        (folder / "p.yaml").write_text(yaml.safe_dump(pipeline))
        yield Batch(sandbox, server, folder)
    assert sandbox.errors == []
    sandbox.close()


# Crashes at every moment, in one process: the ledger dies at a chosen point, and everything after it with it.


class Killed(BaseException):
    """The process is gone; nothing it would still do happens."""


@dataclass
class DyingLedger:
    """A ledger that works until the `nth` call is about to be recorded, is recorded, or is answered."""

    ledger: Ledger
    nth: int
    moment: str
    begun: int = 0
    dead: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.ledger, name)
        if not callable(method):
            return method

        def living(*words: object, **named: object) -> object:
            self.begun += name == "begin_call"
            due = self.begun == self.nth
            self.dead = self.dead or (
                due and (name, self.moment) in {("begin_call", "before"), ("settle_call", "answered")}
            )
            if self.dead:
                raise Killed
            result = method(*words, **named)
            if due and (name, self.moment) == ("begin_call", "recorded"):
                self.dead = True
                raise Killed
            return result

        return living


@dataclass
class ListSource:
    """Rows in memory under a file name."""

    people: list[int]
    stem: str = "people"
    rows: list[int] = field(default_factory=list)

    def describe(self) -> str:
        return self.stem

    def read(self) -> Rows:
        table = pa.table({"Phone": [number(p) for p in self.people], "Name": [f"N{p}" for p in self.people]})
        return Rows(table, pa.array(range(2, len(self.people) + 2), pa.int64()), self.stem)


Crash = tuple[int, str] | None
Trouble = tuple[int, str] | None
crashes = (
    st.none()
    | st.none()
    | st.none()
    | st.tuples(st.integers(1, 4), st.sampled_from(["before", "recorded", "answered"]))
)
troubles = st.none() | st.tuples(
    st.integers(0, 3), st.sampled_from([*LOST, "truncate", "refused", "not placed", "not Verboice"])
)
persons = st.integers(1, 6)
which = st.sampled_from([0, 0, 0, 1, 2])  # run, the last one first
_REPLIES: dict[str, dict[str, Any]] = {
    "refused": {"action": "reply", "status": 400, "body": '{"error": "Validation failed"}'},
    "not placed": {"action": "reply", "status": 404, "body": "x" * 728},
    "not Verboice": {"action": "reply", "status": 404},
}


class Campaign(RuleBasedStateMachine):
    """One pipeline, six people, and a ledger that dies."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.patch = self.closing.enter_context(pytest.MonkeyPatch.context())
        self.batch = self.closing.enter_context(batch_in(folder))
        self.batch.sandbox.set_outcomes("*", "busy")
        self.patch.setenv("VERBOICE_SYNC_HOME", str(self.batch.home))
        self.patch.setattr("flows.calls.evidence.LATE", timedelta(0))  # as if all that was lost were long past
        be_impatient(self.patch)
        self.ledger = self.closing.enter_context(self.batch.ledger())
        self.calls: list[Call] = []  # all that the ledger knows
        self.never: set[str] = set()
        self.seen = 0

    def teardown(self) -> None:
        self.closing.close()

    # What is done.

    @rule(people=st.lists(persons, min_size=1, max_size=5), stem=st.sampled_from(["people", "renamed"]), dies=crashes)
    def call(self, people: list[int], stem: str, dies: Crash, trouble: Trouble = None) -> None:
        self._arm(dies, trouble)
        self.patch.setattr(wiring, "open_source", lambda *_a, **_k: ListSource(people, stem))
        waiting = {number(one) for one in people} - self.never - self._known(*RINGS)
        ended = self._carried_out(lambda: execute(Started("call", str(self.batch.folder / "p.yaml")), enqueue_calls))
        new = self._check(may_follow=False)
        if ended and not trouble:
            assert set(new) == waiting

    @rule(people=st.lists(persons, min_size=2, max_size=5), dies=crashes, trouble=troubles)
    def call_in_trouble(self, people: list[int], dies: Crash, trouble: Trouble) -> None:
        self.call(people, "people", dies, trouble)

    @precondition(lambda self: self._runs())
    @rule(nth=which, dies=crashes, trouble=troubles)
    def resume(self, nth: int, dies: Crash, trouble: Trouble) -> None:
        self._arm(dies, trouble)
        run = self._run(nth)
        self._carried_out(lambda: resume_calls(run))
        self._check(may_follow=True)

    @precondition(lambda self: self._runs())
    @rule(nth=which, dies=crashes, trouble=troubles)
    def retry(self, nth: int, dies: Crash, trouble: Trouble) -> None:
        self._arm(dies, trouble)
        run = self._run(nth)
        due = {
            address
            for address, calls in self._rang().items()
            if (calls[-1].run_id, calls[-1].call_state) == (run, "failed") and len(calls) <= TIMES
        }
        started = Started("call", str(self.batch.folder / "p.yaml"), Options(retry=run))
        ended = self._carried_out(lambda: execute(started, enqueue_calls))
        new = self._check(may_follow=True)
        if ended and not trouble:
            assert set(new) == due - self.never

    @precondition(lambda self: self._runs())
    @rule(rounds=st.sampled_from([TIMES + 1, 1]), answered=st.sets(persons, max_size=2), dies=crashes, trouble=troubles)
    def ring_and_retry(self, rounds: int, answered: set[int], dies: Crash, trouble: Trouble) -> None:
        """As the scheduled tracking does, so often; what goes wrong does so at the last."""
        for left in range(rounds - 1, -1, -1):
            self.ring(0, answered, track=True)
            self.retry(0, None if left else dies, None if left else trouble)

    @precondition(lambda self: self._known("uncertain"))
    @rule()
    def reconcile_what_was_lost(self) -> None:
        lost = [call.run_id for call in self.calls if call.state == "uncertain"]
        self.reconcile(self._runs()[::-1].index(lost[-1]), trouble=None)

    @rule(person=persons)
    def never_again(self, person: int) -> None:
        is_new = number(person) not in self.never
        assert self.ledger.list_never({number(person)}, Listing(datetime.now(UTC), "Bo")) == is_new
        self.never.add(number(person))

    @precondition(lambda self: self.never)
    @rule(nth=which)
    def lift(self, nth: int) -> None:
        address = sorted(self.never)[nth % len(self.never)]
        assert self.ledger.lift_never({address})
        self.never.remove(address)

    @precondition(lambda self: self._runs())
    @rule(nth=which, answered=st.sets(persons), track=st.booleans())
    def ring(self, nth: int, answered: set[int], track: bool) -> None:
        """Verboice's calls go on and end; mostly somebody asks then what became of them."""
        for person in range(1, 7):
            self.batch.sandbox.set_outcomes(number(person), "completed" if person in answered else "busy")
        self.batch.sandbox.advance(2)
        if track:
            self._arm(None, None)
            run = self._run(nth)
            if self._carried_out(lambda: track_calls(run)):
                told = {call["id"]: call["state"] for call in self.batch.sandbox.calls()}
                mine = [call for call in self.calls if call.run_id == run and call.call_id]
                assert all(told[call.call_id] == call.call_state for call in mine)
        self._check(may_follow=False)

    @precondition(lambda self: self._runs())
    @rule(nth=which, trouble=troubles)
    def reconcile(self, nth: int, trouble: Trouble) -> None:
        self._arm(None, trouble)
        run = self._run(nth)
        self._carried_out(lambda: reconcile_calls(run))
        self._check(may_follow=False)

    # How it is done.

    def _arm(self, dies: Crash, trouble: Trouble) -> None:
        def opened(_pipeline: object, home: Path) -> Ledger | DyingLedger:
            ledger = Ledger.open(None, home)
            return DyingLedger(ledger, *dies) if dies else ledger

        self.patch.setattr(wiring, "open_ledger", opened)
        self.batch.sandbox.faults.clear()
        if trouble is not None:
            skip, action = trouble
            shape = _REPLIES.get(action, {"action": action})
            self.batch.sandbox.faults.add(Fault(path="/api/call", skip=skip, times=1, **shape))

    def _carried_out(self, work: Callable[[], Any]) -> bool:
        """Whether it came to its end, with every row told; what is left of a dead process is taken over at once (its
        process id is still alive here)."""
        try:
            ended = work()
        except (Killed, VerboiceSyncError):
            ended = None
        self.batch.sandbox.faults.clear()
        left = self.ledger.lease("call:p")
        if left is not None:
            self.ledger.release_lease(left, at=datetime.now(UTC))
        self.calls = [call for run in self.ledger.runs() for call in self.ledger.calls_of_run(run.run_id)]
        if ended is None:
            return False
        rows = dict(ended.report.summary["rows"])
        assert rows.pop("read") == sum(rows.values())
        mine = [call for call in self.calls if call.run_id == ended.report.summary["run_id"]]
        assert rows["queued"] == sum(call.state == "queued" for call in mine)
        assert not [call for call in mine if call.state == "sending"]
        return ended.error is None

    def _runs(self) -> list[str]:
        runs = self.batch.home / "runs"
        return sorted(path.name for path in runs.iterdir()) if runs.exists() else []

    def _run(self, nth: int) -> str:
        """A run, mostly one of the last."""
        runs = self._runs()
        return runs[-1 - nth % len(runs)]

    def _known(self, *states: str) -> set[str]:
        return {call.address for call in self.calls if call.state in states}

    def _rang(self) -> dict[str, list[Call]]:
        """The calls of each person that rang or may have, the first one first."""
        found: dict[str, list[Call]] = {}
        for call in sorted(self.calls, key=lambda call: call.nth):
            if call.state in RINGS:
                found.setdefault(call.address, []).append(call)
        return found

    # What must then be true.

    def _check(self, *, may_follow: bool) -> list[str]:
        """Who was rung in this step: nobody twice, nobody on the list, nobody who was reached or may have been."""
        calls = self.batch.sandbox.calls()
        before, new = calls[: self.seen], [call["address"] for call in calls[self.seen :]]
        self.seen = len(calls)
        assert not self.never & set(new)
        assert max(Counter(new).values(), default=0) <= 1
        for address in new:
            earlier = [call["state"] for call in before if call["address"] == address]
            assert set(earlier) <= ({"failed"} if may_follow else set())
            assert len(earlier) <= TIMES
        self._check_ledger({call["id"]: call["address"] for call in calls})
        return new

    def _check_ledger(self, placed: dict[int, str]) -> None:
        """What the ledger says was accepted was, once; what was accepted and it does not know is open to it."""
        rang = self._rang()
        queued = [call for calls in rang.values() for call in calls if call.state == "queued"]
        ids = [call.call_id for call in queued]
        assert len(ids) == len(set(ids))
        assert all(placed[call.call_id] == call.address for call in queued if call.call_id is not None)
        unknown = Counter(address for call_id, address in placed.items() if call_id not in ids)
        is_open = Counter(c.address for calls in rang.values() for c in calls if c.state != "queued")
        assert unknown <= is_open


def try_histories(examples: int, steps: int, *, seed: int | None = None) -> None:
    """So many histories of at most so many steps; raises what the shortest wrong one found raises."""
    kind = type("Campaign", (Campaign,), {})
    if seed is not None:
        hypothesis.seed(seed)(kind)
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
