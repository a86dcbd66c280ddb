"""Fixtures for all tests: a sandbox on a loopback socket, a pipeline file against it, and the command line."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from connectors.ledger import Ledger
from flows.reports.report import Report
from tests import worlds
from tests.loopback.sitecustomize import CHILDREN, GUARD, only_to_loopback
from tests.worlds import Clinic, Said, command, serving_clinic, write_pipeline, write_sheet

pytest_plugins = ["tests.databases", "tests.storages"]


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


# A shell switches it off for what it begins in the background, and whatever the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(only_to_loopback)
# Each Python that a test starts imports a module of this name by itself.
os.environ[CHILDREN] = os.pathsep.join(filter(None, [str(GUARD.parent), os.environ.get(CHILDREN)]))

settings.register_profile("suite", deadline=None, max_examples=60)
settings.load_profile("suite")


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    """`tests.worlds.serving_clinic`, for one test."""
    with serving_clinic() as served:
        yield served


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which nothing is: a copy costs a hundredth of what making one does (`tests/ledger/` makes them)."""
    folder = tmp_path_factory.mktemp("ledger")
    Ledger.open(None, folder).close()
    return folder / "ledger.db"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_ledger: Path) -> Path:
    """An empty current folder whose `.verboice-sync` is the home folder, with an empty ledger."""
    monkeypatch.chdir(tmp_path)
    login = ("VERBOICE_URL", "VERBOICE_ACCOUNT", "VERBOICE_PASSWORD", "VERBOICE_PROJECT")
    for name in ("PREFECT_API_URL", "LEDGER_URL", *login):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".verboice-sync").mkdir(mode=0o700)
    shutil.copy(empty_ledger, tmp_path / ".verboice-sync")  # with its mode
    monkeypatch.setenv("VERBOICE_SYNC_HOME", str(tmp_path / ".verboice-sync"))
    return tmp_path


@pytest.fixture
def sheet(home: Path) -> Callable[..., Path]:
    """sheet(line, line, …): an xlsx with the columns Phone, Age, Colour; or with `header=` others."""
    return partial(write_sheet, home)


@pytest.fixture
def pipeline(home: Path, clinic: Clinic) -> Callable[..., str]:
    """pipeline(path, **changes of single keys): writes a pipeline file for the clinic and returns its name.

    Keys are dotted: `pipeline(path, **{"contacts.blank": "clear"})`; None leaves a key out.
    """
    return partial(write_pipeline, home, clinic.server.url)


@pytest.fixture
def cli(home: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """cli("sync", "p", …): one command in this process, with what it printed and its exit status."""
    return partial(command, capfd)


@pytest.fixture
def shared(clinic: Clinic) -> Callable[[str], dict[str, object]]:
    """shared(role): settings for an account that the project is shared to."""
    return partial(worlds.shared, clinic)


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """`make_report({"Phone": [...]}, ["updated", ...], kind=, status=, sheet=, reason=, extra=)`."""
    return worlds.make_report
