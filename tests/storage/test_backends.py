"""Each kind of storage against a real server: a sheet put there, found, fetched once, and moved."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from connectors.errors import ConfigurationError
from connectors.storage.copies import Copies
from connectors.storage.opening import matching, opened_storage
from connectors.storage.storage import FetchLimits, Storage
from connectors.storage.url import StorageUrl
from tests.storages import PASSWORD, Store, url

KINDS = ("webdav", "sftp", "ftp", "smb", "s3", "gs", "abfs")
SHEET = b"Phone,Age\n012345678,39\n"


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "fetched", FetchLimits())


def put(storage: Storage, place: StorageUrl, content: bytes, folder: Path) -> None:
    file = folder / "content"
    file.write_bytes(content)
    storage.make_folder(place.folder)
    storage.put(file, place)


def test_a_sheet_goes_there_comes_back_whole_and_only_once(store, copies, tmp_path):
    place = url(store, "a b/people.csv")
    with opened_storage(place) as storage:
        put(storage, place, SHEET, tmp_path)
        copy = copies.of(storage, place, "csv")
        assert copy.read_bytes() == SHEET
        assert copy.name == "people.csv"
        assert copy.stat().st_mode & 0o777 == 0o600
        assert [(file.url.name, file.size) for file in storage.entries(place.folder)] == [("people.csv", len(SHEET))]
        written = copy.stat().st_ino
        assert copies.of(storage, place, "csv").stat().st_ino == written
        put(storage, place, SHEET + b"012999888,40\n", tmp_path)
        assert copies.of(storage, place, "csv").read_bytes().endswith(b"40\n")
    if store.folder:
        assert [file.name for file in (store.folder / "a b").iterdir()] == ["people.csv"]


def test_the_newest_of_several_is_found_and_a_file_moved(store, tmp_path):
    pattern = url(store, "many/*.csv")
    with opened_storage(pattern) as storage:
        put(storage, pattern.beside("b.csv"), SHEET, tmp_path)
        if store.folder:
            os.utime(store.folder / "many" / "b.csv", (1, 1))
        else:
            time.sleep(1.1)  # these tell whole seconds, and nobody can set them
        for name in ("a.csv", "~$a.csv", "c.txt"):
            put(storage, pattern.beside(name), SHEET, tmp_path)
        assert [file.url.name for file in matching(storage, pattern)] == ["b.csv", "a.csv"]
        storage.rename(pattern.beside("b.csv"), pattern.beside("d.csv"))
        storage.remove(pattern.beside("a.csv"))
        storage.remove(pattern.beside("a.csv"))
        assert [file.url.name for file in matching(storage, pattern)] == ["d.csv"]


def test_what_is_missing_is_said_in_a_line(store, copies):
    place = url(store, "nowhere/people.csv")
    with opened_storage(place) as storage, pytest.raises(ConfigurationError) as fault:
        copies.of(storage, place, "csv")
    assert "there is no such file" in str(fault.value)
    assert "people.csv" in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("kind", ["webdav", "sftp", "ftp", "smb"])
def test_a_wrong_password_is_said_and_not_shown(kind, request, monkeypatch, copies):
    store = request.getfixturevalue(kind)
    monkeypatch.setenv("STORE_PASSWORD", f"{PASSWORD}-wrong")
    place = url(store, "people.csv")
    with pytest.raises(ConfigurationError, match="access is refused") as fault, opened_storage(place) as storage:
        copies.of(storage, place, "csv")
    assert PASSWORD not in str(fault.value)
    assert "ana" not in str(fault.value)


def test_a_host_nobody_knows_gets_no_password(stranger, copies):
    place = url(stranger, "people.csv")
    with (
        pytest.raises(ConfigurationError, match=r"host key of 127\.0\.0\.1 is not known") as fault,
        opened_storage(place),
    ):
        pass
    assert "ssh-keyscan" in fault.value.hint
