"""The files of a run: whose they are, and how a run is found again by them."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from connectors.errors import ConfigurationError
from flows.runs.folder import RunFolder, home_folder, new_run_id, private_folder
from flows.runs.reopen import find_folder
from tests.worlds import ROWS, rows_of


def test_everything_written_is_readable_by_its_owner_only(cli, sheet, pipeline, home):
    cli("sync", pipeline(sheet(*ROWS)))
    for path in (home / ".verboice-sync").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_rows_and_what_was_planned_for_them_come_back_as_they_were_kept(tmp_path):
    rows = replace(rows_of(("Phone", "status"), ("012", "own"), ("013", "")), sheet="Patients", notes=("a", "b"))
    folder = RunFolder.of(tmp_path, "r")
    assert not folder.has_rows
    folder.keep_rows(rows, pa.table({"status": ["updated", "held"]}))
    again, outcomes = folder.kept_rows()
    assert (again.table, again.numbers, again.stem) == (rows.table, rows.numbers, rows.stem)
    assert (again.sheet, again.notes) == ("Patients", ("a", "b"))
    assert outcomes["status"].to_pylist() == ["updated", "held"]
    assert folder.kept("base") is None


def test_a_run_is_found_by_either_end_of_its_id_and_only_if_no_other_is_meant(tmp_path):
    for run in ("20261123T060000Z-aaa111", "20261123T060000Z-bbb111", "20261124T060000Z-ccc222"):
        RunFolder.of(tmp_path, run)
    assert find_folder(tmp_path, "ccc222").path.name == "20261124T060000Z-ccc222"
    assert find_folder(tmp_path, "20261124").path.name == "20261124T060000Z-ccc222"
    for wanted, told in (("111", "Several runs"), ("20261123", "Several runs"), ("aaa", "no run"), ("", "no run")):
        with pytest.raises(ConfigurationError, match=told):
            find_folder(tmp_path, wanted)


def test_ids_sort_by_time_and_two_of_one_second_differ():
    earlier, later = datetime(2026, 11, 23, 6, tzinfo=UTC), datetime(2026, 11, 23, 6, 0, 1, tzinfo=UTC)
    assert new_run_id(earlier) < new_run_id(later)
    assert len({new_run_id(earlier) for _ in range(20)}) == 20


def test_the_home_folder_is_where_the_variable_says_and_only_its_owners(tmp_path, monkeypatch):
    monkeypatch.delenv("VERBOICE_SYNC_HOME", raising=False)
    assert home_folder(tmp_path) == tmp_path / ".verboice-sync"
    monkeypatch.setenv("VERBOICE_SYNC_HOME", str(tmp_path / "deep" / "down"))
    assert home_folder(tmp_path) == tmp_path / "deep" / "down"
    assert stat.S_IMODE(private_folder(home_folder(tmp_path)).stat().st_mode) == 0o700
