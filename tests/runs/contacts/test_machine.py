"""A machine of edits on both sides, runs, crashes at any moment, resumes and undos, against a model of one page.

The model knows only the contract: which side's word counts. Whatever the machine does, the server must have what the
model says, so no value is lost that nobody asked to lose.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from connectors.errors import ConfigurationError, RefusedByGuard
from connectors.ledger import Ledger
from connectors.sandbox import Account, Sandbox, SandboxServer
from connectors.values import Rows
from connectors.verboice.client import VerboiceClient
from flows import wiring
from flows.commands.contacts import resumed
from flows.contacts.costs import ServerCosts
from flows.reports.workbook import NewWorkbook
from flows.runs import finished
from flows.runs.contacts import costs
from flows.runs.contacts.apply import prepare_apply
from flows.runs.contacts.plan_file import plan_bytes, read_plan, write_plan
from flows.runs.contacts.run import plan_contacts, send_contacts, sync_contacts
from flows.runs.contacts.set_all import prepare_set_all
from flows.runs.contacts.undo import prepare_undo
from flows.runs.execution import Started, execute
from flows.runs.run import Ended, Options

PEOPLE = [f"8551234500{n}" for n in range(4)]
VARIABLES = ("age", "color")
TABLES = ("contacts", "contact_addresses", "persisted_variables")
EVENTS = {
    "plan_writes", "mark_sending", "settle_writes", "remember_values", "record_counts", "claim_plan", "note_run",
    "update_contact", "update_all", "create_contact", "contacts", "contact_by_address", "projects",
}  # fmt: skip
open_client, open_ledger = wiring.open_client, wiring.open_ledger

values = st.sampled_from(["1", "2", "3"])
cells = st.sampled_from(["1", "2", "3", "", "--"])
person, variable = st.integers(0, len(PEOPLE) - 1), st.sampled_from(VARIABLES)


class Killed(BaseException):
    """The process is gone; nothing it would still do happens."""


@dataclass
class Fate:
    """Death before or after the `nth` event; None lives for ever."""

    nth: int | None = None
    after: bool = False
    seen: int = 0
    dead: bool = False

    def meet(self, act: Callable[..., Any], *words: object, **named: object) -> object:
        if self.dead:
            raise Killed
        self.seen += 1
        due = self.seen == self.nth
        if due and not self.after:
            self.dead = True
            raise Killed
        result = act(*words, **named)
        if due:
            self.dead = True
            raise Killed
        return result


@dataclass
class Mortal:
    """A ledger or a client that shares a fate."""

    inner: Any
    fate: Fate

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.inner.close()

    def __getattr__(self, name: str) -> object:
        member = getattr(self.inner, name)
        if not callable(member):
            return member
        if name in EVENTS:
            return partial(self.fate.meet, member)
        return partial(self._unless_dead, member)

    def _unless_dead(self, act: Callable[..., Any], *words: object, **named: object) -> object:
        if self.fate.dead:
            raise Killed
        return act(*words, **named)


@dataclass
class Source:
    """Rows in memory, one per person that has one: address -> cells."""

    rows: dict[str, dict[str, str]]
    stem: str = "people"

    def describe(self) -> str:
        return self.stem

    def read(self) -> Rows:
        table = {"Phone": list(self.rows)} | {name: [row[name] for row in self.rows.values()] for name in VARIABLES}
        columns = {name: pa.array(column, pa.string()) for name, column in table.items()}
        return Rows(pa.table(columns), pa.array(range(2, len(self.rows) + 2), pa.int64()), self.stem)


@dataclass
class Model:
    """What Verboice has (`stored`), and what both sides said when last settled (`base`), per person and variable."""

    stored: dict[tuple[str, str], str | None]
    base: dict[tuple[str, str], tuple[str | None, str | None]]

    def sync(self, source: Source, policy: dict[str, str]) -> dict[tuple[str, str], tuple[str | None, str]]:
        """Settle everything; the changes as key -> (before, after)."""
        changes = {}
        for address, row in source.rows.items():
            for name in VARIABLES:
                said, key = {"": None, "--": ""}.get(row[name], row[name]), (address, name)
                if said is None or key not in self.stored:
                    continue
                wins = self._who_wins(key, said, policy)
                if wins == "source":
                    changes[key] = (self.stored[key], said)
                    self.stored[key] = said
                if wins != "nobody":
                    self.base[key] = (said, self.stored[key])
        return changes

    def _who_wins(self, key: tuple[str, str], said: str, policy: dict[str, str]) -> str:
        has = self.stored[key]
        if said == has:
            return "both"
        if key not in self.base:
            return "source"
        before_source, before_stored = self.base[key]
        if said == before_source:
            return "source" if policy["on_drift"] == "revert" else "verboice"
        if has == before_stored:
            return "source"
        return {"source": "source", "verboice": "verboice", "hold": "nobody"}[policy["on_conflict"]]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox()
    with SandboxServer(sandbox) as server:
        yield sandbox, server.url
    assert sandbox.errors == []


class Clinic(RuleBasedStateMachine):
    """`sandbox` and `url` are set by the test; each example has a project and a home folder of its own."""

    sandbox: Sandbox
    account: Account
    url: str

    @initialize(
        on_drift=st.sampled_from(["keep", "revert"]),
        on_conflict=st.sampled_from(["source", "verboice", "hold"]),
        pull=st.sampled_from(["all", "by_address"]),
        bulk_pays=st.booleans(),
        stored=st.lists(st.sampled_from(["1", "2", "", None]), min_size=8, max_size=8),
        written=st.lists(cells, min_size=8, max_size=8),
    )
    def begin(self, on_drift, on_conflict, pull, bulk_pays, stored, written):
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("VERBOICE_SYNC_HOME", str(self.home))
        self.patch.setattr(NewWorkbook, "write", lambda *_args, **_options: None)
        self.patch.setattr(finished, "write_run_page", lambda *_args, **_options: None)
        known = ServerCosts(put=1.0) if bulk_pays else ServerCosts(put=0.0)
        self.patch.setattr(costs, "of_server", lambda _run: known)
        self.policy = {"on_drift": on_drift, "on_conflict": on_conflict, "pull": pull}
        keys = [(address, name) for address in PEOPLE for name in VARIABLES]
        self.model = Model(dict(zip(keys, stored, strict=True)), {})
        rows = {a: {n: written[2 * i + j] for j, n in enumerate(VARIABLES)} for i, a in enumerate(PEOPLE)}
        self.source = Source(rows)
        self.project = self.sandbox.add_project(self.account, self.folder.name, variables=VARIABLES)
        people = [
            ([a], {n: self.model.stored[a, n] for n in VARIABLES if self.model.stored[a, n] is not None})
            for a in PEOPLE
        ]
        self.sandbox.add_contacts(self.project, people)
        self.runs: list[tuple[str, dict, dict]] = []
        self._write_pipeline()
        self.fate = Fate()
        self.patch.setattr(wiring, "open_source", lambda *_a, **_k: self.source)
        self.patch.setattr(wiring, "open_client", lambda p: Mortal(open_client(p), self.fate))
        self.patch.setattr(wiring, "open_ledger", lambda p, h: Mortal(open_ledger(p, h), self.fate))

    def teardown(self):
        if hasattr(self, "patch"):
            self.patch.undo()
            shutil.rmtree(self.folder)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def pipeline(self) -> str:
        return str(self.folder / "p.yaml")

    def _write_pipeline(self, **guard: object) -> None:
        whole = {
            "verboice": {
                "url": self.url, "account": "ana@example.org", "password": "secret", "project": self.project.id,
                "concurrency": 2,
            },
            "source": {"kind": "csv", "path": "people.csv", "address": "Phone"},
            "contacts": {"variables": {name: name for name in VARIABLES}, **self.policy},
            "guard": {"max_overwrites": "100%", "max_clears": "100%", **guard},
        }  # fmt: skip
        (self.folder / "p.yaml").write_text(yaml.safe_dump(whole))

    # What the people do.

    @rule(person=person, name=variable, cell=cells)
    def edit_source(self, person, name, cell):
        if PEOPLE[person] in self.source.rows:
            self.source.rows[PEOPLE[person]][name] = cell

    @rule(person=person)
    def delete_row(self, person):
        if len(self.source.rows) > 2:  # an emptied source is the guard's business
            self.source.rows.pop(PEOPLE[person], None)

    @rule(person=person, name=variable, value=values)
    def answer_a_call(self, person, name, value):
        self._store(PEOPLE[person], name, value)
        self.model.stored[PEOPLE[person], name] = value

    def _store(self, address: str, name: str, value: str) -> None:
        contact = self.sandbox.contact(self.project, address)
        database = self.sandbox.state.database
        which = "from project_variables where project_id = ? and name = ?"
        variable_id = database.value(f"select id {which}", (self.project.id, name))
        where = (contact["id"], variable_id)
        changed = database.run(
            "update persisted_variables set value = ? where contact_id = ? and project_variable_id = ?", (value, *where)
        )
        if not changed:
            database.insert(
                "persisted_variables", contact_id=contact["id"], project_variable_id=variable_id, value=value
            )

    # What the program does.

    def _run(self, kind: str, work: Callable[..., Ended], **options: Any) -> Ended:
        return execute(Started(kind, self.pipeline, Options(**options)), work)

    def _plan(self) -> Ended:
        return self._run("plan", plan_contacts)

    def _synced(self, run_id: str, *, base: dict | None = None) -> None:
        before = dict(self.model.base) if base is None else base
        changes = self.model.sync(self.source, self.policy)
        self.runs.append((run_id, changes, {key: before.get(key) for key in changes}))
        self._check()

    @rule()
    def sync(self):
        self._synced(self._run("sync", sync_contacts).report.summary["run_id"])

    @rule()
    def plan_and_apply(self):
        planned = self._plan()
        file = Path(planned.report.summary["reports"]["plan"])
        self._check()
        self._survives_json(planned, file)
        work = partial(send_contacts, preparing=prepare_apply)
        ended = self._run("apply", work, plan_file=str(file))
        assert ended.error is None
        self._synced(ended.report.summary["run_id"])
        again = self._run("apply", work, plan_file=str(file))
        assert isinstance(again.error, RefusedByGuard)
        self._check()

    def _survives_json(self, planned: Ended, file: Path) -> None:
        read = read_plan(file)
        assert read.plan.checksum == planned.plan.checksum
        assert read.plan.changes.equals(planned.plan.changes)
        assert read.plan.bulk == planned.plan.bulk
        head = {key: read.content[key] for key in planned.report.summary}
        head["plan"] = {key: head["plan"][key] for key in planned.report.summary["plan"]}
        copy = self.folder / "copy.json"
        write_plan(copy, plan_bytes(replace(read.plan), head, pipeline_file=read.pipeline_file))
        assert copy.read_bytes() == file.read_bytes()

    @rule()
    def a_plan_shown_twice_is_the_same_file(self):
        one, two = (Path(self._plan().report.summary["reports"]["plan"]).read_bytes() for _ in range(2))
        assert one == two

    @rule(approve=st.booleans())
    def unsafe_sync(self, approve):
        self._write_pipeline(max_overwrites=0, max_clears=0)
        puts = self.sandbox.count(method="PUT")
        refused = self._run("sync", sync_contacts)
        risky = any(change["before"] for change in refused.plan.changes.to_pylist())
        assert isinstance(refused.error, RefusedByGuard) == risky
        if not risky:
            self._synced(refused.report.summary["run_id"])
        else:
            assert self.sandbox.count(method="PUT") == puts
            self._check()
            if approve:
                ended = self._run("sync", sync_contacts, approve=refused.plan.checksum)
                assert ended.error is None
                self._synced(ended.report.summary["run_id"])
        self._write_pipeline()

    @rule(name=variable, value=values)
    def set_all(self, name, value):
        work = partial(send_contacts, preparing=prepare_set_all)
        values = (f"{name}={value}",)
        asked = self._run("set-all", work, values=values)
        self._check()
        if asked.error is None:
            assert asked.plan.is_empty
            return
        done = self._run("set-all", work, values=values, approve=asked.plan.checksum)
        assert done.error is None
        changes = {(a, n): (has, value) for (a, n), has in self.model.stored.items() if n == name and has != value}
        self.model.stored |= dict.fromkeys(changes, value)
        self.runs.append((done.report.summary["run_id"], changes, {}))
        self._check()

    @precondition(lambda self: self.runs)
    @rule(which=st.integers(0, 3))
    def undo(self, which):
        run_id, changes, base = self.runs[-1 - which % len(self.runs)]
        ended = self._take_back(run_id, changes)
        if ended is not None:
            assert ended.error is None
            self._undone(ended.report.summary["run_id"], changes, base)

    def _take_back(self, run_id: str, changes: dict) -> Ended | None:
        """An undo; None for a run that sent nothing, which is said."""
        undoing = partial(send_contacts, preparing=prepare_undo)
        if changes:
            return self._run("undo", undoing, undone=run_id)
        with pytest.raises(ConfigurationError, match="sent nothing"):
            self._run("undo", undoing, undone=run_id)
        return None

    def _undone(self, run_id: str, changes: dict, base: dict) -> None:
        told, earlier = {}, {}
        for key, (before, after) in changes.items():
            if self.model.stored[key] != after or (before or "") == after:
                continue
            told[key], earlier[key] = (after, before or ""), self.model.base.get(key)
            self.model.stored[key] = before or ""
            if base:
                source, stored = base.get(key) or (before or "", before or "")
                self.model.base[key] = (source, (before or "") if stored is None else stored)
        self.runs.append((run_id, told, earlier if base else {}))
        self._check()

    @rule()
    def sync_and_undo_leave_the_plan_as_it_was(self):
        before = self._changes(self._plan())
        synced = self._run("sync", sync_contacts)
        self._synced(synced.report.summary["run_id"])
        run_id, changes, base = self.runs[-1]
        undone = self._take_back(run_id, changes)
        if undone is not None:
            self._undone(undone.report.summary["run_id"], changes, base)
        # What was absent is "" now and cannot be absent again; to make it "" is then nothing left to do.
        assert self._changes(self._plan()) == [change for change in before if change[2] != change[3]]

    @staticmethod
    def _changes(planned: Ended) -> list[tuple[object, ...]]:
        columns = ("contact_id", "variable", "before", "after")
        return sorted(tuple(c[name] or "" for name in columns) for c in planned.plan.changes.to_pylist())

    @rule(nth=st.integers(1, 24), after=st.booleans(), again=st.none() | st.integers(1, 12))
    def crash_and_resume(self, nth, after, again):
        """A crash, perhaps another one while resuming, and a resume end where an undisturbed run ends."""
        base = dict(self.model.base)
        with self._restored():
            undisturbed = self._run("sync", sync_contacts)
            wanted = self._stored(), self._changes(self._plan()), undisturbed.report.summary["rows"]
        ended = self._until_done([Fate(nth, after), *([Fate(again)] if again else []), Fate()])
        assert (self._stored(), self._changes(self._plan())) == wanted[:2]
        rows = ended.report.summary["rows"] if isinstance(ended, Ended) else ended
        assert rows["read"] == wanted[2]["read"]
        assert rows["failed"] == rows["uncertain"] == 0
        self._synced(self._last_run(), base=base)

    def _until_done(self, fates: list[Fate]) -> Any:
        """The rows of a sync that dies of these fates and is resumed each time."""
        begun = False
        for fate in fates:
            self.fate = fate
            try:
                if not begun:
                    begun = True
                    return self._run("sync", sync_contacts)
                return resumed(self._last_run()).summary["rows"]
            except Killed:
                self._bury()
            finally:
                self.fate = Fate()
        raise AssertionError("the last fate is to live")

    def _bury(self) -> None:
        """What a dead process leaves is taken over at once; here its process id is still alive."""
        with Ledger.open(None, self.home) as ledger:
            left = ledger.lease("push:p")
            if left is not None:
                ledger.release_lease(left, at=datetime.now(UTC))

    def _last_run(self) -> str:
        with Ledger.open(None, self.home) as ledger:
            return next(run.run_id for run in ledger.runs() if run.kind == "sync")

    @contextmanager
    def _restored(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards, on either side."""
        database, copy = self.sandbox.state.database, self.folder / "kept"
        kept = {table: database.records(f"select * from {table}") for table in TABLES}
        if self.home.exists():
            shutil.copytree(self.home, copy)
        yield
        for table, rows in kept.items():
            database.run(f"delete from {table}")
            for row in rows:
                database.insert(table, **row)
        shutil.rmtree(self.home, ignore_errors=True)
        if copy.exists():
            copy.rename(self.home)

    def _stored(self) -> dict[tuple[str, str], str | None]:
        contacts = self.sandbox.contacts(self.project)
        return {(c["addresses"][0], name): c["vars"].get(name) for c in contacts for name in VARIABLES}

    def _check(self) -> None:
        assert self._stored() == self.model.stored


def test_no_history_loses_a_value_and_every_crash_can_be_gone_on_from(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served

    class Machine(Clinic):
        pass

    Machine.sandbox, Machine.url = sandbox, url
    Machine.account = sandbox.add_account("ana@example.org", "secret")
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_client_has_every_method_whose_death_is_tried() -> None:
    assert all(hasattr(VerboiceClient, name) or hasattr(Ledger, name) for name in EVENTS)
