"""A campaign of several days in simulated time: people in three time zones, of whom a third does not answer at first, a
list that grows meanwhile, two crashes at the worst moment, and a ledger that is lost for once.

Afterwards the sandbox's own log of calls is judged by what a person would check by hand.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from connectors.errors import ConfigurationError, VerboiceSyncError
from connectors.ledger import Ledger
from connectors.ledger.values import Call, Listing, RunRecord
from connectors.sandbox import Sandbox, SandboxServer, SandboxSettings
from connectors.verboice.session import Session
from flows.runs.calls.reconcile import reconcile_calls
from flows.runs.calls.resume import resume_calls
from flows.runs.calls.retry import runs_to_retry
from flows.runs.calls.run import enqueue_calls
from flows.runs.calls.track import runs_to_look_after, track_calls
from flows.runs.clock import time_of
from flows.runs.execution import Started, execute
from flows.runs.run import Options
from flows.settings import load_pipeline
from tests.torture.world import KILLED, Hook, forked

BEGINS = datetime(2026, 3, 2, 5, tzinfo=UTC)  # a Monday: noon, morning and before the hours in the three zones
LASTS = timedelta(days=2)
ROUND = timedelta(hours=2)  # from one tracking to the next
ZONES = {"85512": "Asia/Phnom_Penh", "25471": "Africa/Nairobi", "22177": "Africa/Dakar"}
DIGITS = {"85512": 6, "25471": 7, "22177": 7}
FIRST, LAST = "08:00", "19:30"
LENGTH = 30  # seconds of a call
OFF = 0.15  # part of the time by which a forecast may be wrong
TIMES, CAP = 2, 3  # new attempts, and calls to one person in a week
SILENT = ("no-answer", "no-answer", "no-answer")  # those whose number ends with 0, 1, 2 at first


def number(person: int) -> str:
    prefix = list(ZONES)[person % len(ZONES)]
    return f"{prefix}{person:0{DIGITS[prefix]}d}"


@dataclass
class Figures:
    """What came of it. wrong: what must not be, a sentence each."""

    people: int
    seconds: float = 0.0
    calls: int = 0
    answered: int = 0
    by_attempts: Counter[int] = field(default_factory=Counter)
    barred: int = 0
    capped: int = 0
    settled: int = 0
    rounds: int = 0
    forecast: timedelta | None = None
    lasted: timedelta | None = None
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        attempts = ", ".join(f"{count:,} by {n}" for n, count in sorted(self.by_attempts.items()))
        return (
            f"campaign of {self.people:,} people: {self.calls:,} calls, {self.answered:,} people answered ({attempts} "
            f"attempts), {self.barred:,} on lists, {self.capped:,} rows kept back by per_person, {self.settled:,} "
            f"uncertain calls settled, {self.rounds} rounds; the first batch was to last {self.forecast} "
            f"and lasted {self.lasted}; {self.seconds:.0f} s"
        )


class Campaign:
    """Two pipelines of one ledger: `p` calls everybody, `q` a tenth of them about something else."""

    def __init__(self, folder: Path, people: int, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.people = list(range(people))
        self.listed: dict[str, datetime] = {}
        self.figures = Figures(people)

    @property
    def home(self) -> Path:
        return self.folder / ".verboice-sync"

    def now(self) -> datetime:
        return self.sandbox.state.clock.now()

    # The world.

    def prepare(self, url: str) -> None:
        for end, outcome in enumerate(SILENT):
            self.sandbox.set_outcomes(f"*{end}", outcome)
        self.sandbox.set_outcomes("*", "completed")
        (self.folder / "configs").mkdir()
        self._write_list()
        self._write_pipeline("p", self.people, url, flow="Reminder")
        self._write_pipeline("q", self.people[::10], url, flow="Survey")

    def _write_pipeline(self, name: str, people: list[int], url: str, *, flow: str) -> None:
        lines = "".join(f"+{number(one)},N{one}\n" for one in people)
        (self.folder / f"{name}.csv").write_text(f"Phone,Name\n{lines}", encoding="utf-8")
        pipeline = {
            "verboice": {"url": url, "account": "ana@example.org", "password": "secret", "project": "Clinic"},
            "source": {"kind": "csv", "path": f"{name}.csv", "address": "Phone"},
            "calls": {
                "channel": "chan",
                "call_flow": flow,
                "vars": {"name": "Name"},
                "hours": {"from": FIRST, "to": LAST, "days": "mon-sat"},
                "per_person": f"{CAP} per 7d",
                "retry": {"on": ["no-answer"], "times": TIMES, "after": "3h"},
                "do_not_call": {"kind": "csv", "path": "never.csv", "address": "Tel"},
                "length": f"{LENGTH}s",
            },
            "guard": {"max_calls": len(self.people) + 1},
            "results": {"url": f"sqlite:///{self.folder}/results.db"},
        }
        (self.folder / "configs" / f"{name}.yaml").write_text(yaml.safe_dump(pipeline), encoding="utf-8")

    def _write_list(self) -> None:
        lines = "".join(f"+{address}\n" for address in self.listed)
        (self.folder / "never.csv").write_text(f"Tel\n+85599999999\n{lines}", encoding="utf-8")

    def bar(self, people: list[int]) -> None:
        """Some more people ask not to be called: every other one is written into the file, the others are told to the
        ledger. Whoever Verboice has in its queue already is left out: that is for `cancel`."""
        waiting = {call["address"] for call in self.sandbox.calls() if call["state"] in ("queued", "active")}
        new = [number(one) for one in people if number(one) not in waiting | self.listed.keys()]
        self.listed |= dict.fromkeys(new[::2], self.now())
        self._write_list()
        with self.ledger() as ledger:
            for address in new[1::2]:
                ledger.list_never({address}, Listing(self.now(), "Bo"))
        self.listed |= dict.fromkeys(new, self.now())

    def pass_time(self, span: timedelta) -> None:
        self.sandbox.advance(0, seconds=span.total_seconds())

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(None, self.home) as ledger:
            yield ledger

    # What is done.

    def carry_out(self) -> Figures:
        began = time.monotonic()
        self._first_batch()
        execute(Started("call", "q"), enqueue_calls)
        late = iter(self.people[5 :: max(1, len(self.people) // 40)])
        while self.now() < BEGINS + LASTS:
            self.pass_time(ROUND)
            self._round()
            self.bar([one for one, _ in zip(late, range(4), strict=False)])
            if self.now() > BEGINS + timedelta(hours=20):
                self.sandbox.set_outcomes("*1", "completed")  # at home by now
        self.figures.seconds = time.monotonic() - began
        self._judge()
        return self.figures

    def _first_batch(self) -> None:
        """Killed before a request leaves, killed before its answer is written down, and then without its ledger."""
        third = max(2, len(self.people) // 3)
        everybody = Started("call", "p")
        self._apart(lambda: execute(everybody, enqueue_calls), killed(third, answered=False))
        (run,) = self._runs()
        self.bar(self.people[-third::20])
        self._apart(lambda: resume_calls(run), killed(max(2, third // 2), answered=True))
        self.bar(self.people[-third // 2 :: 20])
        self._apart(lambda: resume_calls(run), ledger_lost(third))
        self._resume(run)
        self.figures.forecast = self._forecast(run)

    def _apart(self, work: Callable[[], object], hook: Hook) -> None:
        """In a process of its own, in which something happens."""

        def carried_out() -> None:
            hook()
            with suppress(VerboiceSyncError):
                work()

        forked(carried_out, self.folder, longest=600)

    def _runs(self, pipeline: str = "p") -> list[str]:
        with self.ledger() as ledger:
            return [run.run_id for run in reversed(ledger.runs(pipeline, limit=1_000))]

    def _forecast(self, run: str) -> timedelta | None:
        with self.ledger() as ledger:
            record = ledger.run(run)
        ends = None if record is None else record.summary.get("forecast", {}).get("ends")
        return None if ends is None else datetime.fromisoformat(ends) - BEGINS

    def _resume(self, run: str) -> None:
        with suppress(ConfigurationError):  # it is over
            ended = resume_calls(run)
            assert ended.error is None, ended.error

    def _round(self) -> None:
        """What the scheduled tracking and reconciling do."""
        self.figures.rounds += 1
        for name in ("p", "q"):
            for run in runs_to_look_after(name):
                error = track_calls(run).error
                assert error is None, error
            for run in self._runs_uncertain(name):
                self.figures.settled += reconcile_calls(run).settled
                self._resume(run)  # what was not placed after all
            for run in runs_to_retry(load_pipeline(name)):
                ended = execute(Started("call", name, Options(retry=run)), enqueue_calls)
                assert ended.error is None, ended.error

    def _runs_uncertain(self, name: str) -> list[str]:
        with self.ledger() as ledger:
            return list(ledger.uncertain_calls(name))

    # What must then be true.

    def _judge(self) -> None:
        calls = self.sandbox.calls()
        figures, wrong = self.figures, self.figures.wrong
        rung = [call for call in calls if call["started_at"]]
        by_person: dict[str, list[dict[str, Any]]] = {}
        for call in rung:
            by_person.setdefault(call["address"].lstrip("+"), []).append(call)
            wrong += self._wrong_moment(call)
        for address, theirs in by_person.items():
            wrong += self._wrong_number(address, theirs)
        figures.calls, figures.barred = len(rung), len(self.listed)
        figures.answered = sum(any(c["state"] == "completed" for c in theirs) for theirs in by_person.values())
        figures.by_attempts = Counter(
            sum(c["call_flow_id"] == self._flow("Reminder") for c in theirs) for theirs in by_person.values()
        )
        silent = {number(one) for one in self.people} - by_person.keys() - self.listed.keys()
        wrong += [f"{address} was never rung" for address in silent]
        wrong += [f"call {c['id']} is still {c['state']}" for c in calls if c["state"] in ("queued", "active")]
        self._judge_rows()
        if not figures.forecast or not figures.lasted or abs(figures.forecast / figures.lasted - 1) > OFF:
            wrong.append(f"the first batch was to last {figures.forecast} and lasted {figures.lasted}")

    def _flow(self, name: str) -> int:
        return self.sandbox.call_flow(name).id

    def _wrong_moment(self, call: dict[str, Any]) -> list[str]:
        address, at = call["address"].lstrip("+"), datetime.fromisoformat(call["started_at"])
        here = at.astimezone(ZoneInfo(ZONES[address[:5]]))
        found = []
        if not FIRST <= f"{here:%H:%M}" < LAST or here.weekday() == 6:
            found.append(f"{address} was rung at {here:%A %H:%M} where they are")
        if at > self.listed.get(address, at):
            found.append(f"{address} was rung after they were on the list")
        return found

    def _wrong_number(self, address: str, calls: list[dict[str, Any]]) -> list[str]:
        """More calls than the cap allows, more attempts than the rule, or one after somebody had answered or before the
        last one had ended."""
        found = [f"{address} was rung {len(calls)} times in a week"] if len(calls) > CAP else []
        for flow in ("Reminder", "Survey"):
            theirs = [call for call in calls if call["call_flow_id"] == self._flow(flow)]
            found += [f"{address} was rung {len(theirs)} times for {flow}"] if len(theirs) > TIMES + 1 else []
            for one, other in pairwise(theirs):
                if one["state"] != "failed" or one["finished_at"] > other["created_at"]:
                    found.append(f"{address} was rung again after call {one['id']} was {one['state']}")
        return found

    def _judge_rows(self) -> None:
        """Each row of each run is told once, its buckets are its rows, and what is open is nothing."""
        figures = self.figures
        with self.ledger() as ledger, sqlite3.connect(self.folder / "results.db") as results:
            for run in ledger.runs(limit=1_000):
                rows, wanted = dict(run.counts), self._rows_of(run, ledger)
                if rows.pop("read") != len(wanted) or sum(rows.values()) != len(wanted):
                    figures.wrong.append(f"run {run.run_id} tells {rows} of {len(wanted)} rows")
                query = "select row, sync_reason from verboice_results where run_id = ?"
                told = results.execute(query, (run.run_id,)).fetchall()
                if sorted(int(row) for row, _ in told) != wanted:
                    figures.wrong.append(f"the results of run {run.run_id} name {len(told)} of {len(wanted)} rows")
                figures.capped += sum("calls.per_person" in (reason or "") for _, reason in told)
            calls = [call for run in ledger.runs(limit=1_000) for call in ledger.calls_of_run(run.run_id)]
            figures.lasted = self._lasted(ledger.calls_of_run(self._runs()[0]))
        results.close()
        figures.wrong += [
            f"row {c.row} of run {c.run_id} is {c.state}" for c in calls if c.state in ("sending", "uncertain")
        ]

    def _rows_of(self, run: RunRecord, ledger: Ledger) -> list[int]:
        """The rows that a run is about: all of its file, or those that the run it tries again had asked for."""
        if run.options.get("retry"):
            return [call.row for call in ledger.calls_of_run(str(run.options["retry"]))]
        people = self.people if run.pipeline == "p" else self.people[::10]
        return list(range(2, len(people) + 2))

    def _lasted(self, calls: list[Call]) -> timedelta | None:
        """Until the last call of the first batch ended; one that was lost and is asked for again later is not of it."""
        ends = [call.finished_at - BEGINS for call in calls if call.finished_at and call.asked_at < BEGINS + ROUND]
        return max(ends, default=None)


def killed(nth: int, *, answered: bool) -> Hook:
    """The process is gone at its nth request for a call: when it is written down and has not left, or when it was
    answered and that is not written down."""
    asked = [0]
    send: Callable[..., Any] = Session._exchange

    def sent(session: Session, request: Any, *more: object) -> object:
        asked[0] += request.kind == "call"
        is_due = request.kind == "call" and asked[0] == nth
        if is_due and not answered:
            os._exit(KILLED)
        reply = send(session, request, *more)
        if is_due:
            os._exit(KILLED)
        return reply

    def install() -> None:
        Session._exchange = sent  # type: ignore[method-assign]

    return install


def ledger_lost(nth: int) -> Hook:
    """The ledger cannot be reached for its nth new call, and is there again afterwards."""
    begun = [0]

    def statement(_connection: Any, _cursor: Any, text: str, *_facts: object) -> None:
        begun[0] += text.startswith("INSERT INTO ledger_calls")
        if begun[0] == nth:
            begun[0] += 1
            raise sqlite3.OperationalError("unable to open database file")

    return lambda: sa.event.listen(Engine, "before_cursor_execute", statement)


def campaign(folder: Path, people: int) -> Figures:
    """One of so many people, in an empty folder."""
    with ExitStack() as opened:
        began = time.monotonic()
        sandbox = Sandbox(
            SandboxSettings(version="3.1.1", call_seconds=LENGTH),
            clock=lambda: BEGINS + timedelta(seconds=time.monotonic() - began),
        )
        opened.callback(sandbox.close)
        account = sandbox.add_account("ana@example.org", "secret")
        project = sandbox.add_project(account, "Clinic", call_flows=["Reminder", "Survey"])
        sandbox.add_contacts(project, [([number(one)], {}) for one in range(people)])
        lines = max(2, people // 150)
        sandbox.add_channel(account, "chan", call_flow=sandbox.call_flow("Reminder"), config={"limit": lines})
        url = opened.enter_context(SandboxServer(sandbox)).url
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("VERBOICE_SYNC_HOME", str(folder / ".verboice-sync"))
        patch.chdir(folder)
        opened.enter_context(time_of(sandbox.state.clock.now))
        whole = Campaign(folder, people, sandbox)
        whole.prepare(url)
        figures = whole.carry_out()
        figures.wrong += [f"the sandbox: {error!r}" for error in sandbox.errors]
        return figures
