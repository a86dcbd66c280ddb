"""Where commands look and write, typed anywhere: `--project`, the wrong folder, and other ledgers nearby."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.apart.limits import AskedLimits
from connectors.apart.poison import Poison


@pytest.fixture
def elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder outside of the project, in whose stead no variable names a home."""
    monkeypatch.delenv("VERBOICE_SYNC_HOME")
    folder = home / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_wrong_folder_is_said_and_left_as_it_was(tmp_path_factory, cli, monkeypatch):
    lost = tmp_path_factory.mktemp("lost")
    monkeypatch.delenv("VERBOICE_SYNC_HOME")
    monkeypatch.chdir(lost)
    for words in (["runs"], ["undo", "x"], ["resume", "x"], ["track", "x"], ["sync", "clinic"], ["serve"]):
        said = cli(*words)
        assert said.status == 2
        assert "configs/" in said.err
        assert str(lost) in said.err
        assert "--project DIR" in said.err
    assert list(lost.iterdir()) == []


def test_runs_and_reports_are_the_projects_wherever_they_are_asked_for(home, elsewhere, sheet, pipeline, cli):
    pipeline(sheet(("85512345678", "39", "")).relative_to(home))
    done = cli("sync", "../configs/p.yaml", "--json")
    assert done.json["home"] == str(home / ".verboice-sync")
    assert done.json["ledger"] == str(home / ".verboice-sync" / "ledger.db")
    assert done.json["rows"]["updated"] == 1
    assert list(elsewhere.iterdir()) == []
    listed = [cli("runs", "--json").json[0], cli("--project", str(home), "runs", "--json").json[0]]
    assert {one["run_id"] for one in listed} == {done.json["run_id"]}
    assert f"home      {home / '.verboice-sync'}" in cli("runs", done.json["run_id"], "--project", str(home)).out
    assert cli("undo", done.json["run_id"], "--json").json["rows"]["updated"] == 1


def test_the_option_is_forgotten_after_its_command(home, elsewhere, sheet, pipeline, cli, monkeypatch):
    pipeline(sheet(("85512345678", "39", "")))
    monkeypatch.chdir("/")
    assert cli("plan", "p", "--project", str(home)).status == 0
    assert "There is no configs/ in /" in cli("plan", "p").err


def test_check_names_home_ledger_and_a_ledger_that_is_not_used(home, elsewhere, sheet, pipeline, cli):
    shutil.rmtree(home / ".verboice-sync")
    pipeline(sheet(("85512345678", "39", "")))
    (elsewhere / ".verboice-sync").mkdir()
    (elsewhere / ".verboice-sync" / "ledger.db").write_bytes(b"SQLite format 3\0")
    said = cli("check", "p")
    assert said.status == 0
    assert f"Home: {home / '.verboice-sync'}." in said.out
    assert f"Ledger: {home / '.verboice-sync' / 'ledger.db'}." in said.out
    assert f"A ledger lies in {elsewhere / '.verboice-sync'} that is not used here" in said.out
    assert not (home / ".verboice-sync").exists()


def test_files_that_killed_their_reader_are_remembered_in_the_pipelines_home(home, elsewhere, sheet, pipeline, cli):
    (elsewhere / "configs").mkdir()
    path = sheet(("85512345678", "39", ""))
    limits = AskedLimits().for_size(path.stat().st_size)
    Poison(home / ".verboice-sync" / "poison").remember(path, limits, "it has killed its reader")
    pipeline(path.relative_to(home))
    said = cli("plan", "../configs/p.yaml")
    assert said.status == 2
    assert "it has killed its reader" in said.err
