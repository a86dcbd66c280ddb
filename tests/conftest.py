"""Shared by all tests: a sandbox on a loopback socket, a pipeline file against it, and the command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from openpyxl import Workbook

from connectors.sandbox import Account, Item, Sandbox, SandboxServer

pytest_plugins = ["tests.databases"]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where every part has been installed, a test that was skipped for want of one is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        os.environ.get("VERBOICE_SYNC_TESTS_MUST_RUN")
        and reporter
        and reporter.stats.get("skipped")
        and exitstatus == 0
    ):
        reporter.write_line("Skipped tests are failures here: VERBOICE_SYNC_TESTS_MUST_RUN is set.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _only_to_loopback(event: str, facts: tuple[object, ...]) -> None:
    """Nothing in these tests talks but to this machine. (What connects in C, such as libpq, is not seen here.)"""
    if event != "socket.connect":
        return
    address = facts[1]
    if isinstance(address, tuple) and not _is_here(str(address[0])):
        pytest.fail(f"a test connects to {address[0]}, which is not this machine")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


sys.addaudithook(_only_to_loopback)

settings.register_profile("suite", deadline=None, max_examples=60)
settings.load_profile("suite")


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


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def clinic() -> Iterator[Clinic]:
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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder whose `.verboice-sync` is the home folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("PREFECT_API_URL", "VERBOICE_URL", "LEDGER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VERBOICE_SYNC_HOME", str(tmp_path / ".verboice-sync"))
    return tmp_path


@pytest.fixture
def sheet(home: Path) -> Callable[..., Path]:
    """sheet(line, line, …): an xlsx with the columns Phone, Age, Colour; or with `header=` others."""

    def write(
        *lines: tuple[object, ...], header: tuple[str, ...] = ("Phone", "Age", "Colour"), name: str = "p"
    ) -> Path:
        book = Workbook()
        for line in (header, *lines):
            book.active.append(list(line))
        path = home / f"{name}.xlsx"
        book.save(path)
        return path

    return write


@pytest.fixture
def pipeline(home: Path, clinic: Clinic) -> Callable[..., str]:
    """pipeline(path, **changes of single keys): writes a pipeline file for the clinic and returns its name.

    Keys are dotted: `pipeline(path, **{"contacts.blank": "clear"})`; None leaves a key out.
    """

    def write(path: Path | None = None, **changes: object) -> str:
        whole: dict = {
            "verboice": {
                "url": clinic.server.url,
                "account": "ana@example.org",
                "password": "se cret:ñ",
                "project": "Clinic",
            },
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
        (home / "configs").mkdir(exist_ok=True)
        (home / "configs" / "p.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
        return "p"

    return write


@pytest.fixture
def cli(home: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """cli("sync", "p", …): one command in this process, with what it printed and its exit status."""
    from flows.cli import app

    def run(*words: str) -> Said:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            app(list(words), prog_name="verboice-sync")
        printed = capfd.readouterr()
        assert "Traceback" not in printed.err
        return Said(int(left.value.code or 0), printed.out, printed.err)

    return run
