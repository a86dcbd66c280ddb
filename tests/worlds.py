"""What tests work with, as plain functions: a clinic on a socket, its sheet and pipeline, the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from openpyxl import Workbook, load_workbook

from connectors.ledger import Ledger
from connectors.sandbox import Account, Fault, Item, Sandbox, SandboxServer
from connectors.values import CallRequest, CellProblem, Contact, RemoteContacts, Rows
from connectors.verboice.pacing import PauseRules
from flows.calls.assess import Assessed
from flows.calls.batch import Batch
from flows.calls.normalise import WantedCall
from flows.contacts.assess import Target
from flows.contacts.plan import CHANGES, Plan
from flows.reports.report import CHANGED, Report, count_rows
from flows.reports.summary import RunFacts, summary_object
from flows.runs.run import Patience

ROOT = Path(__file__).parents[1]
ROWS = [  # of a spreadsheet about the clinic: changed, unchanged, unknown, two that contradict one another, no number
    ("012 345 678", 39, "blue"),
    ("012999888", 40, None),
    ("011222333", 5, "red"),
    ("012777666", 1, None),
    ("85512777666", 2, None),
    ("8.55E+11", 3, None),
]
SAVED = [("012345678", 39, "blue"), ("012999888", 41, None), ("011222333", 5, None)]  # two changes, one unknown
CROWD = 80  # people whose age is 1, and whose spreadsheet says 100 and more
EVERYBODY = 40  # people whose ages are 100 and more, where a spreadsheet may say one age for all
PATIENTS = [("012345678", "Ana", 3), ("012999888", "Bo", 2), ("012777666", "Chi", 1)]  # to be called
CALLS = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name", "dose": "Dose"}}
HEADER = ("Phone", "Age", "Colour")  # of rows about contacts of the clinic, where nothing is sent
SOK = Contact(7, ("85512345678",), {"age": "38", "favorite color": "blue"})
DARA = Contact(8, ("+855 12 999 888", "85597000001"), {"age": "40"})
TARGET = Target("https://verboice.example.org", 12, "Clinic")
AGE = (2, 7, "8557", "age", "38", "39")  # a change that a run wrote


@dataclass(frozen=True)
class Clinic:
    """A project with variables `age` and `favorite color` behind a real socket."""

    sandbox: Sandbox
    server: SandboxServer
    account: Account
    project: Item

    def vars(self, address: str) -> dict[str, str | None]:
        """A contact's variables as the server has them."""
        contact = self.sandbox.contact(self.project, address)
        assert contact is not None
        return dict(contact["vars"])

    def puts(self) -> int:
        return self.sandbox.count(method="PUT")

    def rung(self) -> list[str]:
        """Who was called, in order."""
        return [call["address"] for call in self.sandbox.calls()]


@contextmanager
def serving_clinic() -> Iterator[Clinic]:
    """Three contacts: 85512345678 {age 38, favorite color blue}, +85512999888 {age 40}, 85512777666 {}."""
    sandbox = Sandbox()
    account = sandbox.add_account("ana@example.org", "se cret:ñ")
    project = sandbox.add_project(account, "Clinic", variables=["age", "favorite color"])
    sandbox.add_contact(project, ["85512345678"], {"age": "38", "favorite color": "blue"})
    sandbox.add_contact(project, ["+85512999888", "85597000001"], {"age": "40"})
    sandbox.add_contact(project, ["85512777666"], {})
    with SandboxServer(sandbox) as server:
        yield Clinic(sandbox, server, account, project)
    assert sandbox.errors == []


def number(person: int) -> str:
    """The address of one of many people."""
    return f"8551270{person:05d}"


def gather_crowd(clinic: Clinic) -> None:
    """The clinic has CROWD more contacts, of age 1."""
    clinic.sandbox.add_contacts(clinic.project, [([number(n)], {"age": "1"}) for n in range(CROWD)])


def crowd_ages(clinic: Clinic) -> list[str | None]:
    return [clinic.vars(number(n))["age"] for n in range(CROWD)]


def gather_everybody(clinic: Clinic) -> None:
    """The clinic's contacts are EVERYBODY people with different ages and one colour."""
    for contact in (1, 2, 3):
        clinic.sandbox.remove_contact(contact)
    clinic.sandbox.add_contacts(
        clinic.project, [([number(n)], {"age": str(100 + n), "favorite color": "x"}) for n in range(EVERYBODY)]
    )


def all_ages(clinic: Clinic) -> list[str | None]:
    return [contact["vars"].get("age") for contact in clinic.sandbox.contacts(clinic.project)]


def able_to_call(clinic: Clinic) -> Clinic:
    """The clinic with a flow, two channels and a schedule."""
    flow = clinic.sandbox.add_call_flow(clinic.project, "Reminder")
    clinic.sandbox.add_channel(clinic.account, "chan", call_flow=flow)
    clinic.sandbox.add_channel(clinic.account, "off", call_flow=flow, enabled=False)
    clinic.sandbox.add_schedule(clinic.project, "Office hours", retries="1h")
    return clinic


def shared(clinic: Clinic, role: str) -> dict[str, object]:
    """Settings for an account that the project is shared to from now on."""
    helper = clinic.sandbox.add_account("ben@example.org", "pw")
    clinic.sandbox.share_project(clinic.project, helper, role)
    return {"verboice.account": "ben@example.org", "verboice.password": "pw", "verboice.project": clinic.project.id}


def signed_out(*, after: int) -> Fault:
    """From some PUT on, the password is wrong."""
    challenge = {"WWW-Authenticate": 'Basic realm="Application"'}
    body = '{"error": "Invalid email or password."}'
    return Fault(
        "reply", method="PUT", skip=after, status=401, headers=challenge, body=body, content_type="application/json"
    )


def be_impatient(patch: pytest.MonkeyPatch) -> None:
    """From now on lost answers, and a server that does not cope, are waited for a moment only."""
    patch.setattr(Patience.__init__, "__defaults__", ((0.0, 0.0, 0.0), Patience().sends))
    usual = PauseRules()
    patch.setattr(PauseRules.__init__, "__defaults__", (0.001, *astuple(usual)[1:2], 0.01, *astuple(usual)[3:]))


def write_sheet(
    folder: Path, *lines: tuple[object, ...], header: tuple[str, ...] = ("Phone", "Age", "Colour"), name: str = "p"
) -> Path:
    """An xlsx of these lines."""
    book = Workbook()
    for line in (header, *lines):
        book.active.append(list(line))
    path = folder / f"{name}.xlsx"
    book.save(path)
    return path


def write_pipeline(folder: Path, url: str, path: Path | str | None = None, **changes: object) -> str:
    """A pipeline file for the clinic, `configs/p.yaml`; its name. Keys are dotted; None leaves a key out."""
    whole: dict = {
        "verboice": {"url": url, "account": "ana@example.org", "password": "se cret:ñ", "project": "Clinic"},
        "source": {"kind": "excel", "path": str(path), "address": "Phone", "region": "KH"},
        "contacts": {"variables": {"age": "Age", "favorite color": "Colour"}},
    }
    for dotted, value in changes.items():
        group = whole
        *groups, key = dotted.split(".")
        for name in groups:
            group = group.setdefault(name, {})
        if value is None:
            group.pop(key, None)
        else:
            group[key] = value
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "configs" / "p.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    return "p"


def rows_of(header: Sequence[str], *lines: Sequence[str], problems: Sequence[CellProblem] = ()) -> Rows:
    """Rows of a source, numbered from 2."""
    columns = {name: pa.array([line[i] for line in lines], pa.string()) for i, name in enumerate(header)}
    return Rows(pa.table(columns), pa.array(range(2, len(lines) + 2), pa.int64()), "people", tuple(problems))


def buckets(plan: Plan) -> list[str]:
    """What becomes of each row."""
    return plan.outcomes["status"].to_pylist()


def changes(plan: Plan) -> list[tuple[int, str, str, str | None, str]]:
    return [(c["row"], c["address"], c["variable"], c["before"], c["after"]) for c in plan.changes.to_pylist()]


def written(*lines: tuple[int, int, str, str, str | None, str]) -> pa.Table:
    """What a run wrote, as it is kept."""
    return pa.Table.from_pylist([dict(zip(CHANGES.names, line, strict=True)) for line in lines], schema=CHANGES)


def now(**people: dict[str, str]) -> RemoteContacts:
    """Contacts as they are read again: `c7={"age": "39"}` has the id 7."""
    contacts = [Contact(int(name[1:]), (f"855{name[1:]}",), variables) for name, variables in people.items()]
    return RemoteContacts.of(contacts, ("age", "color"), complete=False)


def wanted(row: int, key: str, said: str = "hello") -> WantedCall:
    """A row that asks for a call which says something."""
    return WantedCall(row, key, f"{key}/{said}", CallRequest(3, key, call_flow_id=7, variables={"said": said}))


def batch_of(assessed: Assessed) -> Batch:
    return Batch("https://v", 12, "Clinic", assessed.calls, assessed.outcomes)


def make_report(
    cells: dict[str, Sequence[str]],
    statuses: Sequence[str],
    *,
    kind: str = "sync",
    status: str = "",
    sheet: str = "",
    reason: str = "needs a look",
    extra: dict[str, Sequence[str]] | None = None,
) -> Report:
    """A finished run to render: a column of cells, and what became of each row."""
    fine = {"updated", "created", "unchanged", "queued", "skipped"}
    outcomes = {
        "sync_status": list(statuses),
        "sync_reason": ["" if s in fine else reason for s in statuses],
        "sync_changes": ["age: 38 → 39" if s == "updated" else "" for s in statuses],
        "contact_id": [str(100 + n) if s in fine else "" for n, s in enumerate(statuses)],
    }
    table = pa.table({name: pa.array(column, pa.string()) for name, column in {**outcomes, **(extra or {})}.items()})
    column = next(iter(cells))
    problems = [
        {"row": row, "column": column, "status": s, "reason": reason}
        for row, s in enumerate(statuses, start=2)
        if s not in fine
    ]
    refused = {
        "checksum": "c0ffee",
        "changes": 3,
        "violations": [{"guard": "max_overwrites", "limit": "30%", "found": "62%"}],
    }
    facts = RunFacts(
        run_id="r1",
        pipeline="clinic",
        kind=kind,
        started_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        finished_at=datetime(2026, 11, 23, 8, 1, tzinfo=UTC),
        project_id=12,
        project_name="Health & Co",
        requests={"get": 2},
    )
    summary = summary_object(
        facts,
        count_rows(table, kind),
        status=status,
        plan=refused if status == "refused" else {"checksum": "c0ffee", "changes": 3, "violations": []},
        problems=problems,
        reports={"workbook": "home/runs/r1/patients 1.result.xlsx"},
    )
    source = pa.table([pa.array(column, pa.string()) for column in cells.values()], names=list(cells))
    numbers = pa.array(range(2, len(statuses) + 2), pa.int64())
    changed = [
        {"row": row, "variable": "age", "before": "38", "after": "39"}
        for row, s in enumerate(statuses, start=2)
        if s == "updated"
    ]
    changes = pa.Table.from_pylist(changed, schema=CHANGED)
    return Report(Rows(source, numbers, "patients 1", notes=("Read as UTF-8.",), sheet=sheet), table, summary, changes)


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


def cells(said: Said, *columns: str) -> list[tuple[object, ...]]:
    """Columns of the result workbook's first sheet, line by line."""
    head, *lines = load_workbook(said.json["reports"]["workbook"]).worksheets[0].iter_rows(values_only=True)
    return [tuple(line[head.index(column)] for column in columns) for line in lines]


def command(capfd: pytest.CaptureFixture[str], *words: str) -> Said:
    """One command in this process."""
    from flows.cli import app

    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        app(list(words), prog_name="verboice-sync")
    printed = capfd.readouterr()
    assert "Traceback" not in printed.err
    return Said(int(left.value.code or 0), printed.out, printed.err)


def with_project(**more: str) -> dict[str, str]:
    """The environment in which Python finds this project first, and what is on its path here after it."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path} | more


def process(*words: str, **options: object) -> subprocess.Popen[bytes]:
    """A command in a process of its own; `options` are those of `subprocess.Popen`."""
    return subprocess.Popen([sys.executable, "-m", "flows", *words], env=with_project(), **options)


def killed_while_changing(home: Path, name: str, clinic: Clinic, *, after: int) -> str:
    """A sync in a process of its own, killed without warning after so many PUTs; its run id."""
    with process("sync", name, cwd=home, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as it:
        while clinic.puts() < after and it.poll() is None:
            time.sleep(0.005)
        it.kill()
    assert it.returncode == -9
    with Ledger.open(None, home / ".verboice-sync") as ledger:
        return ledger.runs()[0].run_id
