"""When a dropped file counts as complete."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from flows.inbox.arrivals import COARSE, Arrivals
from flows.inbox.files_here import FilesHere


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def arrivals(tmp_path: Path, clock: Clock) -> Arrivals:
    return Arrivals(FilesHere(tmp_path), settle=1.0, clock=clock)


def test_a_file_is_complete_once_it_has_not_changed_for_a_second(
    arrivals: Arrivals, clock: Clock, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("Phone\n")
    assert arrivals.complete() == []
    clock.now += 0.9
    (tmp_path / "a.csv").write_text("Phone\n1\n")
    assert arrivals.complete() == []
    clock.now += 0.9
    assert arrivals.complete() == []
    clock.now += 0.1
    assert arrivals.complete() == ["a.csv"]


def test_the_file_that_was_saved_first_comes_first(arrivals: Arrivals, clock: Clock, tmp_path: Path) -> None:
    for name, saved in (("b.csv", 10), ("a.csv", 20), ("c.csv", 5)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (saved, saved))
    arrivals.complete()
    clock.now += COARSE
    assert arrivals.complete() == ["c.csv", "b.csv", "a.csv"]


def test_where_times_are_whole_seconds_a_file_has_to_lie_longer(
    arrivals: Arrivals, clock: Clock, tmp_path: Path
) -> None:
    """FAT keeps every other second: a file copied there has its full size at once, and no new time while it fills."""
    (tmp_path / "a.csv").write_text("x")
    os.utime(tmp_path / "a.csv", (1_700_000_000, 1_700_000_000))
    arrivals.complete()
    clock.now += 2
    assert arrivals.complete() == []
    assert arrivals.settling == COARSE
    clock.now += 0.5
    assert arrivals.complete() == ["a.csv"]


def test_what_no_reader_knows_is_told_only_when_nobody_touches_it_any_more(
    arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letter.pdf").write_text("x")
    (tmp_path / "a.csv").write_text("x")
    assert arrivals.unreadable() == []
    monkeypatch.setattr("flows.inbox.arrivals.UNTOUCHED", 0.0)
    assert arrivals.unreadable() == ["letter.pdf"]
    assert arrivals.complete() == []


def test_links_folders_and_lock_files_never_arrive(arrivals: Arrivals, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere" / "secret.csv")
    (tmp_path / "~$a.xlsx").write_text("x")
    arrivals.complete()
    clock.now += 5
    assert arrivals.complete() == []
    assert arrivals.settling == 0.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who writes to a file")
def test_a_file_that_a_program_still_writes_to_is_not_complete_however_long_it_pauses(
    arrivals: Arrivals, clock: Clock, tmp_path: Path
) -> None:
    with (tmp_path / "a.csv").open("w") as upload:
        upload.write("Phone\n")
        upload.flush()
        arrivals.complete()
        clock.now += 60
        assert FilesHere(tmp_path).is_being_written("a.csv")
        assert arrivals.complete() == []
    assert arrivals.complete() == ["a.csv"]
