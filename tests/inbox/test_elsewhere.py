"""Inboxes that lie on servers, shares and in buckets, each against its real server."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.storage.storage import FetchLimits, InUse, NotThere
from connectors.storage.url import StorageUrl
from flows.commands import watch
from flows.inbox.attendant import Attendant, Attended, Surroundings, settled_rounds
from flows.inbox.claimed import Claimed
from flows.inbox.files_elsewhere import FilesElsewhere
from flows.inbox.folder import DropFolder
from tests.storage.test_backends import KINDS
from tests.storages import TYPED, Cable, Store, url

ADDRESS = "+85512345678"
SETTLE = 0.02
SETTINGS = {"source.kind": "csv", "source.path": "unused.csv", "source.limits": {"size": 1}}


@dataclass
class DropPlace:
    """The inbox of the pipeline `p`, elsewhere. served: the folder that its server serves, for those that have one."""

    at: StorageUrl
    folder: Path
    served: Path | None
    files: FilesElsewhere

    def attendant(self, **around: object) -> Attendant:
        return Attendant("p", Surroundings(settle=SETTLE, **around))

    def attend(self) -> list[Attended]:
        return list(settled_rounds(self.attendant()))

    def drop(self, name: str, *lines: str) -> None:
        self.put(name, "\n".join(["Phone,Age,Colour", *lines, ""]).encode())

    def put(self, name: str, content: bytes) -> None:
        if self.served is not None:
            self.served.mkdir(exist_ok=True)
            (self.served / name).write_bytes(content)
            return
        file = self.folder / "dropped"
        file.write_bytes(content)
        with self.files._reach.reached() as storage:
            storage.put(file, self.at.below(name))

    def holds(self, where: str = "") -> list[str]:
        with self.files._reach.reached() as storage:
            return [one.url.name for one in self.files._entries(storage, where) if not one.is_folder]

    def content(self, path: str) -> bytes:
        with self.files._reach.reached() as storage:
            storage.fetch(self.files.at(path), self.folder / "came", {}, FetchLimits())
        return (self.folder / "came").read_bytes()


@pytest.fixture
def place(
    request: pytest.FixtureRequest, pipeline: Callable[..., str], home: Path, tmp_path: Path, monkeypatch
) -> DropPlace:
    monkeypatch.setattr("flows.inbox.arrivals.COARSE", SETTLE)
    store: Store = request.getfixturevalue(request.param)
    folder = f"drop {time.monotonic_ns()}"
    pipeline(Path("unused.xlsx"), inbox=f"{store.url}/{folder}/", **SETTINGS)
    at = url(store, folder)
    files = FilesElsewhere(at, tmp_path / "copies", FetchLimits())
    yield DropPlace(at, tmp_path, store.folder and store.folder / folder, files)
    files._reach.leave()


@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_what_is_dropped_comes_back_in_its_folders_with_results_and_words(place, clinic, home):
    place.drop("my patients.csv", f"{ADDRESS},39,red")
    odd = "ក #%.csv" if place.at.scheme == "smb" else "ក ?#%.csv"  # shares for Windows have no ?
    place.drop(odd, f"{ADDRESS},39,red", "nonsense,1,blue")
    place.put("broken.xlsx", b"PK\x03\x04 and then nothing")
    place.drop("~$open.xlsx")
    attended = place.attend()
    assert sorted(one.where for one in attended) == ["done", "failed", "to-fix"], attended
    assert clinic.vars("85512345678") == {"age": "39", "favorite color": "red"}
    assert place.holds("done") == ["my patients.csv", "my patients.result.xlsx"]
    assert len(place.holds("to-fix")) == 2
    assert place.holds("failed") == ["broken.txt", "broken.xlsx"]
    assert b"broken.xlsx could not be used" in place.content("failed/broken.txt")
    assert place.content("done/my patients.csv") == f"Phone,Age,Colour\n{ADDRESS},39,red\n".encode()
    assert (place.holds(), place.files.claimed()) == (["~$open.xlsx"], [])
    assert [file for file in (home / ".verboice-sync" / "fetched").rglob("*") if file.is_file()] == []
    place.drop("my patients.csv", f"{ADDRESS},40,red")
    assert [one.at.name for one in place.attend()] == ["my patients (2).csv"]


@pytest.mark.parametrize("place", ["sftp", "s3"], indirect=True)
def test_two_watchers_of_one_place_do_each_file_once(place, clinic):
    for number in range(4):
        place.drop(f"{number}.csv", f"{ADDRESS},{number},red")
    done: list[str] = []

    def watch() -> None:
        attendant = place.attendant()
        until = time.monotonic() + 30
        while time.monotonic() < until and len(done) < 4:
            done.extend(attended.name for attended in attendant.round())

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert sorted(done) == [f"{number}.csv" for number in range(4)]
    assert len(place.holds("done")) == 8
    assert clinic.puts() == 4


@pytest.mark.parametrize("place", ["sftp", "smb", "ftp", "webdav"], indirect=True)
def test_of_two_who_take_one_file_one_gets_it_though_they_know_nothing_of_each_other(place):
    """They may have different ledgers, so that no lease keeps them apart."""
    folders = [DropFolder(FilesElsewhere(place.at, place.folder, FetchLimits())) for _ in range(2)]
    folders[0].prepare()
    for number in range(6):
        place.drop(f"{number}.csv")
    taken: list[str] = []

    def take(folder: DropFolder, who: str) -> None:
        names = [f"{number}.csv" for number in range(6)]
        taken.extend(name for name in names if folder.claim(name, f"{who}{name}") is not None)

    takers = [threading.Thread(target=take, args=(folder, "ab"[at])) for at, folder in enumerate(folders)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(taken) == sorted(file.name for file in place.files.claimed()) == [f"{n}.csv" for n in range(6)]


@pytest.mark.parametrize("place", ["s3", "gs", "abfs"], indirect=True)
@pytest.mark.parametrize("cut", ["before the copy", "after the copy", "after the removal"])
def test_a_move_that_was_cut_in_two_is_finished(place, cut):
    class Killed(BaseException):
        pass

    folder = DropFolder(place.files)
    place.drop("p.csv", f"{ADDRESS},39,red")

    def killed(*_paths: object) -> None:
        raise Killed

    with place.files._reach.reached() as storage, pytest.MonkeyPatch.context() as patch:
        if cut == "after the removal":
            patch.setattr(storage, "remove", killed)
        else:
            patch.setattr(*((storage, "_copy") if cut == "before the copy" else (storage._system, "rm_file")), killed)
        with pytest.raises(Killed):
            folder.claim("p.csv", "20260101T000000Z-aaaaaa")
    place.files.mend()
    assert (place.holds(), place.files.claimed()) == ([], [Claimed("20260101T000000Z-aaaaaa", "p.csv")])
    with place.files._reach.reached() as storage:
        assert [one.url.name for one in storage.entries(place.files.at("processing")) if not one.is_folder] == []


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_file_dropped_again_while_a_move_was_cut_in_two_is_not_taken_for_the_first(place):
    place.drop("p.csv", f"{ADDRESS},39,red")
    with place.files._reach.reached() as storage:
        with place.files._noted(storage, "p.csv", "processing/one/p.csv", storage.version(place.files.at("p.csv"))):
            storage._copy(
                *(f"{place.at.server}{place.files.at(path).path}" for path in ("p.csv", "processing/one/p.csv"))
            )
            noted = [one.url for one in storage.entries(place.files.at("processing")) if not one.is_folder]
            kept = place.folder / "note"
            storage.fetch(noted[0], kept, {}, FetchLimits())
        storage.put(kept, noted[0])
    place.drop("p.csv", f"{ADDRESS},40,blue")
    place.files.mend()
    assert (place.holds(), place.files.claimed()) == (["p.csv"], [Claimed("one", "p.csv")])


@pytest.mark.parametrize("place", ["ftp", "s3"], indirect=True)
def test_what_a_crash_left_is_gone_on_with(place, clinic, home):
    place.drop("p.csv", f"{ADDRESS},39,red")
    DropFolder(place.files).prepare()
    DropFolder(place.files).claim("p.csv", "20260101T000000Z-aaaaaa")
    place.files.release()
    left = home / ".verboice-sync" / "fetched" / f"{place.files._mark}20260101T000000Z-bbbbbb"
    left.mkdir(parents=True)  # of one that had been given back when the crash came
    assert [one.where for one in place.attend()] == ["done"]
    assert not left.exists()
    assert clinic.vars("85512345678")["age"] == "39"


@pytest.mark.parametrize("place", ["smb"], indirect=True)
def test_a_file_that_another_machine_has_open_is_left_until_it_is_closed(place, clinic):
    from smbclient import open_file

    place.drop("p.csv", f"{ADDRESS},39,red")
    with place.files._reach.reached() as storage:
        share = storage._system
        with open_file(share._unc(f"{place.at.path}/p.csv"), "ab", share_access="r", **share._own) as opened:
            assert place.attend() == []
            with pytest.raises(InUse, match="another program has it open"):
                storage.rename(place.files.at("p.csv"), place.files.at("q.csv"))
            opened.write(b"+85512999888,1,blue\n")
    assert [one.where for one in place.attend()] == ["done"]
    assert clinic.vars("+85512999888")["age"] == "1"


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_file_that_is_written_while_it_is_read_is_read_again(place, clinic, monkeypatch):
    monkeypatch.setattr("flows.inbox.attendant.FIRST_WAIT", 0.0)
    place.drop("p.csv", f"{ADDRESS},39,red")
    attendant, real = place.attendant(), FilesElsewhere.fetched

    def fetched(files: FilesElsewhere, file: Claimed) -> Path:
        came = real(files, file)
        if not clinic.puts():
            with (place.served / file.path).open("a") as upload:
                upload.write("+85512999888,7,blue\n")
            os.utime(place.served / file.path, (1, 1))
        return came

    monkeypatch.setattr(FilesElsewhere, "fetched", fetched)
    first, second = [*settled_rounds(attendant), *attendant.round()]
    assert (first.where, second.where) == ("", "done")
    assert "was still being written" in first.told
    assert clinic.vars("+85512999888")["age"] == "7"


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_file_that_is_too_large_keeps_no_other_waiting(place, clinic):
    place.put("large.csv", b"Phone,Age,Colour\n" + b"+85512345678,39,red\n" * 60_000)
    place.drop("p.csv", f"{ADDRESS},39,red")
    assert {one.name: one.where for one in place.attend()} == {"large.csv": "failed", "p.csv": "done"}
    assert "TooLarge" not in (text := place.content("failed/large.txt").decode())
    assert "larger than 1 MiB" in text


@pytest.mark.parametrize("place", ["ftp", "s3"], indirect=True)
def test_check_and_status_look_there_and_make_nothing(place, cli, pipeline, sheet):
    pipeline(
        sheet(("012345678", 39, "blue")),
        inbox=f"{place.at.scheme}://{TYPED if place.served else ''}{place.at.server}{place.at.path}",
    )
    before = cli("check", "p")
    assert before.status == 0, before.err
    assert ("it is not there yet" if place.served else "0 files there") in before.out
    assert ("readable for everybody on the way" in before.out) == (place.at.scheme == "ftp")
    assert place.served is None or not place.served.exists()
    assert cli("status", "p", "--json").json["pipelines"][0]["inbox"]["waiting"] == 0
    place.drop("p.csv", f"{ADDRESS},39,red")
    assert "1 file there" in cli("check", "p").out
    assert cli("status", "p", "--json").json["pipelines"][0]["inbox"]["waiting"] == 1


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_an_inbox_that_somebody_took_away_is_missed(place):
    attendant = place.attendant()
    assert not attendant.has_work
    shutil.rmtree(place.served)
    with pytest.raises(NotThere, match="there is no such file or folder"):
        list(attendant.round())
    assert not place.served.exists()


@pytest.mark.parametrize(
    ("place", "told"), [("sftp", ["caf\ufffd.csv", "p.csv"]), ("ftp", ["p.csv"])], indirect=["place"]
)
def test_a_name_that_is_not_utf_8_hides_no_other(place, told):
    """pyftpdlib lists it with a ?, and then knows no such file."""
    place.drop("p.csv", f"{ADDRESS},39,red")
    (place.served / os.fsdecode(b"caf\xe9.csv")).write_bytes((place.served / "p.csv").read_bytes())
    assert sorted(one.name for one in place.attend() if one.where == "done") == told


@pytest.mark.parametrize("place", ["ftp"], indirect=True)
def test_a_place_that_goes_away_is_said_once_and_its_file_is_given_back_without_another_run(
    place, clinic, pipeline, home, capfd, monkeypatch
):
    monkeypatch.setattr(watch, "AFTER_TROUBLE", 0.1)
    monkeypatch.setattr("flows.inbox.attendant.FIRST_WAIT", 0.0)
    cable = Cable(place.at.port)
    typed = f"ftp://{TYPED}127.0.0.1:{cable.port}{place.at.path}"
    pipeline(Path("unused.xlsx"), inbox=typed, inbox_every="0.1s", **SETTINGS)
    cable.cut()
    stop, looks, outcomes, told = threading.Event(), [], [], ""

    def until(what: Callable[[], bool]) -> None:
        last = time.monotonic() + 30
        while not what():
            assert time.monotonic() < last, told
            time.sleep(0.05)

    def heard(words: str) -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return words in told

    attendant = place.attendant(stop=stop, reported=lambda *_: cable.cut())
    real = attendant.round
    monkeypatch.setattr(attendant, "round", lambda: looks.append(1) or real())
    watcher = threading.Thread(target=watch._attend, args=(attendant, stop, outcomes), kwargs={"once": False})
    watcher.start()
    until(lambda: len(looks) >= 3)
    cable.mend()
    until(lambda: heard("that is put right"))
    place.drop("p.csv", f"{ADDRESS},39,red")
    until(lambda: heard("") and told.count("It waits until that is put right.") == 2)
    cable.mend()
    until(lambda: heard("") and told.count("that is put right, and it goes on.") == 2)
    stop.set()
    watcher.join()
    assert told.count("It waits until that is put right.") == 2
    assert (clinic.puts(), len(list((home / ".verboice-sync" / "runs").iterdir()))) == (1, 1)
    assert place.holds("done") == ["p.csv", "p.result.xlsx"]
