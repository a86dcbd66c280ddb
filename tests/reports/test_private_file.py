"""Files that are whole or absent, and readable by their owner only."""

from __future__ import annotations

import os
import stat

import pytest

from connectors.errors import CouldNotBeDone
from flows.reports.private_file import keep_fault, replacing


def write_half(path):
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyError


def test_the_new_file_takes_the_place_of_the_old_one_and_is_private(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(KeyError):
        write_half(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_one_clear_message(tmp_path):
    path = tmp_path / "absent" / "report.html"
    with pytest.raises(CouldNotBeDone, match=r"report\.html could not be written: No such file"), replacing(path):
        pass


def test_what_is_no_file_is_left_alone_and_a_link_stays_one(tmp_path):
    pipe, link, path = tmp_path / "pipe", tmp_path / "latest.csv", tmp_path / "all.csv"
    os.mkfifo(pipe)
    with pytest.raises(CouldNotBeDone, match="pipe is not a file"), replacing(pipe):
        pass
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    link.symlink_to(path)
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_of_faults_the_last_one_is_kept_with_its_traceback(tmp_path):
    for told in ("the first", "the last"):
        kept = keep_fault(tmp_path, ZeroDivisionError(told))
    assert [path.name for path in tmp_path.iterdir()] == [kept.name] == ["last-fault.txt"]
    assert kept.read_text().endswith("ZeroDivisionError: the last\n")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
