"""What goes to files elsewhere, by `pull` and `results`, against real servers: whole or not at all, nothing shown."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

from connectors.storage.opening import matching, opened_storage
from connectors.storage.storage import FetchLimits
from tests.storages import PASSWORD, TYPED, USER, Store, url
from tests.worlds import ROWS


@pytest.fixture(params=["webdav", "sftp", "ftp", "smb", "s3", "gs", "abfs"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)


def brought(store, name, tmp_path):
    with opened_storage(place := url(store, name)) as storage:
        storage.fetch(place, tmp_path / "brought", {}, FetchLimits())
    return io.BytesIO((tmp_path / "brought").read_bytes())


def test_pull_writes_contacts_there_and_again_in_their_url(store, cli, clinic, pipeline, tmp_path):
    for _ in range(2):
        said = cli("pull", pipeline("unused.xlsx"), "--to", f"{store.url}/all.csv", "--json")
        assert said.status == 0, said.err
        contacts = pd.read_csv(brought(store, "all.csv", tmp_path), dtype=str)
        assert len(contacts) == said.json["rows"]["read"] > 0
        assert PASSWORD not in said.out + said.err
        assert said.json["reports"]["workbook"].endswith("/all.csv")
    if store.folder:
        assert not [file.name for file in store.folder.iterdir() if file.name.endswith((".part", ".old"))]


@pytest.mark.parametrize("kind", ["sftp", "s3"])
def test_results_of_each_run_or_of_the_last_one(kind, request, cli, sheet, pipeline, tmp_path):
    store = request.getfixturevalue(kind)
    each = pipeline(sheet(*ROWS), **{"results.url": f"{store.url}/each-*.csv"})
    runs = [cli("sync", each, "--json").json["run_id"] for _ in range(2)]
    pattern = url(store, "each-*.csv")
    with opened_storage(pattern) as storage:
        assert {file.url.name for file in matching(storage, pattern)} == {f"each-{run}.csv" for run in runs}
    table = pd.read_csv(brought(store, f"each-{runs[0]}.csv", tmp_path), dtype=str)
    assert set(table["run_id"]) == {runs[0]}
    assert list(table["row"]) == [str(number) for number in range(2, 2 + len(ROWS))]
    assert {"address", "sync_status", "recorded_at", "pipeline", "kind"} <= set(table.columns)

    last = pipeline(sheet(*ROWS), **{"results.url": f"{store.url}/last.xlsx"})
    runs = [cli("sync", last, "--json").json["run_id"] for _ in range(2)]
    lines = list(openpyxl.load_workbook(brought(store, "last.xlsx", tmp_path)).active.values)
    assert {line[0] for line in lines[1:]} == {runs[1]}


def test_nothing_is_read_where_the_account_is_refused(sftp, cli, clinic, pipeline, monkeypatch):
    monkeypatch.setenv("STORE_PASSWORD", f"{PASSWORD}-wrong")
    said = cli("pull", pipeline("unused.xlsx"), "--to", f"{sftp.url}/all.csv")
    assert said.status == 2
    assert "/all.csv: access is refused" in said.err
    assert PASSWORD not in said.err
    assert USER not in said.err
    assert clinic.sandbox.requests == []


@pytest.mark.parametrize("kind", ["webdav", "sftp", "ftp", "smb", "s3"])
def test_a_place_that_is_not_there_is_said_in_a_line(kind, request, cli, clinic, sheet, pipeline):
    store = request.getfixturevalue(kind)
    nowhere = "s3://no-such-bucket/all.csv" if kind == "s3" else f"{store.url}/no/such/folder/all.csv"
    said = cli("sync", pipeline(sheet(("012345678", 39, None)), **{"results.url": nowhere}), "--json")
    assert said.status == 1
    assert "The run is done and its reports are written, but not its results file:" in said.err
    assert "no such" in said.err
    assert said.err.count("/all.csv") >= 1
    assert "Traceback" not in said.err
    assert clinic.vars("85512345678")["age"] == "39"


def test_a_file_that_cannot_be_renamed_leaves_the_old_one_and_no_other(sftp, tmp_path):
    (sftp.folder / "held.csv").mkdir(exist_ok=True)
    (sftp.folder / "held.csv" / "old").write_bytes(b"old")
    (tmp_path / "new.csv").write_bytes(b"new")
    place = url(sftp, "held.csv")
    with opened_storage(place) as storage, pytest.raises(Exception, match=r"held\.csv"):
        storage.put(tmp_path / "new.csv", place)
    assert (sftp.folder / "held.csv" / "old").read_bytes() == b"old"
    assert not list(sftp.folder.glob(".held.csv*"))


def test_a_server_that_takes_no_files_is_said(site, cli, pipeline):
    said = cli("pull", pipeline("unused.xlsx"), "--to", f"{site.url}/all.csv")
    assert said.status == 2
    assert "it takes no files (it does not speak WebDAV)" in said.err


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"results.url": f"sftp://{TYPED}host.example.org/results.txt"}, "must be the URL of a .csv or .xlsx file"),
        ({"results.url": "http://host.example.org/r.csv"}, "readable for everybody"),
        ({"results.url": "s3://bucket/r.csv", "results.table": "r"}, "leave table out"),
    ],
)
def test_a_place_that_cannot_be_meant_is_an_error_of_the_file(changes, told, cli, pipeline, credentials):
    said = cli("check", pipeline("unused.xlsx", **changes))
    assert said.status == 2
    assert told in said.err
    assert "p.yaml:" in said.err
    assert PASSWORD not in said.err


@pytest.mark.parametrize("to", ["s3://bucket/all-*.csv", "s3://bucket/all.txt", "sftp://${NO_SUCH_USER}@host/all.csv"])
def test_pull_refuses_what_is_no_file_before_it_asks_for_anything(to, cli, clinic, pipeline):
    said = cli("pull", pipeline("unused.xlsx"), "--to", to)
    assert said.status == 2
    assert clinic.sandbox.requests == []
