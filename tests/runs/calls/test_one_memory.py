"""Who was called is known to every pipeline of a server and project, wherever and by whatever name it is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ledger import migrations
from connectors.sandbox import Fault
from connectors.values import CallRequest
from flows.calls.identity import Who, former_identity_of

ROOT = Path(__file__).parents[3]
ROWS = [("012345678", "Ana"), ("012999888", "Bo")]


@pytest.fixture
def two(home: Path, clinic, sheet, pipeline, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline file that rings two people; no variable names a home."""
    monkeypatch.delenv("VERBOICE_SYNC_HOME")
    path = sheet(*ROWS, header=("Phone", "Name"))
    calls = {"channel": "chan", "call_flow": "Reminder", "vars": {"name": "Name"}}
    pipeline(path.relative_to(home), calls=calls, contacts=None)
    return (home / "configs" / "p.yaml").rename(home / "configs" / "two.yaml")


def rung(clinic) -> int:
    return len(clinic.sandbox.calls())


def test_from_two_folders_everybody_is_rung_once(home, clinic, two, cli, monkeypatch):
    for name in ("a", "b"):
        (home / name).mkdir()
        monkeypatch.chdir(home / name)
        said = cli("call", "../configs/two.yaml", "--json")
        assert said.status == 0
    assert said.json["rows"]["skipped"] == 2
    assert rung(clinic) == 2


@pytest.mark.parametrize("change", [shutil.copy, shutil.move], ids=["copy", "rename"])
def test_a_copied_or_renamed_pipeline_skips_what_another_asked_for(home, clinic, two, cli, change: Callable):
    first = cli("call", "two", "--json")
    assert first.json["rows"]["queued"] == 2
    change(two, two.with_name("three.yaml"))
    said = cli("call", "three", "--json")
    assert said.json["rows"]["skipped"] == 2
    assert rung(clinic) == 2
    reasons = workbook_reasons(said)
    assert reasons[0].startswith("Already queued by pipeline two on ")
    assert ", call 1." in reasons[0]


def workbook_reasons(said) -> list[str]:
    from openpyxl import load_workbook

    head, *lines = load_workbook(said.json["reports"]["workbook"]).worksheets[0].iter_rows(values_only=True)
    return [line[head.index("sync_reason")] for line in lines]


def test_who_wants_the_same_call_twice_says_campaign(clinic, two, cli):
    cli("call", "two")
    other = two.with_name("three.yaml")
    other.write_text(two.read_text().replace("channel: chan", "channel: chan\n  campaign: again"))
    assert cli("call", "three", "--json").json["rows"]["queued"] == 2
    assert rung(clinic) == 4


def test_repeat_after_counts_calls_of_every_pipeline_of_the_project(clinic, two, cli):
    cli("call", "two")
    other = two.with_name("three.yaml")
    text = two.read_text().replace("channel: chan", "channel: chan\n  repeat_after: 24h\n  campaign: other")
    other.write_text(text)
    said = cli("call", "three", "--json")
    assert said.json["rows"]["blocked"] == 2
    assert "called by pipeline two on" in workbook_reasons(said)[0]
    assert rung(clinic) == 2


def test_what_a_ledger_of_version_0_1_knows_is_not_asked_for_again_by_any_name(home, clinic, two, cli):
    """One person was rung by `two` before the migration; the pipeline has been renamed since."""
    (home / ".verboice-sync" / "ledger.db").unlink()
    request = CallRequest(1, "85512345678", call_flow_id=1, variables={"name": "Ana"})
    digest = former_identity_of("two", Who(0, "", "85512345678"), request).removeprefix("1:")
    engine = sa.create_engine(f"sqlite:///{home / '.verboice-sync' / 'ledger.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        told = {"server": clinic.server.url, "identity": digest, "at": "2026-11-20T06:00:00.000000Z"}
        connection.execute(
            sa.text(
                "INSERT INTO ledger_calls (run_id, row, server, pipeline, identity, nth, campaign, address_key, "
                "address, state, attempts, call_id, asked_at, reason, again_reason, call_state, fail_reason) VALUES "
                "('old', 2, :server, 'two', :identity, 0, '', '85512345678', '85512345678', 'queued', 1, 123, :at, "
                "'', '', 'completed', '')"
            ),
            told,
        )
    two.rename(two.with_name("three.yaml"))
    said = cli("call", "three", "--json")
    assert said.status == 0, said.err
    assert (said.json["rows"]["skipped"], said.json["rows"]["queued"]) == (1, 1)
    assert "by pipeline two on 2026-11-20 06:00 UTC, call 123 (completed since)." in workbook_reasons(said)[0]
    assert json.loads(Path(said.json["reports"]["plan"]).read_bytes())["calls"][0]["identity"].startswith("2:")


# A lost past


def lose_ledger(home: Path) -> None:
    (home / ".verboice-sync" / "ledger.db").unlink()


def empty_ledger(home: Path) -> None:
    for file in (home / ".verboice-sync").glob("ledger.db*"):
        file.unlink()
    (home / ".verboice-sync" / "ledger.db").touch()


def lose_ledger_and_runs(home: Path) -> None:
    lose_ledger(home)
    shutil.rmtree(home / ".verboice-sync" / "runs")


def lose_the_list_too(home: Path) -> None:
    lose_ledger(home)
    (home / ".verboice-sync" / "batches.jsonl").unlink()


@pytest.mark.parametrize("lose", [lose_ledger, empty_ledger, lose_ledger_and_runs, lose_the_list_too])
def test_a_ledger_that_does_not_know_of_calls_that_were_made_sends_nothing(home, clinic, two, cli, lose: Callable):
    first = cli("call", "two", "--json").json["run_id"]
    lose(home)
    said = cli("call", "two", "--json")
    assert (said.status, said.json["status"]) == (3, "refused")
    assert first in said.err
    assert "does not know" in said.err
    assert "--lost-past REASON" in said.err
    assert rung(clinic) == 2
    assert cli("call", "two", "--approve", said.json["plan"]["checksum"]).status == 3
    assert "does not know" in cli("call", "two", "--dry-run").err
    assert cli("call", "two", "--lost-past", " ").status == 2
    assert rung(clinic) == 2


def test_a_run_folder_names_the_ledger_it_was_made_by_also_without_its_plan(home, clinic, two, cli):
    first = cli("call", "two", "--json").json["run_id"]
    lose_the_list_too(home)
    (home / ".verboice-sync" / "runs" / first / "plan.json").unlink()
    said = cli("call", "two")
    assert said.status == 3
    assert f"run {first} in {home / '.verboice-sync' / 'runs'} (by another ledger, " in said.err
    assert rung(clinic) == 2


def test_an_older_copy_of_the_ledger_is_named_as_what_it_is(home, clinic, two, cli):
    cli("call", "two", "--limit", "1")
    cli("ledger", "backup")
    cli("call", "two")
    cli("ledger", "restore")
    said = cli("call", "two")
    assert said.status == 3
    assert "by this ledger, of which an older copy is in use" in said.err
    assert rung(clinic) == 2


def test_it_goes_on_once_somebody_has_said_why_and_does_not_ask_again(home, clinic, two, cli):
    cli("call", "two")
    lose_ledger(home)
    said = cli("call", "two", "--lost-past", "practice only", "--json")
    assert (said.status, said.json["rows"]["queued"]) == (0, 2)
    with sa.create_engine(f"sqlite:///{home / '.verboice-sync' / 'ledger.db'}").connect() as connection:
        assert connection.execute(sa.text("SELECT reason FROM ledger_lost_runs")).scalars().all() == ["practice only"]
    assert cli("call", "two", "--json").json["rows"]["skipped"] == 2
    assert rung(clinic) == 4


@pytest.mark.parametrize("first", [None, "one"])
def test_another_home_is_noticed(home, clinic, two, cli, monkeypatch, first: str | None):
    if first:
        monkeypatch.setenv("VERBOICE_SYNC_HOME", str(home / first))
    cli("call", "two")
    monkeypatch.setenv("VERBOICE_SYNC_HOME", str(home / "other"))
    said = cli("call", "two")
    assert said.status == 3
    assert str(home / (first or ".verboice-sync") / "ledger.db") in said.err
    assert rung(clinic) == 2


def test_a_ledger_in_the_current_folder_from_before_is_named_and_not_replaced(home, clinic, two, cli, monkeypatch):
    here = home / "cron"
    here.mkdir()
    cli("call", "two")
    (home / ".verboice-sync").rename(here / ".verboice-sync")
    (here / ".verboice-sync" / "batches.jsonl").unlink()
    shutil.rmtree(here / ".verboice-sync" / "runs")
    monkeypatch.chdir(here)
    said = cli("call", "../configs/two.yaml")
    assert said.status == 3
    assert f"VERBOICE_SYNC_HOME={here / '.verboice-sync'}" in said.err
    assert rung(clinic) == 2


def test_results_tables_are_evidence(home, clinic, two, cli):
    with two.open("a") as file:
        file.write("results: {url: 'sqlite:///results.db'}\n")
    first = cli("call", "two", "--json").json["run_id"]
    shutil.rmtree(home / ".verboice-sync")
    said = cli("call", "two")
    assert said.status == 3
    assert f"run {first} in the results table verboice_results" in said.err
    assert rung(clinic) == 2


def test_calls_of_another_project_or_server_are_no_evidence(home, clinic, two, cli):
    flow = clinic.sandbox.add_project(clinic.account, "School", variables=[])
    clinic.sandbox.add_call_flow(flow, "Reminder")
    cli("call", "two")
    lose_ledger(home)
    two.write_text(two.read_text().replace("project: Clinic", "project: School"))
    said = cli("call", "two", "--dry-run")
    assert said.status == 0, said.err
    assert "does not know" not in said.err


def test_the_first_call_of_a_project_says_that_nothing_is_known(clinic, two, cli):
    said = cli("call", "two", "--json")
    assert "Nothing is known of earlier calls for this project" in said.err
    assert "Nothing is known of earlier calls" in Path(said.json["reports"]["html"]).read_text()
    assert "Nothing is known" not in cli("call", "two").err


def test_a_dropped_file_waits_for_the_ledger_with_a_text(home, clinic, two, cli, sheet):
    with two.open("a") as file:
        file.write("inbox: in\n")
    cli("call", "two")
    ledger = home / ".verboice-sync" / "ledger.db"
    kept = ledger.rename(home / "kept.db")
    (home / "in").mkdir()
    shutil.copy(sheet(*ROWS, ("012777666", "Chi"), header=("Phone", "Name")), home / "in" / "more.xlsx")
    said = cli("watch", "two", "--once")
    assert said.status == 1
    text = (home / "in" / "to-fix" / "more.xlsx.waits.txt").read_text()
    assert "does not know" in text
    assert "verboice-sync call two --lost-past REASON" in text
    assert rung(clinic) == 2
    for file in ledger.parent.glob("ledger.db*"):
        file.unlink()
    kept.rename(ledger)
    cli("watch", "two", "--once")
    assert rung(clinic) == 3
    assert list((home / "in" / "to-fix").iterdir()) == []


# Across machines


def copied_to(folder: Path, two: Path, *, name: str, ledger: str | None = None) -> Path:
    """The project as another operator has it: a folder of its own, with the same spreadsheet."""
    (folder / "configs").mkdir(parents=True)
    shutil.copy(two.parent.parent / "p.xlsx", folder)
    file = folder / "configs" / f"{name}.yaml"
    file.write_text(two.read_text() + (f"ledger: '{ledger}'\n" if ledger else ""))
    return file


def two_operators(files: list[Path]) -> list[dict[str, int]]:
    """What each of two processes in two folders, started at the same moment, made of its rows."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VERBOICE_SYNC")}
    words = [sys.executable, "-m", "flows", "call", "--json"]
    children = [
        subprocess.Popen(
            [*words, file.stem],
            cwd=file.parent.parent,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for file in files
    ]
    ended = [(child.communicate(timeout=120), child.returncode) for child in children]
    assert {status for _, status in ended} <= {0, 4}, [told[1] for told, _ in ended]
    return [json.loads(told[0])["rows"] for told, _ in ended]


@pytest.fixture(params=["sqlite", "postgresql"])
def one_ledger(request: pytest.FixtureRequest, home: Path) -> str:
    """The URL of an empty ledger that several folders share."""
    if request.param == "sqlite":
        return f"sqlite:///{home / 'shared.db'}"
    return request.getfixturevalue("shared_ledger")


def test_two_operators_in_two_folders_at_the_same_moment_ring_everybody_once(home, clinic, two, sheet, one_ledger):
    sheet(*((f"0123456{number:02}", "X") for number in range(30)), header=("Phone", "Name"))
    rows = two_operators([copied_to(home / name, two, name=name, ledger=one_ledger) for name in ("north", "south")])
    assert sum(one["queued"] for one in rows) == 30
    assert sum(one["queued"] + one["skipped"] for one in rows) == 60
    assert len({call["address"] for call in clinic.sandbox.calls()}) == rung(clinic) == 30


def test_two_operators_with_different_calls_for_the_same_people_ring_everybody_once(
    home, clinic, two, sheet, one_ledger
):
    """Each call of theirs is another one, and `repeat_after` is all that spares anybody."""
    sheet(*((f"0123456{number:02}", "X") for number in range(30)), header=("Phone", "Name"))
    clinic.sandbox.faults.add(Fault("delay", path="/api/call", times=2, seconds=1))  # both have looked by then
    files = [copied_to(home / name, two, name=name, ledger=one_ledger) for name in ("north", "south")]
    for file in files:
        said = f"channel: chan\n  campaign: {file.stem}\n  repeat_after: 24h"
        file.write_text(file.read_text().replace("channel: chan", said))
    rows = two_operators(files)
    assert sum(one["queued"] for one in rows) == 30
    assert sum(one["queued"] + one["blocked"] for one in rows) == 60
    assert len({call["address"] for call in clinic.sandbox.calls()}) == rung(clinic) == 30


def test_two_ledgers_for_one_project_are_noticed(home, clinic, two, cli, shared_ledger):
    cli("call", "two")
    other = two.with_name("three.yaml")
    other.write_text(two.read_text() + f"ledger: '{shared_ledger}'\n")
    said = cli("call", "three")
    assert said.status == 3
    assert str(home / ".verboice-sync" / "ledger.db") in said.err
    assert rung(clinic) == 2


# Whatever happens


class Happening:
    """A project that is run from folders, copied, renamed and whose ledger goes astray."""

    def __init__(self, home: Path, cli) -> None:
        self.home, self.cli, self.names = home, cli, ["two"]
        self.asked = self.made = 0

    def call(self, number: int) -> None:
        where = self.home / f"folder-{number % 2}"
        where.mkdir(exist_ok=True)
        os.chdir(where)
        said = self.cli("call", str(self.home / "configs" / f"{self.names[number % len(self.names)]}.yaml"))
        assert said.status in {0, 3}, said.err
        self.asked += said.status == 3

    def copy(self, number: int) -> None:
        self._as_another(number, shutil.copy)

    def rename(self, number: int) -> None:
        self._as_another(number, shutil.move)

    def _as_another(self, number: int, change: Callable) -> None:
        self.made += 1
        name, new = self.names[number % len(self.names)], f"name-{self.made}"
        change(self.home / "configs" / f"{name}.yaml", self.home / "configs" / f"{new}.yaml")
        self.names = [one for one in (*self.names, new) if (self.home / "configs" / f"{one}.yaml").exists()]

    def lose(self, number: int) -> None:
        for file in [*(self.home / ".verboice-sync").glob("ledger.db*")]:
            file.unlink()
        if number % 2:
            shutil.rmtree(self.home / ".verboice-sync" / "runs", ignore_errors=True)

    def move_home(self, number: int) -> None:
        os.environ["VERBOICE_SYNC_HOME"] = str(self.home / f"home-{number % 3}")

    def restore(self, number: int) -> None:
        del number
        os.chdir(self.home)
        self.cli("ledger", "restore")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["call", "call", "copy", "rename", "lose", "move_home", "restore"]), st.integers(0, 5)
        ),
        min_size=2,
        max_size=7,
    )
)
def test_nobody_is_rung_twice_whatever_happens_to_folders_names_and_ledgers(home, clinic, two, cli, happenings):
    text = two.read_text()
    before = rung(clinic)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as place:
        patch.delenv("VERBOICE_SYNC_HOME", raising=False)
        here = Path(place).resolve()
        (here / "configs").mkdir()
        shutil.copy(home / "p.xlsx", here)
        # Each example is a project whose campaign nobody has heard of.
        (here / "configs" / "two.yaml").write_text(
            text.replace("channel: chan", f"channel: chan\n  campaign: {here.name}")
        )
        happening = Happening(here, cli)
        patch.chdir(here)
        patch.setenv("VERBOICE_SYNC_HOME", "")
        happening.call(0)
        for what, number in happenings:
            getattr(happening, what)(number)
        patch.chdir("/")
    assert rung(clinic) - before == 2
